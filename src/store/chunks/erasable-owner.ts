import { constants, type Dirent } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChunkId, parseChunkId } from '#base/ids.ts';
import type { Disk } from '../disk.ts';
import { errnoOf } from '../files.ts';
import { Chunk } from './chunk.ts';

const prefixPattern = /^[0-9a-f]{2}$/;
const settledMode = 0o640;
/** Far more than a chunk has. */
const maxMendedBytes: number = 64 * 1024 * 1024;
const refusedCodes: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);

interface OwnerParts {
  readonly dataFolder: string;
  readonly disk: Pick<Disk, 'writeInPlace' | 'remove'>;
  /** Whether a vault keeps it, and nobody writes it any more. */
  readonly isSettled: (id: ChunkId) => Promise<boolean>;
}

export interface TakenOver {
  /** From here on they are of this user, and the server's can neither change nor remove them. */
  readonly taken: number;
  /** Of the server's user still, because the system does not let this one take them. */
  readonly refused: number;
  /** Damaged ones whose right bytes the server had written beside. */
  readonly mended: number;
}

/**
 * What the reaper does with the files of chunks where its user is another than the server's (docs/operating.md): folders of
 * chunks that are its own, with the sticky bit. Elsewhere there is nothing to do.
 */
export async function takeOverChunks(parts: OwnerParts): Promise<TakenOver> {
  const total = { taken: 0, refused: 0, mended: 0 };
  const self = process.geteuid?.();
  const folder = join(parts.dataFolder, 'chunks');
  const owner = (await stat(folder).catch(absent))?.uid;
  if (self === undefined || self === 0 || owner !== self) return total;
  // Mended first: what is damaged is put right in its place, also where the file is the server's still.
  for await (const { id, path } of chunksBelow(join(parts.dataFolder, 'mended')))
    if (await mend(parts, id, path)) total.mended += 1;
  for await (const { id, path } of chunksBelow(folder)) {
    const outcome = await takeOver(path, self, () => parts.isSettled(id));
    if (outcome !== undefined) total[outcome] += 1;
  }
  return total;
}

/** A crash leaves the bytes beside, and they are put in place again. */
async function mend({ disk, isSettled }: OwnerParts, id: ChunkId, path: string): Promise<boolean> {
  const name = `${id.slice(0, 2)}/${id}`;
  const bytes = await readBounded(path);
  const isRight = bytes !== undefined && Chunk.of(bytes).id === id && (await isSettled(id));
  if (isRight) await disk.writeInPlace(`chunks/${name}`, bytes);
  await disk.remove(`mended/${name}`);
  return isRight;
}

async function readBounded(path: string): Promise<Uint8Array | undefined> {
  const handle = await openPlainly(path);
  try {
    const { size } = (await handle?.stat()) ?? { size: 0 };
    return size > maxMendedBytes || handle === undefined ? undefined : new Uint8Array(await handle.readFile());
  } finally {
    await handle?.close();
  }
}

async function takeOver(
  path: string,
  self: number,
  isSettled: () => Promise<boolean>,
): Promise<'taken' | 'refused' | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await openPlainly(path);
    if (handle === undefined) return undefined;
    const { uid, gid, nlink } = await handle.stat();
    // A second name would be a way to it past its folder.
    if (uid === self || nlink !== 1 || !(await isSettled())) return undefined;
    await handle.chown(self, gid);
    await handle.chmod(settledMode);
    return 'taken';
  } catch (error) {
    if (!refusedCodes.has(errnoOf(error) ?? '')) throw error;
    return 'refused';
  } finally {
    await handle?.close();
  }
}

/** Whoever may write to the folder may put a link or a pipe there: neither is followed, or waited for. */
async function openPlainly(path: string): Promise<FileHandle | undefined> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch(absent);
  if (handle === undefined || (await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

async function* chunksBelow(folder: string): AsyncGenerator<{ readonly id: ChunkId; readonly path: string }> {
  const entries = async (path: string): Promise<readonly Dirent[]> =>
    (await readdir(path, { withFileTypes: true }).catch(absent)) ?? [];
  for (const prefix of await entries(folder)) {
    if (!prefix.isDirectory() || !prefixPattern.test(prefix.name)) continue;
    for (const entry of await entries(join(folder, prefix.name))) {
      const id = entry.isFile() ? parseChunkId(entry.name) : undefined;
      if (id?.startsWith(prefix.name)) yield { id, path: join(folder, prefix.name, id) };
    }
  }
}

function absent(error: unknown): undefined {
  if (errnoOf(error) !== 'ENOENT') throw error;
}
