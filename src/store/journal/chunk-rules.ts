import { assert, unreachable } from '#base/assert.ts';
import { Fault } from '#base/fault.ts';
import type { ChunkId } from '#base/ids.ts';
import type { CheckedAppend } from './append-check.ts';
import type { ChunkRow, ChunkState, LeaseRequest, LeaseState } from './journal.ts';

/** A chunk row as one vault sees it. */
export interface ChunkRecord extends Omit<ChunkRow, 'vault'> {
  /** Whether the row is that vault's: the id of a sealed chunk can not be two vaults'. */
  readonly own: boolean;
  /** The run that holds a leased id. */
  readonly lease: number | null;
}

export type ChunkLookup = (id: ChunkId) => ChunkRecord | null;

export interface ChunkChange {
  readonly id: ChunkId;
  readonly before: ChunkRecord | null;
  readonly after: ChunkRecord;
  /** To be stored in the database with the change. */
  readonly bytes: Uint8Array | null;
}

/** The changes of one request: later steps see the earlier ones, and nothing is written before all are known. */
class ChunkPlan {
  readonly #lookup: ChunkLookup;
  readonly #changes: Map<ChunkId, ChunkChange> = new Map();

  constructor(lookup: ChunkLookup) {
    this.#lookup = lookup;
  }

  get changes(): readonly ChunkChange[] {
    return [...this.#changes.values()].filter(
      ({ before, after, bytes }) =>
        bytes !== null || before === null || before.state !== after.state || before.lease !== after.lease,
    );
  }

  now(id: ChunkId): ChunkRecord | null {
    return this.#changes.get(id)?.after ?? this.#lookup(id);
  }

  set(id: ChunkId, after: ChunkRecord, bytes: Uint8Array | null = null): void {
    const earlier = this.#changes.get(id);
    const before = earlier === undefined ? this.#lookup(id) : earlier.before;
    this.#changes.set(id, { id, before, after, bytes: bytes ?? earlier?.bytes ?? null });
  }
}

export interface LeasePlan {
  readonly answers: readonly LeaseState[];
  readonly changes: readonly ChunkChange[];
}

export function planLease(request: LeaseRequest, run: number, lookup: ChunkLookup): LeasePlan {
  const plan = new ChunkPlan(lookup);
  const answers = request.chunks.map(({ id, sizeBytes }) => lease(plan, id, sizeBytes, run));
  return { answers, changes: plan.changes };
}

function lease(plan: ChunkPlan, id: ChunkId, sizeBytes: number, run: number): LeaseState {
  const record = plan.now(id);
  if (record === null) {
    plan.set(id, { own: true, state: 'leased', sizeBytes, lease: run, place: 'file' });
    return 'leased';
  }
  if (!record.own) return 'given-up';
  switch (record.state) {
    case 'leased':
      assert(record.sizeBytes === sizeBytes, 'the id of a chunk is leased with another size');
      // Of an earlier run: its bytes may be missing or torn. The new lease comes before they are written again.
      if (record.lease !== run) plan.set(id, { ...record, lease: run });
      return 'leased';
    case 'live':
    case 'dropped':
      return 'live';
    case 'condemned':
    case 'erased':
      return 'given-up';
    default:
      return unreachable(record.state);
  }
}

export type AppendPlan =
  | { readonly kind: 'given-up'; readonly ids: readonly ChunkId[] }
  | { readonly kind: 'changes'; readonly changes: readonly ChunkChange[] };

export function planAppend(checked: CheckedAppend, run: number, lookup: ChunkLookup): AppendPlan {
  const plan = new ChunkPlan(lookup);
  const givenUp = new Set<ChunkId>();
  for (const { header } of checked.entries) {
    for (const id of header.added) {
      if (!adopt(plan, id, checked.data.get(id), run)) givenUp.add(id);
    }
    if (header.type !== 'drop' || givenUp.size > 0) continue;
    for (const id of header.listed) drop(plan, id);
  }
  return givenUp.size > 0 ? { kind: 'given-up', ids: [...givenUp] } : { kind: 'changes', changes: plan.changes };
}

/** Makes an added chunk live; false when its id must not be used again. */
function adopt(plan: ChunkPlan, id: ChunkId, bytes: Uint8Array | undefined, run: number): boolean {
  const record = plan.now(id);
  if (record === null) {
    if (bytes === undefined) return false;
    plan.set(id, { own: true, state: 'live', sizeBytes: bytes.length, lease: null, place: 'database' }, bytes);
    return true;
  }
  if (!record.own) return false;
  switch (record.state) {
    case 'leased':
      if (bytes !== undefined) {
        assert(record.sizeBytes === bytes.length, 'the id of a chunk is leased with another size');
        plan.set(id, { ...record, state: 'live', lease: null, place: 'database' }, bytes);
        return true;
      }
      // Nobody in this run has written the bytes of a lease of an earlier one.
      if (record.lease !== run) return false;
      plan.set(id, { ...record, state: 'live', lease: null });
      return true;
    case 'live':
      return true;
    case 'dropped':
      plan.set(id, { ...record, state: 'live' });
      return true;
    case 'condemned':
    case 'erased':
      return false;
    default:
      return unreachable(record.state);
  }
}

function drop(plan: ChunkPlan, id: ChunkId): void {
  const record = plan.now(id);
  if (record === null || !record.own || record.state === 'leased') {
    throw new Fault('damaged', 'A drop entry lists a chunk that was never live in its vault. Nothing was written.');
  }
  if (record.state === 'live') plan.set(id, { ...record, state: 'dropped' });
}

/** docs/format.md §9. */
const stateNumbers: Readonly<Record<ChunkState, number>> = { leased: 1, live: 2, dropped: 3, condemned: 4, erased: 5 };
const statesByNumber: ReadonlyMap<number, ChunkState> = new Map([
  [1, 'leased'],
  [2, 'live'],
  [3, 'dropped'],
  [4, 'condemned'],
  [5, 'erased'],
]);

export function stateNumber(state: ChunkState): number {
  return stateNumbers[state];
}

export function stateOf(number: number): ChunkState | undefined {
  return statesByNumber.get(number);
}
