import { acceptedAnswer, type DeletionRow, deletionRows, undoneAnswer } from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { usage } from './failure.ts';
import { withSession } from './session.ts';
import { table } from './table.ts';
import { count, sizeText, timeText, visible } from './terminal.ts';

export async function listDeletions(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const account = accountOf(context);
  const rows = await withSession(context, account, (session) => session.ask('deletions', {}, account, deletionRows));
  if (args.flag('json')) {
    terminal.json(rows);
    return 'ok';
  }
  for (const line of table(rows.map(cells), [0])) terminal.line(line);
  if (rows.length === 0) terminal.note(`No credential took away many files of ${visible(account)} at once.`);
  else if (rows.some((each) => !each.isAccepted))
    terminal.hint('`coffre deletions undo ACCOUNT ID` takes one back; `deletions accept` says that it was meant');
  return 'ok';
}

function cells(row: DeletionRow): readonly string[] {
  return [
    String(row.id),
    timeText(row.fromMs),
    `by ${row.by === null ? (row.credential ?? 'the program itself') : visible(row.by)}`,
    `${count(row.files, 'file')} of ${row.filesBefore} (${sizeText(row.sizeBytes)}), ${row.overwritten} of them overwritten`,
    `most in /${row.mostIn.map(visible).join('/')}`,
    row.isAccepted ? 'accepted' : 'NOT ACCEPTED: kept',
  ];
}

export async function undoDeletion(context: Context): Promise<Ending> {
  const account = accountOf(context);
  const id = idOf(context);
  const { files, back } = await withSession(context, account, (session) =>
    session.ask('deletions.undo', { id }, `${account}: deletion ${id}`, undoneAnswer),
  );
  context.terminal.line(`${back} of ${count(files, 'file')} are back as they were before.`);
  if (back < files)
    context.terminal.note('The others were changed since by somebody, or are locked; their earlier versions are kept.');
  return 'ok';
}

export async function acceptDeletion(context: Context): Promise<Ending> {
  const account = accountOf(context);
  const id = idOf(context);
  const { files } = await withSession(context, account, (session) =>
    session.ask('deletions.accept', { id }, `${account}: deletion ${id}`, acceptedAnswer),
  );
  context.terminal.line(`Accepted: ${count(files, 'file')} stay removed, and are kept as long as the history is.`);
  return 'ok';
}

function accountOf(context: Context): string {
  return context.args.operand(0).replace(/:\/?$/, '');
}

function idOf(context: Context): number {
  const text = context.args.operand(1);
  if (!/^[1-9]\d{0,9}$/.test(text))
    throw usage(`\`${text}\` is not the number of a deletion.`, 'coffre deletions ACCOUNT');
  return Number(text);
}
