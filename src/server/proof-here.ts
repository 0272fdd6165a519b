import { Fault, isFault } from '../base/fault.ts';
import type { CopyId, VaultId } from '../base/ids.ts';
import { drillCopy } from '../copies/copy-drill.ts';
import type { CopyProgress } from '../copies/copy-follower.ts';
import { assertMarker } from '../copies/copy-marker-check.ts';
import { CopyProof, type OpenedCopy } from '../copies/copy-proof.ts';
import { dueDrill } from '../copies/drill-schedule.ts';
import { copySource, type GoodSource } from '../copies/good-bytes.ts';
import { KeptLines } from '../copies/kept-lines.ts';
import { Losses } from '../copies/losses.ts';
import type { Pace } from '../copies/pace.ts';
import type { ProofSettings } from '../copies/proof-status.ts';
import { Results } from '../copies/results.ts';
import type { ChunkStore } from '../store/chunks/chunk-store.ts';
import type { Disk } from '../store/disk.ts';
import type { JournalReader } from '../store/journal/journal.ts';
import type { Place } from '../store/places/place.ts';
import { fromWire, type RunningDrill, type WireCopy } from './copies-link.ts';
import { openCopyPlace } from './copy-places.ts';
import { realClock, realElapsedMs } from './real-world.ts';

export interface ProofHereParts extends ProofSettings {
  readonly instance: VaultId;
  readonly journal: JournalReader;
  readonly chunks: Pick<ChunkStore, 'get' | 'put'>;
  readonly disk: Disk;
  readonly pace: Pace;
  readonly progress: () => readonly CopyProgress[];
  readonly onStop: (why: string) => void;
  readonly onBug: (error: unknown) => void;
}

const stepEveryMs = 10_000;
/** A copy that could not be read is left alone for so long. */
const tryAgainMs: number = 10 * 60_000;

/** Copies are verified and drilled in this thread, beside what follows them. */
export class ProofHere {
  readonly #parts: ProofHereParts;
  readonly #results: Results;
  readonly #losses: Losses;
  readonly #stopping: AbortController = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #notBeforeMs: Map<CopyId, number> = new Map();
  #copies: readonly WireCopy[] = [];
  #proofs: Map<CopyId, CopyProof> = new Map();
  #step: Promise<void> | undefined;
  #drill: Promise<void> | undefined;
  #running: RunningDrill | undefined;

  constructor(parts: ProofHereParts) {
    this.#parts = parts;
    const lines = new KeptLines(parts.disk);
    this.#results = new Results(lines);
    this.#losses = new Losses(lines, realClock);
    this.#timer = setInterval(() => this.#tick(), stepEveryMs);
    this.#timer.unref();
  }

  define(copies: readonly WireCopy[]): void {
    this.#copies = copies;
    const before = this.#proofs;
    this.#proofs = new Map(copies.map((each) => [each.copy, before.get(each.copy) ?? this.#proofOf(each.copy)]));
  }

  running(): RunningDrill | undefined {
    return this.#running;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await Promise.all([this.#step, this.#drill]);
  }

