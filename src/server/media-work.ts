import { toHex } from '../base/bytes.ts';
import type { Clock } from '../base/clock.ts';
import { isFault } from '../base/fault.ts';
import type { VaultId } from '../base/ids.ts';
import { noFacts } from '../format/media-facts.ts';
import type { ReadAnswer } from '../media/read-media.ts';
import { type Sniffed, sniff } from '../media/sniff.ts';
import type { ReadContent, UnreadContent } from '../vault/files/media-port.ts';
import type { VaultPort } from '../vault/files/port.ts';
import { ContentParts, filmHeaderOf } from './content-parts.ts';
import { MediaProcess, MediaProcessFailed } from './media-process.ts';
import { findFfmpeg, videoFrame } from './video-frame.ts';

interface MediaWorkParts {
  readonly clock: Clock;
  /** It could not be done at all; what is stored is not hit. */
  readonly onFailure: (why: string) => void;
}

/** A vault is looked through while its owner uses it, and so long after. */
const afterUseMs: number = 10 * 60_000;
/** Uploads come in crowds. */
const waitMs = 700;
const perLook = 32;
/** Entries are few when several contents share one, and soon seen when they do not wait for many. */
const perEntry = 8;
const maxPhotoBytes: number = 256 * 1024 * 1024;
/** Of a film this much is looked at, and its header wherever that stands. */
const filmStartBytes: number = 16 * 1024 * 1024;
const wholeFilmBytes: number = 32 * 1024 * 1024;
const anyFormatBytes = 16;

interface Job {
  port: VaultPort;
  usedMs: number;
  /** Sums of contents that could not be read this time: their stored bytes are damaged or missing. */
  readonly leftOut: Set<string>;
  timer: NodeJS.Timeout | undefined;
  isRunning: boolean;
  isWanted: boolean;
}

/**
 * Reads dates from photos and videos and makes their pictures, one content after the other, while their owner's vault is
 * open: after an upload, and when a session begins for what came in between.
 */
export class MediaWork {
  readonly #parts: MediaWorkParts;
  readonly #process: MediaProcess = new MediaProcess();
  readonly #jobs = new Map<VaultId, Job>();
  readonly #ffmpeg: string | undefined = findFfmpeg();
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(parts: MediaWorkParts) {
    this.#parts = parts;
  }

