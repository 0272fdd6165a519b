import { incidentRows } from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { withControl } from './link.ts';
import { ask } from './session.ts';
import { table } from './table.ts';
import { timeText, visible } from './terminal.ts';

const says: Readonly<Record<string, string>> = {
  'stamp-mismatch': 'an answer was made for somebody else, and was held back',
  'mixed-halves': 'a session cookie came with a key of another session, and opened nothing',
  'moved-row': 'a stored session was not where it was written, and opens nothing',
};

/** Ids, times and counts; what people have in their vaults is nowhere in it. */
export async function listIncidents(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const rows = await withControl(context, (control) => ask(control, 'incidents', {}, 'incidents', incidentRows));
  if (args.flag('json')) {
    terminal.json(rows);
    return 'ok';
  }
  const lines = rows.map(({ kind, account, firstMs, lastMs }) => [
    account === null ? '(not known whose)' : visible(account),
    `from ${timeText(firstMs)}`,
    `to ${timeText(lastMs)}`,
    says[kind] ?? kind,
  ]);
  for (const line of table(lines)) terminal.line(line);
  if (rows.length === 0) terminal.note('Nothing came near anybody else, as far back as the trace is kept.');
  return 'ok';
}