  #tick(): void {
    if (this.#stopping.signal.aborted) return;
    this.#step ??= this.#guarded(() => this.#steps()).finally(() => {
      this.#step = undefined;
    });
    this.#drill ??= this.#guarded(() => this.#drillWhenDue()).finally(() => {
      this.#drill = undefined;
      this.#running = undefined;
    });
  }

  /** A mistake of the program ends this attempt, and is told; copies are followed all the same. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isFault(error, 'sync-failed')) this.#parts.onStop(error.message);
      else if (!isFault(error)) this.#parts.onBug(error);
    }
  }

  async #steps(): Promise<void> {
    for (const progress of this.#parts.progress()) {
      const proof = this.#proofs.get(progress.copy);
      if (proof === undefined || !this.#canBeRead(progress)) continue;
      await this.#tried(progress.copy, async () => {
        await proof.step(progress.heads);
      });
      if (this.#stopping.signal.aborted) return;
    }
  }

  async #drillWhenDue(): Promise<void> {
    const { drills, progress } = this.#parts;
    const whole = progress().filter((each) => each.state === 'whole' && this.#canBeRead(each));
    if (drills === undefined || whole.length === 0) return;
    const lastMs = new Map<CopyId, number | undefined>(whole.map(({ copy }) => [copy, undefined]));
    for await (const { kind, copy, fromMs } of this.#results.read())
      if (kind === 'drill' && copy !== undefined && lastMs.has(copy)) lastMs.set(copy, fromMs);
    const due = dueDrill(lastMs, drills, realClock.nowMs());
    if (due !== undefined) await this.#tried(due, () => this.#runDrill(due));
  }

  async #runDrill(copy: CopyId): Promise<void> {
    const sinceMs = realClock.nowMs();
    const place = await this.#openPlace(copy);
    try {
      const drilled = await drillCopy({
        copy,
        place,
        elapsedMs: realElapsedMs,
        nowMs: realClock.nowMs,
        pace: this.#parts.pace,
        onProgress: (sizeBytes) => {
          this.#running = { copy, sinceMs, sizeBytes };
        },
        stopping: this.#stopping.signal,
      });
      if (drilled === undefined) return;
      await this.#results.note(drilled.result);
      if (drilled.objects.length + drilled.vaults.length > 0)
        await this.#proofs.get(copy)?.mend(drilled.objects, drilled.vaults);
    } finally {
      await place.close();
    }
  }

  #canBeRead({ copy, state }: CopyProgress): boolean {
    return state !== 'failing' && realClock.nowMs() >= (this.#notBeforeMs.get(copy) ?? 0);
  }

  async #tried(copy: CopyId, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isFault(error) || error.code === 'sync-failed') throw error;
      this.#notBeforeMs.set(copy, realClock.nowMs() + tryAgainMs);
    }
  }

  #proofOf(copy: CopyId): CopyProof {
    const { journal, chunks, disk, verifyPeriodMs, pace } = this.#parts;
    return new CopyProof({
      copy,
      journal,
      chunks,
      disk,
      results: this.#results,
      losses: this.#losses,
      clock: realClock,
      periodMs: verifyPeriodMs,
      open: () => this.#open(copy),
      pace: () => pace.rest(),
      stopping: this.#stopping.signal,
    });
  }

  async #open(copy: CopyId): Promise<OpenedCopy> {
    const place = await this.#openPlace(copy);
    const others = this.#copies.filter((each) => each.copy !== copy).map((each) => this.#openWhenAsked(each));
    return {
      place: apartFromData(place),
      others: others.map(({ source }) => source),
      close: async () => {
        await place.close();
        for (const other of others) await other.close();
      },
    };
  }

  async #openPlace(copy: CopyId): Promise<Place> {
    const description = this.#copies.find((each) => each.copy === copy);
    if (description === undefined) throw new Fault('unavailable', 'This copy is not followed any more.');
    return this.#openMarked(description);
  }

  async #openMarked(description: WireCopy): Promise<Place> {
    const place = await openCopyPlace(fromWire(description));
    try {
      await assertMarker(place, { copy: description.copy, instance: this.#parts.instance });
    } catch (error) {
      await place.close();
      throw error;
    }
    return place;
  }

  /** Nothing of it is touched until something is damaged. */
  #openWhenAsked(description: WireCopy): { readonly source: GoodSource; close(): Promise<void> } {
    let opening: Promise<Place> | undefined;
    const open = (): Promise<Place> => (opening ??= this.#openMarked(description));
    return {
      source: copySource({
        title: description.place,
        get: async (name) => (await open()).get(name),
        list: async function* (prefix, after) {
          yield* (await open()).list(prefix, after);
        },
      }),
      close: async () => {
        await opening?.then(
          (place) => place.close(),
          () => undefined,
        );
      },
    };
  }
}

/** A disk of a copy that does not keep its word is no reason to stop the server, as that of the data is. */
function apartFromData(place: Place): OpenedCopy['place'] {
  return {
    title: place.title,
    get: (name) => place.get(name),
    list: (prefix, after) => place.list(prefix, after),
    put: async (name, bytes) => {
      try {
        await place.put(name, bytes);
      } catch (error) {
        if (!isFault(error, 'sync-failed')) throw error;
        throw new Fault('io', error.message, { cause: error });
      }
    },
  };
}
