import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Counts, sizes and times; never names or content. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<'face' | 'method' | 'status'>;
  readonly seconds: Histogram<'face' | 'method'>;
  readonly damaged: Counter;
  readonly mismatches: Counter;
  readonly openVaults: Gauge;
  readonly traceLost: Gauge;
  readonly readOnlyVaults: Gauge;
  readonly readOnly: Gauge;
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
    openVaults: new Gauge({ name: 'coffre_open_vaults', help: 'Vaults that are open', registers }),
    readOnlyVaults: new Gauge({
      name: 'coffre_read_only_vaults',
      help: 'Vaults that are not written until somebody looked at them',
      registers,
    }),
    readOnly: new Gauge({ name: 'coffre_read_only', help: '1 while nothing at all is written', registers }),
    traceLost: new Gauge({ name: 'coffre_trace_items_lost', help: 'Trace items that could not be kept', registers }),
  };
}
