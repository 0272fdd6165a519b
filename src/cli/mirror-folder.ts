import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { Failure } from './failure.ts';
import type { RemoteNode } from './mirror-remote.ts';
import { visible } from './terminal.ts';

/** What the mirror keeps for itself: its state, what it is writing, and what was replaced. */
export const ownFolder = '.coffre-mirror';
/** Seconds are passed as a double and cut off: this keeps the millisecond whole. */
const roundingSeconds = 5e-7;
const maxStateBytes: number = 1024 * 1024 * 1024;

interface KnownFile {
  readonly etag: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

interface State {
  readonly version: 1;
  /** Which vault is mirrored here. */
  readonly address: string;
  /** ETag of the root folder at the end of the last whole round; undefined before the first. */
  root?: string | undefined;
  /** The newest fork number that was seen and told. */
  fork: number;
  /** By path with `/`: the version that is here. */
  readonly files: Record<string, KnownFile>;
  /** Folders in which everything was done, by their ETag. */
  readonly folders: Record<string, string>;
}

const stateSchema = z.object({
  version: z.literal(1),
  address: z.string(),
  root: z.string().optional(),
  fork: z.number(),
  files: z.record(z.string(), z.object({ etag: z.string(), sizeBytes: z.number(), mtimeMs: z.number() })),
  folders: z.record(z.string(), z.string()),
});

/**
 * The folder that is kept. Nothing in it is ever deleted: what a newer version replaces, also something of the owner's own
 * that stands in its place, moves to `.coffre-mirror/kept/DATE/`. Symbolic links are never followed.
 */
export class MirrorFolder {
  readonly state: State;
  readonly #root: string;
  #parts = 0;

  private constructor(root: string, state: State) {
    this.#root = root;
    this.state = state;
  }

  /** @throws Failure `conflict` when another vault is mirrored there, `damaged` when its state cannot be read. */
  static async open(path: string, address: string): Promise<MirrorFolder> {
    const root = resolve(path);
    await mkdir(join(root, ownFolder), { recursive: true });
    await rm(join(root, ownFolder, 'part'), { recursive: true, force: true });
    await mkdir(join(root, ownFolder, 'part'));
    const state = await readState(join(root, ownFolder, 'state.json'));
    if (state !== undefined && state.address !== address)
      throw new Failure(
        'conflict',
        `${visible(path)} mirrors ${visible(state.address)}. Nothing was changed.`,
        'name another folder for this one',
      );
    return new MirrorFolder(root, state ?? { version: 1, address, fork: 0, files: {}, folders: {} });
  }

  /** Whether this version is here: as it was left, and no link in its place. */
  async has(path: readonly string[], node: RemoteNode): Promise<boolean> {
    const known = this.state.files[path.join('/')];
    if (known === undefined || known.etag !== node.etag) return false;
    const there = await lstatOrNothing(this.#path(path));
    return there?.isFile() === true && there.size === node.sizeBytes;
  }

  /** Something else than a folder in its place is kept, and makes room. @returns whether it was there. */
  async makeFolder(path: readonly string[]): Promise<void> {
    const own = this.#path(path);
    const there = await lstatOrNothing(own);
    if (there?.isDirectory() === true) return;
    if (there !== undefined) await this.#keep(path);
    await mkdir(own);
    await syncFolder(dirname(own));
  }

  /**
   * Durable when it returns. A crash leaves the old file, or the old one kept and the new one in place; between the two
   * renames the name is free for a moment.
   */
  async write(path: readonly string[], node: RemoteNode, content: AsyncIterable<Uint8Array>): Promise<void> {
    this.#parts += 1;
    const part = join(this.#root, ownFolder, 'part', String(this.#parts));
    try {
      await fill(part, node, content);
      const own = this.#path(path);
      if ((await lstatOrNothing(own)) !== undefined) await this.#keep(path);
      await rename(part, own);
      await syncFolder(dirname(own));
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    const { etag, sizeBytes, mtimeMs } = node;
    this.state.files[path.join('/')] = { etag, sizeBytes, mtimeMs };
  }

  async save(): Promise<void> {
    const path = join(this.#root, ownFolder, 'state.json');
    const handle = await open(`${path}.new`, 'w', 0o600);
    try {
      await handle.writeFile(JSON.stringify(this.state));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${path}.new`, path);
    await syncFolder(dirname(path));
  }

  /** By day; a second one of a day gets a number. */
  async #keep(path: readonly string[]): Promise<void> {
    const day = new Date().toISOString().slice(0, 10);
    let folder = join(this.#root, ownFolder, 'kept', day, ...path.slice(0, -1));
    const name = path.at(-1) ?? '';
    for (let number = 2; (await lstatOrNothing(join(folder, name))) !== undefined; number += 1)
      folder = join(this.#root, ownFolder, 'kept', `${day}.${number}`, ...path.slice(0, -1));
    await mkdir(folder, { recursive: true });
    await rename(this.#path(path), join(folder, name));
    await syncFolder(folder);
  }

  #path(path: readonly string[]): string {
    return join(this.#root, ...path);
  }
}

async function fill(part: string, node: RemoteNode, content: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(
    part,
    constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_NOFOLLOW,
    0o666,
  );
  try {
    let sizeBytes = 0;
    for await (const bytes of content) {
      sizeBytes += bytes.length;
      await handle.writeFile(bytes);
    }
    // The server cuts the connection rather than send what does not authenticate.
    if (sizeBytes !== node.sizeBytes)
      throw new Failure('damaged', `${sizeBytes} of ${node.sizeBytes} bytes arrived, which were not kept`);
    await handle.sync();
    const seconds = node.mtimeMs / 1000 + roundingSeconds;
    await handle.utimes(seconds, seconds);
  } finally {
    await handle.close();
  }
}

async function readState(path: string): Promise<State | undefined> {
  const there = await lstatOrNothing(path);
  if (there === undefined) return undefined;
  try {
    if (there.size > maxStateBytes) throw new RangeError('too large');
    return stateSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') throw error;
    throw new Failure(
      'damaged',
      `${path} cannot be read. Nothing was changed.`,
      'move it away: every file is then fetched once more, and what it replaces is kept',
    );
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function lstatOrNothing(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  return lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/** What is here and was not listed: the server has it no more, or never had it. */
export async function namesIn(root: string, path: readonly string[]): Promise<readonly string[]> {
  return (await readdir(join(resolve(root), ...path)).catch(() => [])).filter((name) => name !== ownFolder);
}
