import type { Clock } from '../base/clock.ts';
import type { AccountId, VaultId } from '../base/ids.ts';
import type { TraceItem } from '../format/trace.ts';

/** What may have brought one person's things near another. In each of these cases nothing was shown. */
export type IncidentKind = 'stamp-mismatch' | 'mixed-halves' | 'moved-row';

const kinds: readonly IncidentKind[] = ['stamp-mismatch', 'mixed-halves', 'moved-row'];
const action = 'incident';

export interface Incident {
  readonly kind: IncidentKind;
  /** Whose it was; none when nobody can know. */
  readonly accounts: readonly AccountId[];
  readonly address: string;
}

/** One kind, as it touched one account. */
export interface AffectedAccount {
  readonly kind: IncidentKind;
  readonly account: AccountId | undefined;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Noted at most once a minute, so that a page which reloads fills nothing. */
  readonly times: number;
}

interface IncidentParts {
  readonly clock: Clock;
  /** Where the account sees it: a vault of its own. */
  readonly vaultOf: (account: AccountId) => VaultId | undefined;
  readonly trace: (vault: VaultId | undefined, item: TraceItem) => void;
  /** Tells whoever runs the instance. */
  readonly tell: (incident: Incident) => void;
}

const noteEveryMs = 60_000;
const maxRemembered = 10_000;

/** Incidents are noted in the trace, for the instance and for the owners that they touch. */
export class Incidents {
  readonly #parts: IncidentParts;
  readonly #notedMs = new Map<string, number>();

  constructor(parts: IncidentParts) {
    this.#parts = parts;
  }

  note(incident: Incident): void {
    const { clock, tell, vaultOf, trace } = this.#parts;
    const timeMs = clock.nowMs();
    const affected = incident.accounts.length === 0 ? [undefined] : [...new Set(incident.accounts)];
    const unnoted = affected.filter((account) => this.#isNews(`${incident.kind}/${account ?? ''}`, timeMs));
    for (const account of unnoted) {
      trace(account === undefined ? undefined : vaultOf(account), {
        timeMs,
        account,
        credential: undefined,
        action,
        node: undefined,
        outcome: incident.kind,
        address: incident.address,
        path: '',
      });
    }
    if (unnoted.length > 0) tell(incident);
  }

  #isNews(key: string, timeMs: number): boolean {
    const before = this.#notedMs.get(key);
    if (before !== undefined && timeMs - before < noteEveryMs) return false;
    this.#notedMs.delete(key);
    this.#notedMs.set(key, timeMs);
    const [oldest] = this.#notedMs.keys();
    if (this.#notedMs.size > maxRemembered && oldest !== undefined) this.#notedMs.delete(oldest);
    return true;
  }
}

/** Who was affected by what, out of the instance's part of the trace; the newest first. */
export async function affectedAccounts(items: AsyncIterable<TraceItem>): Promise<readonly AffectedAccount[]> {
  const found = new Map<string, AffectedAccount>();
  for await (const { action: what, outcome, account, timeMs } of items) {
    const kind = what === action ? kinds.find((each) => each === outcome) : undefined;
    if (kind === undefined) continue;
    const key = `${kind}/${account ?? ''}`;
    const known = found.get(key);
    found.set(key, {
      kind,
      account,
      firstMs: Math.min(known?.firstMs ?? timeMs, timeMs),
      lastMs: Math.max(known?.lastMs ?? timeMs, timeMs),
      times: (known?.times ?? 0) + 1,
    });
  }
  return [...found.values()].toSorted((one, other) => other.lastMs - one.lastMs);
}
