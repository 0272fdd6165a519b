import { concat, u64, utf8 } from '../base/bytes.ts';
import type { Clock, Randomness } from '../base/clock.ts';
import { isFault } from '../base/fault.ts';
import { idBytes, type VaultId, vaultIdOf } from '../base/ids.ts';
import type { Secret } from '../base/secret.ts';
import { openBox, sealBox } from '../crypto/box.ts';
import { aeadOpen, aeadSeal, hkdf } from '../crypto/primitives.ts';
import {
  decodeTraceFile,
  decodeTraceItems,
  encodeTraceItems,
  encodeTraceRecord,
  type TraceItem,
  type TraceRecord,
} from '../format/trace.ts';
import type { Disk } from '../store/disk.ts';

const folder = 'trace';
const noVault: VaultId = vaultIdOf(new Uint8Array(16));
const maxWaiting = 50_000;
const dayMs = 86_400_000;

export interface TraceParts {
  readonly disk: Pick<Disk, 'append' | 'read' | 'list' | 'makeFolder' | 'remove'>;
  readonly clock: Clock;
  readonly random: Randomness;
  /** Key of the instance's part, of the instance vault's newest epoch. */
  readonly instanceKey: () => { readonly epoch: number; readonly key: Secret };
  /** Where the owner's part is sealed to: the newest inbox key of a vault. */
  readonly inboxOf: (vault: VaultId) => { readonly epoch: number; readonly publicKey: Uint8Array } | undefined;
  readonly keepDays: number;
}

/**
 * Every access and attempt: who, how, what, when, from where. Opaque ids are sealed to the instance for incident work, names
 * to the owner. Collected in memory and flushed once a second; a crash loses at most that second.
 */
export class Trace {
  readonly #parts: TraceParts;
  #waiting = new Map<VaultId, TraceItem[]>();
  #count = 0;
  #lost = 0;
  #flushing: Promise<void> = Promise.resolve();
  #file: { readonly day: string; readonly path: string } | undefined;

  constructor(parts: TraceParts) {
    this.#parts = parts;
  }

  note(vault: VaultId | undefined, item: TraceItem): void {
    if (this.#count >= maxWaiting) {
      this.#lost += 1;
      return;
    }
    this.#count += 1;
    const key = vault ?? noVault;
    const items = this.#waiting.get(key);
    if (items === undefined) this.#waiting.set(key, [item]);
    else items.push(item);
  }

  /** Items that were given up because the disk was full or slow; a metric. */
  get lost(): number {
    return this.#lost;
  }

