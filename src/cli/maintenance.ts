import type { Context } from './command.ts';
import { gateStatus, type MaintenanceAnswer, maintenanceAnswer } from './copy-back-answers.ts';
import type { Ending } from './exit-codes.ts';
import { usage } from './failure.ts';
import { withControl } from './link.ts';
import { ask } from './session.ts';
import { timeText, visible } from './terminal.ts';

/** Without `on` or `off` it says how it is. */
export async function maintenance(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const [wanted] = args.operands;
  if (wanted !== undefined && wanted !== 'on' && wanted !== 'off') throw usage('Maintenance is `on` or `off`.');
  const now = await withControl(context, async (control): Promise<MaintenanceAnswer | null> => {
    if (wanted === undefined)
      return (await ask(control, 'gate.status', {}, 'maintenance', gateStatus)).maintenance ?? null;
    const message = wanted === 'on' ? (args.text('message') ?? '') : null;
    return (await ask(control, 'maintenance.set', { message }, 'maintenance', maintenanceAnswer)).maintenance;
  });
  if (args.flag('json')) terminal.json({ maintenance: now });
  else if (now === null) terminal.line('There is no maintenance: everything can be written.');
  else {
    const said = now.message === '' ? '' : ` People read: ${visible(now.message)}`;
    terminal.line(`Maintenance since ${timeText(now.sinceMs)}: everything can be read, nothing is written.${said}`);
  }
  return 'ok';
}