  /** Without ffmpeg there are no pictures of videos: with it they are looked at once more. */
  get #pass(): number {
    return this.#ffmpeg === undefined ? 1 : 2;
  }

  /** Somebody who may open the vault uses it. */
  use(port: VaultPort): void {
    const known = this.#jobs.get(port.id);
    if (known !== undefined) {
      known.port = port;
      known.usedMs = this.#parts.clock.nowMs();
      return;
    }
    const job: Job = {
      port,
      usedMs: this.#parts.clock.nowMs(),
      leftOut: new Set(),
      timer: undefined,
      isRunning: false,
      isWanted: false,
    };
    this.#jobs.set(port.id, job);
    this.#want(job);
  }

  /** Something was written, by whatever way: uploads of browsers, links and programs, what was brought back. */
  changed(vault: VaultId): void {
    const job = this.#jobs.get(vault);
    if (job !== undefined) this.#want(job);
  }

  /** Called once a minute: a vault whose owner left is looked through again when they come back. */
  tidy(): void {
    for (const [vault, job] of this.#jobs)
      if (!job.isRunning && job.timer === undefined && this.#isLeft(job)) this.#jobs.delete(vault);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { timer } of this.#jobs.values()) clearTimeout(timer);
    this.#process.close();
    await this.#turn;
  }

  #isLeft(job: Job): boolean {
    return this.#parts.clock.nowMs() - job.usedMs > afterUseMs;
  }

  #want(job: Job): void {
    job.isWanted = true;
    if (job.isRunning || job.timer !== undefined || this.#isClosed) return;
    job.timer = setTimeout(() => {
      job.timer = undefined;
      job.isRunning = true;
      // One vault after the other: there is one process that reads.
      this.#turn = this.#turn.then(() => this.#run(job));
    }, waitMs);
    job.timer.unref();
  }

  async #run(job: Job): Promise<void> {
    try {
      while (job.isWanted && !this.#isClosed && !this.#isLeft(job)) {
        job.isWanted = false;
        if (await this.#round(job)) job.isWanted = true;
      }
    } catch (error) {
      // A vault that was closed, keys that changed, a full disk: tried again at the next use or write.
      if (isFault(error) || error instanceof MediaProcessFailed) this.#failed(error);
      else throw error;
    } finally {
      job.isRunning = false;
    }
  }

  #failed(error: Error): void {
    if (!this.#isClosed && !isFault(error, 'unavailable')) this.#parts.onFailure(error.message);
  }

  /** False when nothing is left to read, or nothing can be kept. */
  async #round(job: Job): Promise<boolean> {
    const contents = await job.port.unreadMedia({ photo: 1, video: this.#pass }, [...job.leftOut], perLook);
    const read: ReadContent[] = [];
    for (const content of contents) {
      if (this.#isClosed) return false;
      const answer = await this.#read(job, content);
      if (answer !== undefined) read.push(answer);
      if (read.length >= perEntry && !(await keep(job, read.splice(0)))) return false;
    }
    if (read.length > 0 && !(await keep(job, read))) return false;
    return contents.length > 0;
  }

  /** Undefined when the stored bytes are not whole: then nothing is said of the content, so that it is read after a repair. */
  async #read(job: Job, content: UnreadContent): Promise<ReadContent | undefined> {
    try {
      const parts = new ContentParts(job.port, content.pieces);
      const sniffed = sniff(await parts.at(0, 256));
      const isPhoto = sniffed === 'image' || sniffed === 'heif';
      const answer = isPhoto ? await this.#photo(parts) : await this.#video(parts, sniffed, content.name);
      const { facts, small, large } = answer ?? { facts: noFacts, small: undefined, large: undefined };
      return { sha256: content.sha256, facts: { ...facts, pass: this.#pass }, small, large };
    } catch (error) {
      if (!isFault(error, 'damaged') && !isFault(error, 'missing')) throw error;
      job.leftOut.add(toHex(content.sha256));
      return undefined;
    }
  }

  async #photo(parts: ContentParts): Promise<ReadAnswer | undefined> {
    if (parts.sizeBytes > maxPhotoBytes) return undefined;
    return this.#process.read({ what: 'photo', bytes: await parts.at(0, parts.sizeBytes) });
  }

  async #video(parts: ContentParts, sniffed: Sniffed, name: string): Promise<ReadAnswer | undefined> {
    if (sniffed === 'other' || parts.sizeBytes < anyFormatBytes) return undefined;
    const start = await parts.at(0, parts.sizeBytes <= wholeFilmBytes ? parts.sizeBytes : filmStartBytes);
    const header = sniffed === 'mov' ? await filmHeaderOf(parts) : undefined;
    const frame = this.#ffmpeg === undefined ? undefined : await videoFrame(this.#ffmpeg, sniffed, parts.parts());
    // The film itself is of no use to whoever reads its header.
    const bytes = header === undefined ? start : Buffer.concat([start.subarray(0, boxEnd(start)), header]);
    return this.#process.read({ what: 'video', bytes, name, frame });
  }
}

/** Where the first box of an MP4 file ends, which says what it is. */
function boxEnd(start: Uint8Array): number {
  const size = Buffer.from(start.buffer, start.byteOffset, 4).readUInt32BE(0);
  return size >= 8 && size <= 4096 ? size : 0;
}

async function keep(job: Job, contents: readonly ReadContent[]): Promise<boolean> {
  return (await job.port.addMedia(undefined, contents)) === 'kept';
}
