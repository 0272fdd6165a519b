import type { Clock, Randomness } from '#base/clock.ts';
import type { CredentialId } from '#base/ids.ts';
import { checkName } from '#format/file-operations.ts';
import { pieceSizeBytes } from '#format/frame.ts';
import type { GrantLimit } from '#format/instance-operations.ts';
import { type Deposit, maxDepositBytes } from '#vault/deposit.ts';
import { ApiProblem } from './problem.ts';

/** Files on their way in through one link, and through all of them. */
const maxPerLink = 8;
const maxInAll = 64;
/** A visitor who sends nothing for so long begins anew. */
const idleMs: number = 10 * 60_000;
const idBytes = 16;

export interface Announced {
  readonly name: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number | undefined;
  readonly type: string | undefined;
}

export interface Incoming {
  readonly link: CredentialId;
  readonly file: Announced;
  readonly deposit: Deposit;
  usedMs: number;
  /** One piece at a time: they are numbered, and hashed in their order. */
  isBusy: boolean;
}

/** What a link has received in all. */
export interface Received {
  readonly bytes: number;
  readonly files: number;
}

/**
 * Files that visitors are sending. Only in memory: what a restart interrupts is sent again, and its chunks are leases that run
 * out.
 */
export class Receiving {
  readonly #clock: Clock;
  readonly #random: Randomness;
  readonly #incoming = new Map<string, Incoming>();

  constructor(clock: Clock, random: Randomness) {
    this.#clock = clock;
    this.#random = random;
  }

  /** @throws ApiProblem 400, 413, 429, 507. */
  begin(link: CredentialId, file: Announced, deposit: Deposit, limit: GrantLimit, before: Received): string {
    this.forgetIdle();
    if (checkName(file.name) !== 'ok')
      throw new ApiProblem(400, 'bad-name', 'A file with this name cannot be taken. Nothing was sent.');
    const others = [...this.#incoming.values()].filter((each) => each.link === link);
    const bytes = others.reduce((sum, each) => sum + each.file.sizeBytes, before.bytes) + file.sizeBytes;
    if (file.sizeBytes > maxDepositBytes || bytes > limit.bytes || before.files + others.length >= limit.files)
      throw new ApiProblem(413, 'link-full', 'This is more than the link takes. Nothing was sent.');
    if (others.length >= maxPerLink || this.#incoming.size >= maxInAll)
      throw new ApiProblem(429, 'too-many', 'Too many files are on their way. Try again in a moment.', {
        'retry-after': '5',
      });
    const id = Buffer.from(this.#random.bytes(idBytes)).toString('base64url');
    this.#incoming.set(id, { link, file, deposit, usedMs: this.#clock.nowMs(), isBusy: false });
    return id;
  }

  /** @throws ApiProblem 404 for one that is not under way through this link. */
  find(link: CredentialId, id: string): Incoming {
    const found = this.#incoming.get(id);
    if (found === undefined || found.link !== link)
      throw new ApiProblem(404, 'no-such-upload', 'This file is not under way any more. Send it again.');
    found.usedMs = this.#clock.nowMs();
    return found;
  }

  /**
   * The piece with this number; the one that came last may come again, when its answer was lost.
   * @throws ApiProblem 400, 409; Fault from the stores.
   */
  async add(incoming: Incoming, number: number, bytes: Uint8Array): Promise<void> {
    const { deposit, file } = incoming;
    if (number === deposit.pieces - 1) return;
    const wanted = Math.min(pieceSizeBytes, file.sizeBytes - number * pieceSizeBytes);
    if (number !== deposit.pieces || incoming.isBusy)
      throw new ApiProblem(409, 'wrong-piece', `Piece ${deposit.pieces} is the next one.`);
    if (bytes.length !== wanted || wanted <= 0)
      throw new ApiProblem(400, 'wrong-length', 'The piece does not have the length that it should have.');
    incoming.isBusy = true;
    try {
      await deposit.add(bytes);
    } finally {
      incoming.isBusy = false;
    }
  }

  end(id: string): void {
    this.#incoming.delete(id);
  }

  forgetIdle(): void {
    const nowMs = this.#clock.nowMs();
    for (const [id, { usedMs, isBusy }] of this.#incoming) if (!isBusy && nowMs - usedMs > idleMs) this.end(id);
  }
}
