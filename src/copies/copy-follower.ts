import { assert } from '#base/assert.ts';
import type { Clock } from '#base/clock.ts';
import { Fault, type FaultCode, isFault } from '#base/fault.ts';
import type { CopyId, VaultId } from '#base/ids.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import type { Head, JournalReader } from '#store/journal/journal.ts';
import type { Place } from '#store/places/place.ts';
import { Copier } from './copier.ts';
import type { CopyIdentity } from './copy-marker-check.ts';
import type { Bandwidth, Pace } from './pace.ts';
import type { Followed } from './vault-follower.ts';

export interface FollowedCopy {
  readonly copy: CopyId;
  readonly atATime: number;
  open(): Promise<Place>;
}

export interface FollowerWorld {
  readonly instance: VaultId;
  readonly journal: JournalReader;
  readonly chunks: Pick<ChunkStore, 'get' | 'sizeBytes' | 'list'>;
  readonly clock: Clock;
  readonly budgetBytes: number;
  readonly bandwidth: Bandwidth | undefined;
  readonly pace?: Pace | undefined;
  /** A mistake of the program ended the following of one copy. */
  readonly onBug: (error: unknown) => void;
}

/** What a follower knows of its copy; plain values, which go to other threads. */
export interface CopyProgress {
  readonly copy: CopyId;
  /** `whole`: up to where the journal was at the last look. */
  readonly state: 'beginning' | 'following' | 'whole' | 'failing';
  readonly failing: { readonly code: FaultCode; readonly message: string; readonly sinceMs: number } | undefined;
  readonly lastWholeMs: number | undefined;
  readonly heads: readonly (readonly [VaultId, Head])[];
  /** Vaults that are not copied, and why: the primary got shorter or forked, or its journal is damaged. */
  readonly held: readonly (readonly [VaultId, Exclude<Followed, { readonly kind: 'whole' | 'stopped' }>])[];
  /** Since the follower began. */
  readonly sentBytes: number;
  readonly lostChunks: number;
  readonly failures: number;
}

/** What arrives meanwhile goes into one segment. */
const debounceMs = 3000;
/** All vaults are looked at so often, in case that a message got lost. */
const lookAtAllMs: number = 10 * 60_000;
const retryLostMs: number = 60 * 60_000;
const firstBackOffMs = 2000;
const longestBackOffMs: number = 5 * 60_000;

/** Follows the journal into one place for as long as the program runs: outages are waited for, whatever they are. */
export class CopyFollower {
  readonly #followed: FollowedCopy;
  readonly #world: FollowerWorld;
  readonly #stopping: AbortController = new AbortController();
  readonly #heads: Map<VaultId, Head> = new Map();
  readonly #held: Map<VaultId, Exclude<Followed, { readonly kind: 'whole' | 'stopped' }>> = new Map();
  #running: Promise<void> | undefined;
  #copier: Copier | undefined;
  #changed: Set<VaultId> = new Set();
  #all = true;
  #wake: () => void = () => undefined;
  /** Nothing is on its way and nothing is waited for: what changes is worth waking up for. */
  #isIdle = false;
  #state: CopyProgress['state'] = 'beginning';
  #failing: CopyProgress['failing'];
  #lastWholeMs: number | undefined;
  #lostRetriedMs: number | undefined;
  #sentBytes = 0;
  #lostChunks = 0;
  #failures = 0;
  #backOffMs = firstBackOffMs;

  constructor(followed: FollowedCopy, world: FollowerWorld) {
    this.#followed = followed;
    this.#world = world;
  }

