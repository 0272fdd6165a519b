import { z } from 'zod';
import type { Sessions } from '../accounts/sessions.ts';
import type { Throttle } from '../accounts/throttle.ts';
import { usualProof } from '../copies/proof-status.ts';
import { AccountControl } from './control-accounts.ts';
import type { Control } from './control-calls.ts';
import { command } from './control-command.ts';
import { CopyControl } from './control-copies.ts';
import { FileControl } from './control-files.ts';
import { GateControl } from './control-gate.ts';
import { lossCommands } from './control-losses.ts';
import { reaperCommands } from './control-reaper.ts';
import { RepairControl } from './control-repair.ts';
import { sweepCommands } from './control-sweep.ts';
import { Tickets } from './control-tickets.ts';
import { done, refuse } from './control-values.ts';
import type { Core } from './core.ts';
import { incidentRows } from './incident-alarm.ts';
import { KeyChanges } from './key-changes.ts';
import { openSources } from './open-source.ts';
import { realClock } from './real-world.ts';

export interface ControlParts {
  readonly core: Core;
  readonly throttle: Throttle;
  /** Of a running server, shared with its faces. */
  readonly keys?: KeyChanges;
  /** Of a running server, which drops those that nobody uses. */
  readonly tickets?: Tickets;
  /** Of a running server; undefined for the command line beside a stopped one. */
  readonly sessions: Sessions | undefined;
  /** Of a running server, shared with its faces. */
  readonly copies?: CopyControl;
}

/** All control commands of an instance, by name. */
export function makeControl(parts: ControlParts): Control {
  const tickets = parts.tickets ?? new Tickets(realClock);
  const keys = parts.keys ?? new KeyChanges(parts.core);
  keys.onChange((account) => tickets.forget(account));
  keys.onChange((account) => parts.sessions?.forget(account));
  const commands = new Map([
    ...Object.entries(new AccountControl({ ...parts, keys, tickets }).commands),
    ...Object.entries(new FileControl({ core: parts.core, tickets }).commands),
    ...Object.entries(sweepCommands({ core: parts.core, tickets })),
    ...Object.entries((parts.copies ?? new CopyControl(parts.core, usualProof)).commands),
    ...Object.entries(lossCommands({ core: parts.core, tickets })),
    ...Object.entries(new RepairControl(parts.core).commands),
    ...Object.entries(new GateControl({ core: parts.core, tickets, openSources }).commands),
    ...Object.entries(reaperCommands({ core: parts.core, tickets })),
    ['incidents', command(z.object({}), async () => done(await incidentRows(parts.core)))],
  ]);
  return {
    run: async ({ command, args, content }) => commands.get(command)?.(args, content) ?? refuse('bad-arguments'),
  };
}
