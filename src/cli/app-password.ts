import { appPasswordRows, newAppPassword, revokedAppPassword } from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { vaultKindsOf, withSession } from './session.ts';
import { table } from './table.ts';
import { timeText, visible } from './terminal.ts';

export async function createAppPassword(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const name = args.operand(0);
  const label = args.required('label');
  const vaults = vaultKindsOf(context);
  const made = await withSession(context, name, (session) =>
    session.ask('app-password.create', { label, vaults }, `app password of ${name}`, newAppPassword),
  );
  if (args.flag('json')) {
    terminal.json(made);
    return 'ok';
  }
  terminal.note(
    `The app password \`${visible(label)}\` of ${visible(name)} opens: ${(vaults ?? ['files']).join(', ')}. It is shown once:`,
  );
  terminal.line(made.appPassword);
  return 'ok';
}

export async function listAppPasswords(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const name = args.operand(0);
  const rows = await withSession(context, name, (session) =>
    session.ask('app-password.list', {}, name, appPasswordRows),
  );
  if (args.flag('json')) {
    terminal.json(rows);
    return 'ok';
  }
  const lines = rows.map((row) => [
    visible(row.label),
    row.vaults.join(','),
    `since ${timeText(row.createdMs)}`,
    row.lastUse === null
      ? 'not used yet'
      : `last used ${timeText(row.lastUse.timeMs)} from ${visible(row.lastUse.address)}`,
    row.credential,
  ]);
  for (const line of table(lines)) terminal.line(line);
  if (rows.length === 0) terminal.note(`${visible(name)} has no app passwords.`);
  return 'ok';
}

export async function revokeAppPassword(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const name = args.operand(0);
  const which = args.operand(1);
  const revoked = await withSession(context, name, (session) =>
    session.ask('app-password.revoke', { credential: which }, which, revokedAppPassword),
  );
  terminal.line(
    `The app password \`${visible(revoked.label)}\` of ${visible(name)} opens nothing any more. What it could read before is not protected after the fact.`,
  );
  return 'ok';
}
