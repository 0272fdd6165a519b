import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Counts, sizes and times; never names or content. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<'face' | 'method' | 'status'>;
  readonly seconds: Histogram<'face' | 'method'>;
  readonly damaged: Counter;
  readonly mismatches: Counter;
  readonly incidents: Counter<'kind'>;
  readonly massDeletions: Counter;
  readonly openVaults: Gauge;
  readonly traceLost: Gauge;
  readonly readOnlyVaults: Gauge;
  readonly readOnly: Gauge;
  readonly copies: Gauge;
  readonly copyLag: Gauge<'copy'>;
  readonly copyFailures: Gauge<'copy'>;
  readonly copyHeldVaults: Gauge<'copy'>;
  readonly copyLastWhole: Gauge<'copy'>;
  /** Of the data folder (`primary`) and of each copy. */
  readonly proof: ProofMetrics;
}

interface ProofMetrics {
  readonly proven: Gauge<'copy'>;
  readonly verifyDone: Gauge<'copy'>;
  readonly restore: Gauge<'copy'>;
  readonly damagedObjects: Gauge<'copy'>;
  readonly isOverdue: Gauge<'copy'>;
}

export function makeMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requests: new Counter({
      name: 'coffre_requests_total',
      help: 'Requests answered',
      labelNames: ['face', 'method', 'status'],
      registers,
    }),
    seconds: new Histogram({
      name: 'coffre_request_seconds',
      help: 'Time until the answer was sent',
      labelNames: ['face', 'method'],
      buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60],
      registers,
    }),
    damaged: new Counter({
      name: 'coffre_damage_seen_total',
      help: 'Reads that met damaged or missing stored bytes',
      registers,
    }),
    mismatches: new Counter({
      name: 'coffre_stamp_mismatches_total',
      help: 'Answers held back because they were made for somebody else',
      registers,
    }),
    incidents: new Counter({
      name: 'coffre_incidents_total',
      help: 'Times a session or an answer came near somebody else; nothing was shown',
      labelNames: ['kind'],
      registers,
    }),
    massDeletions: new Counter({
      name: 'coffre_mass_deletions_total',
      help: 'Times a credential took away many files within an hour',
      registers,
    }),
    openVaults: new Gauge({ name: 'coffre_open_vaults', help: 'Vaults that are open', registers }),
    ...copyMetrics(registers),
    readOnlyVaults: new Gauge({
      name: 'coffre_read_only_vaults',
      help: 'Vaults that are not written until somebody looked at them',
      registers,
    }),
    readOnly: new Gauge({ name: 'coffre_read_only', help: '1 while nothing at all is written', registers }),
    traceLost: new Gauge({ name: 'coffre_trace_items_lost', help: 'Trace items that could not be kept', registers }),
  };
}

type CopyMetrics = Pick<Metrics, 'copies' | 'copyLag' | 'copyFailures' | 'copyHeldVaults' | 'copyLastWhole' | 'proof'>;

/** One row for each copy that is followed, by its id. */
function copyMetrics(registers: Registry[]): CopyMetrics {
  const ofCopy = (name: string, help: string): Gauge<'copy'> =>
    new Gauge({ name, help, labelNames: ['copy'], registers });
  return {
    copies: new Gauge({ name: 'coffre_copies', help: 'Copies that there are', registers }),
    copyLag: ofCopy('coffre_copy_lag_entries', 'Entries that a copy does not have yet'),
    copyFailures: ofCopy('coffre_copy_failures', 'How often a copy could not be written since the start'),
    copyHeldVaults: ofCopy(
      'coffre_copy_held_vaults',
      'Vaults that are not copied: the data folder lost what the copy holds',
    ),
    copyLastWhole: ofCopy('coffre_copy_last_whole_seconds', 'When a copy was last whole, in seconds since 1970'),
    proof: {
      proven: ofCopy('coffre_proven_seconds', 'When everything was last read back and whole, in seconds since 1970'),
      verifyDone: ofCopy('coffre_verify_done_ratio', 'How much the present reading of everything has read'),
      restore: ofCopy(
        'coffre_drill_restore_seconds',
        'How long reading everything for a restore took in the last drill',
      ),
      damagedObjects: ofCopy('coffre_damaged_objects', 'Damaged or missing, and not repaired yet'),
      isOverdue: ofCopy('coffre_proof_overdue', 'Proofs that should have been done by now'),
    },
  };
}
