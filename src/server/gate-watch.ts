import type { Logger } from 'pino';
import { type GateStatus, maintenanceText } from '../store/journal/write-gate.ts';
import type { GateLink } from './gate-link.ts';
import type { Metrics } from './metrics.ts';

/** Tells the operator what is read-only and why: when it begins, and when it is over. */
export class GateWatch {
  readonly #gate: GateLink;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  #said = '';

  constructor(gate: GateLink, metrics: Metrics, log: Logger) {
    this.#gate = gate;
    this.#metrics = metrics;
    this.#log = log;
  }

  async look(): Promise<GateStatus> {
    const status = await this.#gate.status();
    this.#metrics.readOnly.set(status.everything === undefined && status.maintenance === undefined ? 0 : 1);
    this.#metrics.readOnlyVaults.set(status.vaults.length);
    const lines = gateLines(status);
    const text = lines.join(' ');
    if (text !== this.#said) {
      if (lines.length === 0) this.#log.warn('everything is written again');
      for (const line of lines) this.#log.error({ incident: 'read-only' }, line);
    }
    this.#said = text;
    return status;
  }

  /** A read met a piece that is missing: the folder may be another one since. */
  async missing(): Promise<void> {
    await this.#gate.lookAtChunks();
    await this.look();
  }
}

const maxLines = 20;

/** What is read-only and why, a line each; the operator's list has the rest. */
export function gateLines({ everything, vaults, maintenance }: GateStatus): readonly string[] {
  const lines = [
    ...(maintenance === undefined ? [] : [maintenanceText(maintenance)]),
    ...(everything === undefined ? [] : [everything]),
    ...vaults.map((each) => each.why),
  ];
  return lines.length <= maxLines
    ? lines
    : [...lines.slice(0, maxLines), `${lines.length - maxLines} further vaults are read-only.`];
}
