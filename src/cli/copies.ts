import type { Context } from './command.ts';
import { type CopiesStatus, type CopyStatusRow, copiesStatus, copyRow, copyRows } from './copy-answers.ts';
import { gateStatus } from './copy-back-answers.ts';
import type { Ending } from './exit-codes.ts';
import { withControl } from './link.ts';
import { showProof } from './proof-lines.ts';
import { ask } from './session.ts';
import { table } from './table.ts';
import { count, sizeText, timeText, visible } from './terminal.ts';

export async function listCopies(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const rows = await withControl(context, (control) => ask(control, 'copy.list', {}, 'copies', copyRows));
  if (args.flag('json')) terminal.json(rows);
  else if (rows.length === 0) noCopy(context);
  else {
    const cells = rows.map((each) => [
      visible(each.label),
      each.paused ? 'paused' : 'followed',
      each.country ?? '',
      each.copy,
      visible(each.place),
    ]);
    for (const line of table(cells)) terminal.line(line);
  }
  return 'ok';
}

function noCopy({ terminal }: Context): void {
  terminal.note('There is no copy: whatever happens to the data folder happens to everything.');
  terminal.hint('coffre copy add PLACE');
}

export async function showCopies(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const { status, gate } = await withControl(context, async (control) => ({
    status: await ask(control, 'copy.status', {}, 'copies', copiesStatus),
    gate: await ask(control, 'gate.status', {}, 'what is read-only', gateStatus),
  }));
  if (args.flag('json')) terminal.json({ ...status, readOnly: gate });
  else {
    show(context, status);
    for (const line of [gate.everything ?? [], gate.vaults.map((each) => each.why)].flat())
      terminal.note(`READ-ONLY: ${line}`);
  }
  const isWell = ({ state, vaults, proof }: CopyStatusRow): boolean =>
    state !== 'unreachable' && proof.damaged === 0 && vaults.every(({ held }) => held === null);
  const isWritten = gate.everything === undefined && gate.vaults.length === 0;
  return isWritten && status.copies.every(isWell) ? 'ok' : 'partly';
}

function show(context: Context, status: CopiesStatus): void {
  const { terminal } = context;
  if (status.copies.length === 0) {
    noCopy(context);
    showProof(context, status);
    return;
  }
  const cells = status.copies.map((each) => [
    visible(each.label),
    each.state,
    behindText(each),
    each.lastWholeMs === null ? 'never whole' : `whole ${timeText(each.lastWholeMs)}`,
    each.freeBytes === null ? '' : `${sizeText(each.freeBytes)} free`,
    each.country ?? '',
    visible(each.place),
  ]);
  for (const line of table(cells)) terminal.line(line);
  terminal.line(countText(status));
  showProof(context, status);
  for (const each of status.copies) {
    if (each.problem !== null) terminal.note(`${visible(each.label)}: ${each.problem}`);
    for (const { vault, held } of each.vaults)
      if (held !== null) terminal.note(`${visible(each.label)}: vault ${vault}: ${held}`);
    if (each.lostChunks > 0)
      terminal.note(`${visible(each.label)}: ${count(each.lostChunks, 'stored piece')} could not be copied`);
  }
}

function behindText({ lagEntries, lagBytes, lagIsExact }: CopyStatusRow): string {
  if (lagEntries === 0) return 'up to date';
  return `${count(lagEntries, 'entry', 'entries')} behind, ${lagIsExact ? '' : 'at least '}${sizeText(lagBytes)}`;
}

/** Copies that share their fate count once, and one that shares that of the data not at all. */
function countText({ copies, counting, withTheData }: CopiesStatus): string {
  const parts = [count(copies.length, 'copy', 'copies')];
  if (withTheData > 0) parts.push(`${withTheData} of them on the same disk as the data`);
  if (counting !== copies.length)
    parts.push(
      `so there ${counting === 1 ? 'is' : 'are'} ${count(counting, 'copy', 'copies')} that ${counting === 1 ? 'counts' : 'count'}`,
    );
  return `${parts.join(', ')}.`;
}

export function pauseCopy(context: Context): Promise<Ending> {
  return change(context, 'copy.pause', (label) => `The copy ${label} is not followed until \`coffre copy resume\`.`);
}

export function resumeCopy(context: Context): Promise<Ending> {
  return change(context, 'copy.resume', (label) => `The copy ${label} is followed again while the server runs.`);
}

export function removeCopy(context: Context): Promise<Ending> {
  return change(
    context,
    'copy.remove',
    (label, place) => `The copy ${label} is forgotten. Nothing was erased: what it holds is still at ${place}.`,
  );
}

async function change(
  context: Context,
  command: string,
  says: (label: string, place: string) => string,
): Promise<Ending> {
  const { args, terminal } = context;
  const copy = args.operand(0);
  const row = await withControl(context, (control) => ask(control, command, { copy }, visible(copy), copyRow));
  terminal.line(says(visible(row.label), visible(row.place)));
  return 'ok';
}
