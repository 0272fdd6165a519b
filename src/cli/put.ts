import { basename } from 'node:path';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { statOf } from './files-change.ts';
import { type SendOptions, sendFile, sendInput } from './send-file.ts';
import { type Session, withSession } from './session.ts';
import { Tally } from './tally.ts';
import { parseTarget, type Target, targetText } from './target.ts';
import { count, sizeText, visible } from './terminal.ts';

const standardInput = '-';

export async function put(context: Context): Promise<Ending> {
  const { args, terminal, stopping } = context;
  const files = args.operands.slice(0, -1);
  const target = parseTarget(args.operand(args.operands.length - 1));
  return withSession(context, target.account, async (session) => {
    const isInto = await goesInto(session, target, files.length);
    const tally = new Tally(terminal, 'put');
    const options: SendOptions = { ifAbsent: args.flag('if-absent'), onBytes: (number) => tally.bytes(number) };
    for (const file of files) {
      if (stopping.aborted) break;
      const path = isInto ? [...target.path, nameOf(file)] : target.path;
      try {
        if (file === standardInput) await sendInput(session, path, options);
        else await sendFile(session, file, path, options);
        tally.done();
        if (files.length === 1) terminal.line(`${visible(targetText(session.account, path))}: stored.`);
      } catch (error) {
        if (files.length === 1) throw error;
        tally.failed(visible(file), error);
      }
    }
    const { files: stored, bytes, failed } = tally.counts;
    if (files.length > 1)
      terminal.line(
        `${count(stored, 'file')} (${sizeText(bytes)}) stored in ${visible(targetText(target.account, target.path))}, ${failed} failed.`,
      );
    return tally.ending;
  });
}

function nameOf(file: string): string {
  if (file === standardInput)
    throw new Failure('usage', 'Standard input has no name of its own.', 'name the file: coffre put - alice:/name');
  return basename(file);
}

/** A slash at the end, several files, or a folder that is there: the files go into it, under their own names. */
async function goesInto(session: Session, target: Target, files: number): Promise<boolean> {
  if (target.path.length === 0) return true;
  const there = await statOf(session, target.path);
  if (there?.isFolder === true) return true;
  if (files === 1 && !target.isFolder) return false;
  const what = visible(targetText(target.account, target.path));
  if (there === undefined)
    throw new Failure(
      'not-found',
      `${what}: there is no such folder; nothing was changed`,
      '`coffre mkdir -p` makes it',
    );
  throw new Failure('conflict', `${what}: this is a file, not a folder; nothing was changed`);
}
