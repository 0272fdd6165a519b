import {
  broughtAnswer,
  type DamagedFileRow,
  damagedFilesAnswer,
  type LostAnswer,
  type LostRow,
  lostAnswer,
  type VaultLossRow,
  vaultLossRows,
} from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { usage } from './failure.ts';
import { withControl } from './link.ts';
import { ask, withSession } from './session.ts';
import { table } from './table.ts';
import { parseTime } from './target.ts';
import { count, sizeText, type Terminal, timeText, visible } from './terminal.ts';

export async function lossReport(context: Context): Promise<Ending> {
  const { args } = context;
  if (args.flag('changed') && !args.flag('bring-back')) throw usage('--changed belongs to --bring-back.');
  const text = args.text('since');
  if (text === undefined && args.flag('bring-back'))
    throw usage('Bring back what was there when?', 'coffre loss-report ACCOUNT --since TIME --bring-back');
  if (text !== undefined) return lostSince(context, text);
  return args.operands.length === 0 ? forOperator(context) : forOwner(context);
}

async function forOperator(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const rows = await withControl(context, (control) => ask(control, 'losses', {}, 'losses', vaultLossRows));
  if (args.flag('json')) terminal.json(rows);
  else {
    for (const line of table(rows.map(vaultCells), [])) terminal.line(line);
    if (rows.length === 0) terminal.line('No stored content was ever found damaged or missing.');
  }
  return rows.some((each) => each.gone.chunks + each.open.chunks > 0) ? 'damaged' : 'ok';
}

function vaultCells(row: VaultLossRow): readonly string[] {
  const part = (name: string, { chunks, sizeBytes }: VaultLossRow['gone']): string =>
    `${name} ${count(chunks, 'chunk')} (${sizeText(sizeBytes)})`;
  return [
    `account ${row.account ?? '-'}`,
    `vault ${row.vault}`,
    row.kind,
    `since ${timeText(row.firstMs)}`,
    part('brought back', row.repaired),
    part('gone', row.gone),
    part('not looked for yet', row.open),
  ];
}

async function forOwner(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const account = args.operand(0).replace(/:\/?$/, '');
  const lost = await withSession(context, account, (session) =>
    session.ask('losses.mine', {}, account, damagedFilesAnswer),
  );
  if (args.flag('json')) terminal.json(lost);
  else {
    for (const line of table(lost.files.map(damagedCells), [2])) terminal.line(line);
    if (lost.count === 0) terminal.line('No stored content of this vault was ever found damaged or missing.');
  }
  return lost.files.some((each) => each.fate !== 'back') ? 'damaged' : 'ok';
}

const uses: Readonly<Record<string, string>> = {
  current: 'current version',
  old: 'earlier version',
  trash: 'in the trash',
  ended: 'no longer there',
};

function damagedCells(row: DamagedFileRow): readonly string[] {
  const fate =
    row.fate === 'back'
      ? `brought back from ${row.from.map(visible).join(', ')}`
      : row.fate === 'gone'
        ? 'GONE'
        : 'damaged';
  return [
    row.kind,
    uses[row.as] ?? row.as,
    sizeText(row.sizeBytes),
    `since ${timeText(row.sinceMs)}`,
    fate,
    `/${row.path.map(visible).join('/')}`,
  ];
}

async function lostSince(context: Context, text: string): Promise<Ending> {
  const { args, terminal } = context;
  if (args.operands.length === 0) throw usage('Whose files?', 'coffre loss-report ACCOUNT --since TIME');
  const account = args.operand(0).replace(/:\/?$/, '');
  const timeMs = parseTime(text);
  if (!args.flag('bring-back')) {
    const lost = await withSession(context, account, (session) =>
      session.ask('losses.since', { timeMs }, account, lostAnswer),
    );
    if (args.flag('json')) terminal.json(lost);
    else list(terminal, lost);
    return lost.count === 0 ? 'ok' : 'damaged';
  }
  const changed = args.flag('changed');
  const brought = await withSession(context, account, (session) =>
    session.ask('losses.bring-back', { timeMs, changed }, account, broughtAnswer),
  );
  if (args.flag('json')) terminal.json(brought);
  else {
    terminal.line(`${count(brought.back, 'file')} brought back.`);
    list(terminal, brought);
  }
  return brought.files.some((each) => each.how === 'gone') ? 'partly' : 'ok';
}

function list(terminal: Terminal, lost: LostAnswer): void {
  for (const line of table(lost.files.map(cells), [2])) terminal.line(line);
  if (lost.count === 0) terminal.line('Nothing that was there then is gone or changed.');
  else terminal.line(`${count(lost.count, 'file')} gone or changed; every earlier version is kept.`);
}

function cells(row: LostRow): readonly string[] {
  const did = row.did;
  const who = did === null ? 'unknown' : (did.by ?? did.credential ?? 'the program itself');
  const by = did === null ? '-' : `${timeText(did.timeMs)} by ${visible(who)}, entry ${did.sequence}`;
  return [row.how, row.kind, sizeText(row.sizeBytes), by, `/${row.path.map(visible).join('/')}`];
}
