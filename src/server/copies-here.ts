import { utf8 } from '../base/bytes.ts';
import { isFault } from '../base/fault.ts';
import type { VaultId } from '../base/ids.ts';
import { CopyFollower, type CopyProgress, type FollowerWorld } from '../copies/copy-follower.ts';
import { Bandwidth, type Pace } from '../copies/pace.ts';
import type { ChunkStore } from '../store/chunks/chunk-store.ts';
import type { Disk } from '../store/disk.ts';
import type { JournalReader } from '../store/journal/journal.ts';
import { fromWire, type WireCopy } from './copies-link.ts';
import { encodeCopyNote } from './copy-notes.ts';
import { openCopyPlace } from './copy-places.ts';
import { realClock, realSleep } from './real-world.ts';

export interface CopiesHereParts {
  readonly instance: VaultId;
  readonly journal: JournalReader;
  readonly chunks: Pick<ChunkStore, 'get' | 'sizeBytes' | 'list'>;
  /** Of the data folder, for the notes. */
  readonly disk: Pick<Disk, 'replace' | 'makeFolder'>;
  readonly bytesPerSecond: number | undefined;
  /** Beside a server. */
  readonly pace?: Pace | undefined;
  /** At once, to a folder. */
  readonly folderPuts: number;
  readonly onStop: (why: string) => void;
  readonly onBug: (error: unknown) => void;
}

/** Each waits for an answer from far away. */
const bucketPuts = 16;
/** Of all copies together twice as much at most: a put to a bucket holds its bytes twice. */
const budgetBytes: number = 32 * 1024 * 1024;
const noteEveryMs = 30_000;

interface Followed {
  readonly follower: CopyFollower;
  /** The description that it was made of. */
  readonly made: string;
  isStarted: boolean;
}

/** The followers of all copies, in this thread. */
export class CopiesHere {
  readonly #parts: CopiesHereParts;
  readonly #world: FollowerWorld;
  readonly #followed: Map<string, Followed> = new Map();
  readonly #noted: Map<string, string> = new Map();
  readonly #timer: NodeJS.Timeout;

  constructor(parts: CopiesHereParts) {
    this.#parts = parts;
    const { instance, journal, chunks, bytesPerSecond, pace, onBug } = parts;
    this.#world = {
      instance,
      journal,
      chunks,
      clock: realClock,
      budgetBytes,
      bandwidth: bytesPerSecond === undefined ? undefined : new Bandwidth(bytesPerSecond, realClock, realSleep),
      pace,
      onBug,
    };
    this.#timer = setInterval(() => void this.#noteAll(), noteEveryMs);
    this.#timer.unref();
  }

  /** @param starts otherwise they wait for `hurry`. */
  async define(copies: readonly WireCopy[], starts: boolean): Promise<void> {
    const wanted = new Map(copies.map((each) => [each.copy as string, each]));
    for (const [copy, { follower, made }] of this.#followed) {
      const description = wanted.get(copy);
      if (description !== undefined && madeOf(description) === made) continue;
      this.#followed.delete(copy);
      await follower.stop();
    }
    for (const [copy, description] of wanted) {
      if (!this.#followed.has(copy)) this.#followed.set(copy, this.#follow(description));
    }
    if (starts) this.#start();
  }

  changed(vaults: readonly VaultId[]): void {
    for (const { follower } of this.#followed.values()) follower.changed(vaults);
  }

  async hurry(): Promise<void> {
    for (const { follower, isStarted } of this.#followed.values()) if (isStarted) follower.hurry();
    this.#start();
  }

  progress(): readonly CopyProgress[] {
    return [...this.#followed.values()].map(({ follower }) => follower.progress);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#followed.values()].map(({ follower, isStarted }) => isStarted && follower.stop()));
    await this.#noteAll();
  }

  #follow(description: WireCopy): Followed {
    const { copy, kind } = description;
    const atATime = kind === 'folder' ? this.#parts.folderPuts : bucketPuts;
    const open = (): ReturnType<typeof openCopyPlace> => openCopyPlace(fromWire(description));
    const follower = new CopyFollower({ copy, atATime, open }, this.#world);
    return { follower, made: madeOf(description), isStarted: false };
  }

  #start(): void {
    for (const followed of this.#followed.values()) {
      if (!followed.isStarted) followed.follower.start();
      followed.isStarted = true;
    }
  }

  /** For people, when the server does not run; nothing relies on it. */
  async #noteAll(): Promise<void> {
    for (const progress of this.progress()) {
      if (progress.lastWholeMs === undefined && progress.heads.length === 0) continue;
      const text = encodeCopyNote(progress);
      if (this.#noted.get(progress.copy) === text) continue;
      try {
        await this.#parts.disk.makeFolder('copies');
        await this.#parts.disk.replace(`copies/${progress.copy}.json`, utf8(text));
        this.#noted.set(progress.copy, text);
      } catch (error) {
        if (!isFault(error)) throw error;
        if (error.code === 'sync-failed') this.#parts.onStop(error.message);
      }
    }
  }
}

function madeOf(description: WireCopy): string {
  return JSON.stringify(description, (_key, value: unknown) => (value instanceof Uint8Array ? value.toHex() : value));
}
