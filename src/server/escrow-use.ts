import type { Unlocked } from '../accounts/proofs.ts';
import { Fault } from '../base/fault.ts';
import type { Core } from './core.ts';
import { firstVaultOf } from './incident-alarm.ts';
import { makeTrace } from './make-trace.ts';
import { realClock } from './real-world.ts';

/** How long the trace is kept is the server's to say; nothing is dropped here. */
const keepDays: number = Number.MAX_SAFE_INTEGER;

/**
 * The owner finds each use of the operator's offline key in their trace, before it opens anything.
 * @throws Fault `unavailable` when it cannot be written there.
 */
export async function noteEscrowUse(core: Core, name: string, opened: Unlocked | undefined): Promise<void> {
  const account = core.instance.view.accountNamed(name)?.id;
  if (account === undefined) return;
  const trace = makeTrace(core, keepDays);
  trace.note(firstVaultOf(core, account), {
    timeMs: realClock.nowMs(),
    account,
    credential: opened?.credential.id,
    action: 'escrow',
    node: undefined,
    outcome: opened === undefined ? 'refused' : 'opened',
    address: 'local',
    path: '',
  });
  await trace.flush();
  if (trace.lost > 0)
    throw new Fault(
      'unavailable',
      'The trace of the owner cannot be written, so the key was not used. Nothing changed.',
    );
}
