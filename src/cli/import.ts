import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes, fromUtf8, utf8 } from '#base/bytes.ts';
import { eachLimited } from '#base/pool.ts';
import { type NodeAnswer, nodeAnswers } from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { ensureFolder } from './files-change.ts';
import { sendFile, wholeMtime } from './send-file.ts';
import { type Session, withSession } from './session.ts';
import { Tally } from './tally.ts';
import { parseTarget, targetText } from './target.ts';
import { count, sizeText, visible } from './terminal.ts';

const atATime = 8;

interface LocalFile {
  readonly file: string;
  readonly path: readonly string[];
  /** What the vault has under this name. */
  readonly there: NodeAnswer | undefined;
}

/** A whole folder of this machine. Run again, it goes on where it was: what is there with the same size and time is skipped. */
export async function importFolder(context: Context): Promise<Ending> {
  const { args, terminal, stopping } = context;
  const folder = args.operand(0);
  const target = parseTarget(args.operand(1));
  const isFolder = await stat(folder).then((each) => each.isDirectory());
  if (!isFolder)
    throw new Failure('conflict', `${visible(folder)}: not a folder`, 'single files: coffre put FILE... ACCOUNT:PATH');
  return withSession(context, target.account, async (session) => {
    const tally = new Tally(terminal, 'import');
    if (await ensureFolder(session, target.path)) tally.folder();
    try {
      await eachLimited(walk(session, tally, folder, target.path), atATime, stopping, (local) =>
        importFile(session, tally, local),
      );
    } finally {
      terminal.progressEnds();
      summarise(context, tally, visible(targetText(target.account, target.path)));
    }
    return tally.ending;
  });
}

function summarise({ args, terminal, stopping }: Context, tally: Tally, where: string): void {
  const { files, bytes, skipped, folders, leftOut, failed } = tally.counts;
  if (args.flag('json')) {
    terminal.json({ files, bytes, skipped, folders, leftOut, failed, seconds: tally.seconds });
    return;
  }
  const done = `${count(files, 'file')} (${sizeText(bytes)}) and ${count(folders, 'folder')} imported to ${where}`;
  terminal.line(
    `${done}, ${skipped} there already, ${leftOut} left out, ${failed} failed, ${tally.seconds.toFixed(1)} s.`,
  );
  if (failed > 0 || stopping.aborted) terminal.hint('run it again: what is there already is skipped');
}

async function importFile(session: Session, tally: Tally, local: LocalFile): Promise<void> {
  const { file, path, there } = local;
  try {
    if (there !== undefined && !there.isFolder) {
      const here = await stat(file);
      if (here.size === there.sizeBytes && wholeMtime(here.mtimeMs) === there.mtimeMs) return tally.skipped();
    }
    await sendFile(session, file, path, { ifAbsent: false, onBytes: (number) => tally.bytes(number) });
    tally.done();
  } catch (error) {
    tally.failed(visible(file), error);
  }
}

/** Files below a folder, as they come; the folders in the vault are made before what is in them. */
async function* walk(
  session: Session,
  tally: Tally,
  folder: string,
  path: readonly string[],
): AsyncGenerator<LocalFile> {
  let entries: readonly Entry[];
  let known: ReadonlyMap<string, NodeAnswer>;
  try {
    entries = await readFolder(tally, folder);
    known = await listFolder(session, path);
  } catch (error) {
    tally.failed(visible(folder), error);
    return;
  }
  const folders: Entry[] = [];
  for (const entry of entries) {
    if (entry.kind === 'folder') folders.push(entry);
    else yield { file: join(folder, entry.name), path: [...path, entry.name], there: known.get(entry.name) };
  }
  for (const { name } of folders) {
    try {
      if (known.get(name)?.isFolder !== true && (await ensureFolder(session, [...path, name]))) tally.folder();
    } catch (error) {
      tally.failed(visible(join(folder, name)), error);
      continue;
    }
    yield* walk(session, tally, join(folder, name), [...path, name]);
  }
}

async function listFolder(session: Session, path: readonly string[]): Promise<ReadonlyMap<string, NodeAnswer>> {
  const rows = await session.ask('ls', { path }, targetText(session.account, path), nodeAnswers);
  return new Map(rows.map((row) => [row.name, row]));
}

interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

/** Sorted, so that two runs go the same way. What is neither file nor folder is said and left out. */
async function readFolder(tally: Tally, folder: string): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' })) {
    const name = textOf(entry.name);
    const shown = visible(join(folder, name ?? entry.name.toString('latin1')));
    const special = specialKind(entry);
    if (special !== undefined) tally.leftOut(shown, special);
    else if (name === undefined) tally.failed(shown, new Failure('refused', 'its name is not UTF-8', 'rename it'));
    else found.push({ name, kind: entry.isDirectory() ? 'folder' : 'file' });
  }
  return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** Undefined when the bytes are not UTF-8, or would not come back as they are. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = fromUtf8(bytes);
    return equalBytes(utf8(text), bytes) ? text : undefined;
  } catch {
    return undefined;
  }
}

function specialKind(entry: Dirent<Buffer>): string | undefined {
  if (entry.isFile() || entry.isDirectory()) return undefined;
  if (entry.isSymbolicLink()) return 'a symbolic link';
  if (entry.isSocket()) return 'a socket';
  if (entry.isFIFO()) return 'a pipe';
  return entry.isBlockDevice() || entry.isCharacterDevice() ? 'a device' : 'not a file';
}
