import { mkdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { eachLimited } from '#base/pool.ts';
import { type NodeAnswer, nodeAnswer, nodeAnswers } from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure, usage } from './failure.ts';
import { targetsOf } from './files-change.ts';
import { type ReceiveOptions, receive, receiveFile } from './receive-file.ts';
import { wholeMtime } from './send-file.ts';
import { type Session, withSession } from './session.ts';
import { Tally } from './tally.ts';
import { type Target, targetText } from './target.ts';
import { count, sizeText, visible } from './terminal.ts';

const standardOutput = '-';
const atATime = 4;

export async function get(context: Context): Promise<Ending> {
  const { args } = context;
  const targets = targetsOf(args.operands);
  const output = args.text('output') ?? '.';
  const version = args.text('version-id');
  if (targets.length > 1 && (output === standardOutput || version !== undefined)) {
    throw usage('One file at a time to standard output, or of an earlier version.');
  }
  return withSession(context, targets[0].account, (session) =>
    output === standardOutput
      ? toOutput(context, session, targets[0], version)
      : toFiles(context, session, targets, output, version),
  );
}

async function toOutput(
  { terminal }: Context,
  session: Session,
  target: Target,
  version: string | undefined,
): Promise<Ending> {
  const what = targetText(target.account, target.path);
  const content = await session.content(
    version === undefined ? { path: target.path } : { path: target.path, version },
    what,
  );
  await receive(
    content,
    visible(what),
    (part) => terminal.bytes(part),
    () => undefined,
  );
  return 'ok';
}

interface Wanted {
  readonly path: readonly string[];
  readonly file: string;
  readonly node: NodeAnswer;
}

async function toFiles(
  context: Context,
  session: Session,
  targets: readonly Target[],
  output: string,
  version: string | undefined,
): Promise<Ending> {
  const { args, terminal, stopping } = context;
  const tally = new Tally(terminal, 'get');
  const options: ReceiveOptions = { replace: args.flag('force'), version, onBytes: (number) => tally.bytes(number) };
  const roots: Wanted[] = [];
  for (const { account, path } of targets) {
    const node = await session.ask('stat', { path }, targetText(account, path), nodeAnswer);
    const isInto = targets.length > 1 || (await goesInto(args.text('output'), node));
    roots.push({ path, file: isInto ? join(output, path.at(-1) ?? '') : output, node });
  }
  const [only] = roots;
  if (roots.length === 1 && only !== undefined && !only.node.isFolder) {
    await receiveFile(session, only.path, only.file, options);
    terminal.line(`${visible(only.file)}: ${sizeText(only.node.sizeBytes)}.`);
    return 'ok';
  }
  if (version !== undefined)
    throw new Failure(
      'conflict',
      'Folders have no versions. Nothing was changed.',
      'an earlier instant of a folder: coffre ls --at TIME, coffre rewind',
    );
  await eachLimited(walk(session, roots, tally), atATime, stopping, async (wanted) => {
    try {
      if (!options.replace && (await isSame(wanted))) return tally.skipped();
      await receiveFile(session, wanted.path, wanted.file, options);
      tally.done();
    } catch (error) {
      tally.failed(visible(targetText(session.account, wanted.path)), error);
    }
  });
  const { files, bytes, skipped, failed } = tally.counts;
  terminal.line(`${count(files, 'file')} (${sizeText(bytes)}) fetched, ${skipped} there already, ${failed} failed.`);
  return tally.ending;
}

/**
 * Whether what is fetched keeps its name inside the output. A folder becomes the output itself unless that ends with a
 * slash, whether or not it is there: run again, the same command means the same.
 */
async function goesInto(output: string | undefined, node: NodeAnswer): Promise<boolean> {
  if (output === undefined || output.endsWith(sep)) return true;
  return !node.isFolder && (await isFolder(output));
}

/** Every file at or below the roots; folders are made on the way. */
async function* walk(session: Session, roots: readonly Wanted[], tally: Tally): AsyncGenerator<Wanted> {
  for (const root of roots) {
    if (!root.node.isFolder) {
      yield root;
      continue;
    }
    await mkdir(root.file, { recursive: true });
    tally.folder();
    const children = await session.ask('ls', { path: root.path }, targetText(session.account, root.path), nodeAnswers);
    const wanted = children.map((node) => ({
      path: [...root.path, node.name],
      file: join(root.file, node.name),
      node,
    }));
    yield* walk(session, wanted, tally);
  }
}

/** A file of the same size and time was fetched before: an interrupted get goes on where it was. */
async function isSame({ file, node }: Wanted): Promise<boolean> {
  const there = await stat(file).catch(() => undefined);
  return there?.isFile() === true && there.size === node.sizeBytes && wholeMtime(there.mtimeMs) === node.mtimeMs;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (there) => there.isDirectory(),
    () => false,
  );
}
