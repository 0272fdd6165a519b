import { type PassThrough, Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { FilesPort } from '#vault/files/port.ts';
import type { NodeInfo, Path } from '#vault/files/types.ts';
import type { Departure } from './leaving.ts';
import { buffer } from './outgoing.ts';

/** What an archive is made of; also a part of a vault that was shared. */
export type ArchiveSource = Pick<FilesPort, 'list' | 'plan' | 'readPiece'>;

/** An archive lists all its members at the end, so they are remembered. */
const maxMembers = 100_000;

interface Member {
  /** In the archive. */
  readonly name: string;
  readonly path: Path;
  readonly info: NodeInfo;
}

/**
 * Files and folders of one folder as a ZIP archive, made while it is sent: nothing of it is kept in memory but names. Contents
 * are stored as they are: photos and videos do not get smaller. ZIP64 where it is needed.
 * @param names of what to take from the folder; all of it when undefined.
 * @returns `not-there` when one of them is not there, `too-many` for more members than an archive takes.
 */
export async function folderArchive(
  source: ArchiveSource,
  folder: Path,
  names: readonly string[] | undefined,
  departure: Departure,
): Promise<Readable | 'not-there' | 'too-many'> {
  const members = await membersOf(source, folder, names);
  if (members === 'not-there' || members === 'too-many') return members;
  const zip = new ZipFile();
  const output = zip.outputStream as PassThrough;
  // What cannot be sent whole is cut off: an archive that lacks something must not look complete.
  const cut = (error: Error): void => void output.destroy(error);
  zip.on('error', cut);
  for (const { name, path, info } of members) {
    const mtime = new Date(info.mtimeMs);
    if (info.isFolder) zip.addEmptyDirectory(name, { mtime });
    else {
      zip.addReadStreamLazy(name, { mtime, compress: false }, (give) => {
        const content = Readable.from(contentOf(source, path, departure), { highWaterMark: 1 });
        content.once('error', cut);
        give(undefined, content);
      });
    }
  }
  zip.end();
  return output;
}

async function* contentOf(source: ArchiveSource, path: Path, departure: Departure): AsyncGenerator<Buffer, void> {
  const plan = await source.plan(path, 0);
  if (plan.kind === 'refused') throw new Error('A file went away while its folder was sent.');
  for (const piece of plan.pieces) {
    await departure.enter(piece.sizeBytes);
    yield buffer(await source.readPiece(piece));
    departure.left(piece.sizeBytes);
  }
}

async function membersOf(
  source: ArchiveSource,
  folder: Path,
  names: readonly string[] | undefined,
): Promise<readonly Member[] | 'not-there' | 'too-many'> {
  const members: Member[] = [];
  const taken = new Set<string>();
  const waiting: { readonly path: Path; readonly info: NodeInfo }[] = [];
  const listing = await source.list(folder);
  if (listing === undefined || !listing.self.isFolder) return 'not-there';
  const wanted = names === undefined ? undefined : new Set(names);
  const taking = listing.children.filter((info) => wanted?.has(info.name) ?? true);
  if (wanted !== undefined && taking.length < wanted.size) return 'not-there';
  waiting.push(...taking.toReversed().map((info) => ({ path: [...folder, info.name], info })));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, info } = next;
    const children = info.isFolder ? ((await source.list(path))?.children ?? []) : [];
    waiting.push(...children.toReversed().map((child) => ({ path: [...path, child.name], info: child })));
    // Folders come with what is in them; an empty one stands for itself.
    if (children.length > 0) continue;
    if (members.length + waiting.length >= maxMembers) return 'too-many';
    members.push({ name: memberName(path.slice(folder.length), taken), path, info });
  }
  return members;
}

/** A backslash or a drive letter means something to programs that unpack archives; what became equal gets a number. */
function memberName(names: Path, taken: Set<string>): string {
  const plain = names.map((name) => name.replaceAll('\\', '_').replace(/^([A-Za-z]):/, '$1_')).join('/');
  let free = plain;
  for (let number = 2; taken.has(free); number += 1) free = plain.replace(/(\.[^./]*)?$/, ` (${number})$1`);
  taken.add(free);
  return free;
}
