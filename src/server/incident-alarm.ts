import type { Logger } from 'pino';
import type { AccountId, VaultId } from '../base/ids.ts';
import { type AffectedAccount, affectedAccounts, Incidents } from '../rights/incidents.ts';
import { readInstanceTrace, type Trace } from '../rights/trace.ts';
import type { Core } from './core.ts';
import type { Metrics } from './metrics.ts';
import { realClock } from './real-world.ts';

/** Incidents go into the trace, the log and the metrics. */
export function makeIncidents(
  core: Pick<Core, 'instance'>,
  trace: Trace,
  metrics: Pick<Metrics, 'incidents'>,
  log: Logger,
): Incidents {
  return new Incidents({
    clock: realClock,
    vaultOf: (account) => firstVaultOf(core, account),
    trace: (vault, item) => trace.note(vault, item),
    tell: ({ kind, accounts }) => {
      metrics.incidents.inc({ kind });
      log.error(
        { incident: kind, accounts },
        'somebody’s session or answer came near somebody else; nothing was shown; `coffre incidents` lists who is affected',
      );
    },
  });
}

/** Where an account sees in its trace what concerns no vault. */
export function firstVaultOf({ instance }: Pick<Core, 'instance'>, account: AccountId): VaultId | undefined {
  return instance.view.vaultsOf(account).find((each) => each.kind === 'files')?.id;
}

export interface IncidentRow extends Omit<AffectedAccount, 'account'> {
  /** Null when nobody can know whose it was. */
  readonly account: string | null;
}

/** Who was affected by what, as far back as the trace is kept. */
export async function incidentRows({
  disk,
  instance,
}: Pick<Core, 'disk' | 'instance'>): Promise<readonly IncidentRow[]> {
  const affected = await affectedAccounts(readInstanceTrace(disk, instance.traceKey.key));
  return affected.map(({ account, ...rest }) => ({
    ...rest,
    account: account === undefined ? null : (instance.view.account(account)?.name ?? account),
  }));
}
