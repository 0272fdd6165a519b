import { createReadStream } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { equalBytes } from '#base/bytes.ts';
import type { TargetRules } from '#copies/rescue.ts';
import { runningHash } from '#crypto/primitives.ts';
import { Failure } from './failure.ts';
import { visible } from './terminal.ts';

/** Seconds are passed as a double and cut off: this keeps the millisecond whole. */
const roundingSeconds = 5e-7;
/** PATH_MAX of Linux, with room for a name below the longest folder. */
const maxPathBytes = 4096 - 300;

export interface WantedFile {
  readonly sizeBytes: number;
  readonly sha256: Uint8Array;
  readonly mtimeMs: number;
}

/** Thrown when what was put together is not the file that was stored. */
export class WrongContent extends Error {
  override name = 'WrongContent';
}

/**
 * The folder that is rescued to. A file gets its name when it is whole and its SHA-256 is right: what a killed run leaves
 * lies in `.coffre-rescue` and is written anew. Nothing that is there is replaced.
 */
export class RescueFolder {
  readonly rules: TargetRules;
  readonly #root: string;
  /** Folders of this run: nothing was in them. */
  readonly #made: Set<string> = new Set();
  #parts = 0;

  private constructor(root: string, rules: TargetRules) {
    this.#root = root;
    this.rules = rules;
  }

  static async open(path: string): Promise<RescueFolder> {
    const root = resolve(path);
    await mkdir(join(root, partFolder), { recursive: true });
    await clear(join(root, partFolder));
    const probe = new Probe(join(root, partFolder));
    const rules = {
      foldsCase: await probe.isOne('coffre-a', 'coffre-A'),
      normalizes: await probe.isOne('coffre-\u00e9', 'coffre-e\u0301'),
      refusesWindowsNames: await probe.refusesAny(['coffre:a', 'coffre?a', 'coffre\u0001', 'coffre.', 'coffre ']),
      maxNameBytes: await probe.longestName(),
      maxPathBytes: maxPathBytes - Buffer.byteLength(root),
    };
    await clear(join(root, partFolder));
    return new RescueFolder(root, rules);
  }

  /** @throws Failure `conflict` when something else has the name. */
  async makeFolder(target: readonly string[]): Promise<void> {
    const path = this.#path(target);
    try {
      await mkdir(path);
      this.#made.add(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      // A link is not followed: what is rescued stays inside.
      if (!(await lstat(path)).isDirectory()) throw taken(path, 'something else than a folder');
    }
  }

  /** True when it was there, whole, from an earlier run. */
  async write(target: readonly string[], file: WantedFile, content: AsyncIterable<Uint8Array>): Promise<boolean> {
    const path = this.#path(target);
    if (!this.#made.has(dirname(path)) && (await this.#isThere(path, file))) return true;
    this.#parts += 1;
    const part = join(this.#root, partFolder, String(this.#parts));
    try {
      await fill(part, file, content);
      await rename(part, path);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    return false;
  }

  async report(name: string, text: string): Promise<string> {
    const path = join(this.#root, name);
    const part = join(this.#root, partFolder, name);
    await writeFile(part, text, { flush: true });
    await rename(part, path);
    return path;
  }

  async close(): Promise<void> {
    await rm(join(this.#root, partFolder), { recursive: true, force: true });
  }

  async #isThere(path: string, file: WantedFile): Promise<boolean> {
    const there = await lstat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (there === undefined) return false;
    if (!there.isFile() || there.size !== file.sizeBytes || !equalBytes(await hashOf(path), file.sha256))
      throw taken(path, 'something else');
    const seconds = file.mtimeMs / 1000 + roundingSeconds;
    await utimes(path, seconds, seconds);
    return true;
  }

  #path(target: readonly string[]): string {
    return join(this.#root, ...target);
  }
}

const partFolder = '.coffre-rescue';

async function clear(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
}

async function fill(part: string, file: WantedFile, content: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await open(part, 'w', 0o666);
  try {
    const hash = runningHash('sha256');
    let sizeBytes = 0;
    for await (const bytes of content) {
      hash.update(bytes);
      sizeBytes += bytes.length;
      await handle.writeFile(bytes);
    }
    if (sizeBytes !== file.sizeBytes || !equalBytes(hash.digest(), file.sha256))
      throw new WrongContent('its pieces are whole, and are not the file that was stored');
    const seconds = file.mtimeMs / 1000 + roundingSeconds;
    await handle.utimes(seconds, seconds);
  } finally {
    await handle.close();
  }
}

async function hashOf(path: string): Promise<Uint8Array> {
  const hash = runningHash('sha256');
  for await (const bytes of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(bytes as Buffer);
  return hash.digest();
}

function taken(path: string, what: string): Failure {
  return new Failure(
    'conflict',
    `${visible(path)}: ${what} is there, and was left as it is`,
    'rescue to an empty folder',
  );
}

/** Finds out what a file system does with names, by making files. */
class Probe {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether a file that is made under one name is there under the other. */
  async isOne(name: string, other: string): Promise<boolean> {
    return (await this.#takes(name)) && (await this.#lists(other));
  }

  async refusesAny(names: readonly string[]): Promise<boolean> {
    for (const name of names) {
      if (!(await this.#takes(name))) return true;
    }
    return false;
  }

  /** 255 bytes on most; fewer on some encrypting ones. */
  async longestName(): Promise<number> {
    for (const length of [255, 143, 100]) {
      if (await this.#takes('n'.repeat(length))) return length;
    }
    return 64;
  }

  /** Also that the name comes back as it was given: some drop a dot at the end. */
  async #takes(name: string): Promise<boolean> {
    try {
      await writeFile(join(this.#folder, name), '');
    } catch {
      return false;
    }
    return (await readdir(this.#folder)).some((each) => each.normalize('NFC') === name.normalize('NFC'));
  }

  async #lists(name: string): Promise<boolean> {
    return lstat(join(this.#folder, name)).then(
      () => true,
      () => false,
    );
  }
}
