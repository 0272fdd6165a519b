import { accountRows, newAccount, nothing } from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { usage } from './failure.ts';
import { accountKit, checkKitFiles, type KitFiles, saveKit } from './kit.ts';
import { withControl, withNewControl } from './link.ts';
import { placesFor } from './places.ts';
import { readKit, readNewPassword, readPassword } from './proof.ts';
import { ask, Session } from './session.ts';
import { table } from './table.ts';
import { parseSize } from './target.ts';
import { sizeText, timeText, visible } from './terminal.ts';

export async function createAccount(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const name = args.operand(0);
  // A name with a slash is refused further down; it must not choose a folder before.
  const files: KitFiles = {
    text: args.text('kit-file') ?? `${name.replaceAll('/', '_')}-kit.txt`,
    page: args.text('kit-html'),
  };
  await checkKitFiles(files);
  const password = await readNewPassword(context, name, 'password-file');
  return withNewControl<Ending>(context, async (control, isNew) => {
    const made = await ask(control, 'account.create', { name, password }, visible(name), newAccount);
    await saveKit(context, files, accountKit(made.name), made.kit);
    if (isNew) noteNewFolder(context);
    terminal.hint(
      `when the kit is where it stays, read it back: coffre account prove-kit ${made.name} --kit-file FILE`,
    );
    terminal.line(`The account ${made.name} is made.`);
    return 'ok';
  });
}

function noteNewFolder(context: Context): void {
  const { dataFolder, keyFile } = placesFor(context);
  context.terminal.note(
    `The data folder ${dataFolder} is new. Its key is ${keyFile}: without this key the folder is of no use.`,
  );
  context.terminal.hint('keep the key a second time elsewhere: coffre operator-kit create FILE');
}

export async function listAccounts(context: Context): Promise<Ending> {
  const rows = await withControl(context, (control) => ask(control, 'account.list', {}, 'accounts', accountRows));
  if (context.args.flag('json')) {
    context.terminal.json(rows);
    return 'ok';
  }
  const quota = (bytes: number | null): string => (bytes === null ? 'no quota' : sizeText(bytes));
  for (const line of table(
    rows.map((row) => [visible(row.name), quota(row.quotaBytes), `since ${timeText(row.createdMs)}`]),
  )) {
    context.terminal.line(line);
  }
  return 'ok';
}

export async function setQuota(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const name = args.operand(0);
  const quotaBytes = parseSize(args.operand(1));
  await withControl(context, (control) => ask(control, 'account.quota', { name, quotaBytes }, visible(name), nothing));
  terminal.line(
    quotaBytes === null
      ? `${visible(name)} has no quota any more.`
      : `${visible(name)} may keep ${sizeText(quotaBytes)}.`,
  );
  return 'ok';
}

export async function recoverAccount(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const name = args.operand(0);
  const escrowFile = args.text('escrow-file');
  if (escrowFile !== undefined && args.text('kit-file') !== undefined)
    throw usage('Give one proof: --kit-file or --escrow-file.');
  const proof =
    escrowFile === undefined
      ? { kit: await readKit(args.required('kit-file')) }
      : { escrow: await readKit(escrowFile) };
  const password = await readNewPassword(context, name, 'new-password-file');
  await withControl(context, (control) =>
    ask(control, 'account.recover', { name, ...proof, password }, visible(name), nothing),
  );
  if (escrowFile !== undefined) terminal.note('The owner finds this in their trace.');
  terminal.line(
    `${visible(name)} has the new password. The old one opens nothing any more; app passwords and the kit stay as they were.`,
  );
  return 'ok';
}

export async function offerEscrow(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const given = args.operand(0);
  const recipient = given === 'none' ? null : given;
  await withControl(context, (control) => ask(control, 'escrow.offer', { recipient }, visible(given), nothing));
  terminal.line(
    recipient === null
      ? 'No escrow is offered any more. Accounts that agreed before keep theirs until they end it.'
      : 'Owners are asked at sign-up whether this key may open their account, and can say so later.',
  );
  if (recipient !== null)
    terminal.hint('keep its identity away from this machine: whoever has it opens every account that agreed');
  return 'ok';
}

export async function changePassword(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const name = args.operand(0);
  if (args.text('password-file') === '-' && args.text('new-password-file') === '-')
    throw usage('Only one password can come from standard input.');
  const password = await readPassword(context, name);
  const newPassword = await readNewPassword(context, name, 'new-password-file');
  await withControl(context, (control) =>
    ask(control, 'account.passwd', { name, password, newPassword }, visible(name), nothing),
  );
  terminal.line(
    `${visible(name)} has the new password. The old one opens nothing any more; app passwords and the kit stay as they were.`,
  );
  return 'ok';
}

/** That a kit can be read back is what proves that it was kept; so it is the proof of the account here as well. */
export async function proveKit(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const name = args.operand(0);
  const kit = await readKit(args.required('kit-file'));
  await withControl(context, (control) =>
    new Session(control, name, { kit }, 'files', context.stopping).ask(
      'account.prove-kit',
      { kit },
      `the kit of ${visible(name)}`,
      nothing,
    ),
  );
  terminal.line(`The kit of ${visible(name)} opens the account. It is noted as kept.`);
  return 'ok';
}