  start(): void {
    assert(this.#running === undefined, 'a follower is started once');
    this.#running = this.#run().catch((error: unknown) => {
      // The server goes on: no copy is reason enough to turn people away.
      this.#fail(
        new Fault('io', 'Copying met a mistake of the program, and has stopped. The log of the server says more.'),
      );
      this.#world.onBug(error);
    });
  }

  /** Entries were appended to these vaults. */
  changed(vaults: Iterable<VaultId>): void {
    for (const vault of vaults) this.#changed.add(vault);
    if (this.#isIdle) this.#wake();
  }

  /** Looks at everything now, also while it waits for an outage to end. */
  hurry(): void {
    this.#all = true;
    this.#wake();
  }

  get progress(): CopyProgress {
    return {
      copy: this.#followed.copy,
      state: this.#state,
      failing: this.#failing,
      lastWholeMs: this.#lastWholeMs,
      heads: [...this.#heads],
      held: [...this.#held],
      sentBytes: this.#sentBytes,
      lostChunks: this.#lostChunks,
      failures: this.#failures,
    };
  }

  /** What is on its way ends first. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#pass();
        this.#failing = undefined;
        this.#backOffMs = firstBackOffMs;
        await this.#untilChanged();
      } catch (error) {
        if (!isFault(error)) throw error;
        this.#fail(error);
        await this.#forget();
        await this.#pause(this.#backOffMs);
        this.#backOffMs = Math.min(this.#backOffMs * 2, longestBackOffMs);
      }
    }
    await this.#forget();
  }

  async #pass(): Promise<void> {
    const vaults = this.#all ? undefined : this.#changed;
    const isForAll = this.#all;
    this.#changed = new Set();
    this.#all = false;
    if (this.#state !== 'failing') this.#state = 'following';
    this.#copier ??= await this.#open();
    const outcomes = await this.#copier.follow(vaults);
    for (const [vault, outcome] of outcomes) this.#note(vault, outcome);
    if (this.#stopping.signal.aborted) return;
    if (isForAll) await this.#retryLost(this.#copier);
    if (this.#held.size === 0) this.#lastWholeMs = this.#world.clock.nowMs();
    this.#state = 'whole';
  }

  #note(vault: VaultId, outcome: Followed): void {
    if (outcome.kind === 'refused' || outcome.kind === 'damaged') this.#held.set(vault, outcome);
    else this.#held.delete(vault);
  }

  async #open(): Promise<Copier> {
    const { instance, journal, chunks, budgetBytes, bandwidth, pace } = this.#world;
    const identity: CopyIdentity = { copy: this.#followed.copy, instance };
    return new Copier(identity, {
      place: await this.#followed.open(),
      journal,
      chunks,
      atATime: this.#followed.atATime,
      budgetBytes,
      bandwidth,
      pace,
      stopping: this.#stopping.signal,
      onSent: (bytes) => {
        this.#sentBytes += bytes;
      },
      onLost: () => {
        this.#lostChunks += 1;
      },
      onHead: (vault, head) => this.#heads.set(vault, head),
    });
  }

  async #retryLost(copier: Copier): Promise<void> {
    const now = this.#world.clock.nowMs();
    if (this.#lostRetriedMs !== undefined && Math.abs(now - this.#lostRetriedMs) < retryLostMs) return;
    await copier.retryLost();
    this.#lostRetriedMs = now;
  }

  #fail({ code, message }: Fault): void {
    this.#failures += 1;
    this.#state = 'failing';
    this.#failing = { code, message, sinceMs: this.#failing?.sinceMs ?? this.#world.clock.nowMs() };
  }

  /** The place is opened anew next time: it may be another disk that answers then, and all of it is looked at again. */
  async #forget(): Promise<void> {
    const copier = this.#copier;
    this.#copier = undefined;
    this.#all = true;
    await copier?.place.close().catch(ignoreFault);
  }

  async #untilChanged(): Promise<void> {
    this.#isIdle = true;
    if (this.#changed.size === 0 && !this.#all) await this.#pause(lookAtAllMs);
    this.#isIdle = false;
    if (this.#changed.size === 0) this.#all = true;
    else if (!this.#all) await this.#pause(debounceMs);
  }

  /** Ends early when it is woken or stopped. */
  async #pause(ms: number): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
    this.#wake = () => undefined;
  }
}

function ignoreFault(error: unknown): void {
  if (!isFault(error)) throw error;
}