  /** Called once a second and at the end. A full disk does not stop the service: what could not be kept is counted. */
  flush(): Promise<void> {
    const batch = this.#waiting;
    const count = this.#count;
    this.#waiting = new Map();
    this.#count = 0;
    if (batch.size === 0) return this.#flushing;
    this.#flushing = this.#flushing
      .then(() => this.#write(batch))
      .catch((error: unknown) => {
        this.#lost += count;
        // A disk that does not keep its word ends the program, whatever it refused to keep.
        if (!isFault(error) || error.code === 'sync-failed') throw error;
      });
    return this.#flushing;
  }

  async #write(batch: ReadonlyMap<VaultId, readonly TraceItem[]>): Promise<void> {
    const timeMs = this.#parts.clock.nowMs();
    const records = [...batch].map(([vault, items]) => encodeTraceRecord(this.#seal(vault, timeMs, items)));
    await this.#parts.disk.append(await this.#fileOf(dayOf(timeMs)), concat(...records));
  }

  /** Every run begins files of its own: behind what a crash tore nothing could be found again. */
  async #fileOf(day: string): Promise<string> {
    if (this.#file?.day === day) return this.#file.path;
    const { disk } = this.#parts;
    await disk.makeFolder(folder);
    const runs = traceFiles(await disk.list(folder)).filter((each) => each.day === day);
    const run = (runs.at(-1)?.run ?? 0) + 1;
    const path = `${folder}/${day}${run === 1 ? '' : `.${run}`}.trace`;
    this.#file = { day, path };
    return path;
  }

  #seal(vault: VaultId, timeMs: number, items: readonly TraceItem[]): TraceRecord {
    const { random } = this.#parts;
    const { epoch, key } = this.#parts.instanceKey();
    const salt = random.bytes(32);
    const context = concat(idBytes(vault), u64(timeMs));
    const instancePart = aeadSeal(
      hkdf(key.expose(), salt, 'record'),
      concat(utf8('trace'), context),
      encodeTraceItems(items, false),
    );
    const inbox = vault === noVault ? undefined : this.#parts.inboxOf(vault);
    const ownerPart =
      inbox === undefined
        ? undefined
        : {
            epoch: inbox.epoch,
            box: sealBox(inbox.publicKey, 'trace', context, encodeTraceItems(items, true), random.bytes(32)),
          };
    return { vault, timeMs, instanceEpoch: epoch, salt, instancePart, ownerPart };
  }

  /** Days beyond the retention go: the trace has a stated retention of its own. */
  async dropOld(): Promise<void> {
    const oldest = dayOf(this.#parts.clock.nowMs() - this.#parts.keepDays * dayMs);
    for (const { day, name } of traceFiles(await this.#parts.disk.list(folder)))
      if (day < oldest) await this.#parts.disk.remove(`${folder}/${name}`);
  }
}

interface TraceFile {
  readonly name: string;
  readonly day: string;
  readonly run: number;
}

const namePattern = /^(\d{4}-\d{2}-\d{2})(?:\.(\d{1,9}))?\.trace$/;

/** In the order in which they were written. */
function traceFiles(names: readonly string[]): readonly TraceFile[] {
  const files = names.flatMap((name): TraceFile[] => {
    const [, day, run = '1'] = namePattern.exec(name) ?? [];
    return day === undefined ? [] : [{ name, day, run: Number(run) }];
  });
  return files.toSorted((a, b) => (a.day === b.day ? a.run - b.run : a.day < b.day ? -1 : 1));
}

/** UTC days: `2026-11-21`. */
function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

/** The owner's part of one vault's trace, oldest first. `inboxPrivate` gives the inbox key of an epoch. */
export async function readOwnerTrace(
  disk: Pick<Disk, 'read' | 'list'>,
  vault: VaultId,
  inboxPrivate: (epoch: number) => Secret,
): Promise<readonly TraceItem[]> {
  const items: TraceItem[] = [];
  for await (const record of readRecords(disk)) {
    if (record.vault !== vault || record.ownerPart === undefined) continue;
    const context = concat(idBytes(vault), u64(record.timeMs));
    const opened = openBox(inboxPrivate(record.ownerPart.epoch).expose(), 'trace', context, record.ownerPart.box);
    if (opened !== undefined) items.push(...decodeTraceItems(opened));
  }
  return items;
}

/** The instance's part of all traces, a file at a time: ids, times, outcomes, never names. */
export async function* readInstanceTrace(disk: Pick<Disk, 'read' | 'list'>, key: Secret): AsyncGenerator<TraceItem> {
  for await (const record of readRecords(disk)) {
    const aad = concat(utf8('trace'), idBytes(record.vault), u64(record.timeMs));
    const opened = aeadOpen(hkdf(key.expose(), record.salt, 'record'), aad, record.instancePart);
    if (opened !== undefined) yield* decodeTraceItems(opened);
  }
}

async function* readRecords(disk: Pick<Disk, 'read' | 'list'>): AsyncGenerator<TraceRecord> {
  for (const { name } of traceFiles(await disk.list(folder))) {
    const bytes = await disk.read(`${folder}/${name}`);
    if (bytes !== null) yield* decodeTraceFile(bytes);
  }
}
