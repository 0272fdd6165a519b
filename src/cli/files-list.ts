import {
  type ActivityRow,
  activityRows,
  behindAnswer,
  type NodeAnswer,
  nodeAnswers,
  pastAnswers,
  traceRows,
  trashRows,
  versionRows,
} from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { usage } from './failure.ts';
import { withSession } from './session.ts';
import { table } from './table.ts';
import { parseAccountOrTarget, parseTarget, parseTime, targetText } from './target.ts';
import { count, sizeText, timeText, visible } from './terminal.ts';

const maxSequence = 2 ** 31 - 1;
const maxLog = 10_000;
const maxTrace = 100_000;
const usualLog = 50;

/** An instant: `--at`/`--to` TIME, or the entry of the journal after which it was. Undefined when neither is given. */
export function instantOf(
  context: Context,
  time: 'at' | 'to',
  sequence: 'at-sequence' | 'to-sequence',
): { readonly timeMs: number } | { readonly sequence: number } | undefined {
  const text = context.args.text(time);
  const number = context.args.count(sequence, 0, maxSequence);
  if (text !== undefined && number !== undefined) throw usage(`Give --${time} or --${sequence}, not both.`);
  if (text !== undefined) return { timeMs: parseTime(text) };
  return number === undefined ? undefined : { sequence: number };
}

export async function list(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const { account, path } = parseAccountOrTarget(args.operand(0));
  const when = instantOf(context, 'at', 'at-sequence');
  const what = targetText(account, path);
  if (when !== undefined) {
    const rows = await withSession(context, account, (session) => session.ask('ls', { path, when }, what, pastAnswers));
    if (args.flag('json')) terminal.json(rows);
    else for (const row of rows) terminal.line(visible(row.name) + (row.isFolder ? '/' : ''));
    return 'ok';
  }
  const { rows, why } = await withSession(context, account, async (session) => ({
    rows: await session.ask('ls', { path }, what, nodeAnswers),
    why: (await session.ask('behind', {}, what, behindAnswer)).why,
  }));
  if (why !== null) terminal.note(`What is listed is an older state. ${why}`);
  if (args.flag('json')) terminal.json(rows);
  else for (const line of table(rows.map(nodeCells), [0])) terminal.line(line);
  return 'ok';
}

function nodeCells(node: NodeAnswer): readonly string[] {
  return [sizeText(node.sizeBytes), timeText(node.mtimeMs), visible(node.name) + (node.isFolder ? '/' : '')];
}

export async function showLog(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const account = args.operand(0).replace(/:\/?$/, '');
  const limit = args.count('limit', 1, maxLog) ?? usualLog;
  const rows = await withSession(context, account, (session) => session.ask('log', { limit }, account, activityRows));
  if (args.flag('json')) {
    terminal.json(rows);
    return 'ok';
  }
  for (const line of table(rows.map(activityCells), [0])) terminal.line(line);
  if (rows.length === limit) terminal.note(`The newest ${count(limit, 'entry', 'entries')}; more with --limit.`);
  return 'ok';
}

function activityCells(row: ActivityRow): readonly string[] {
  const changes = row.changes.map(({ what, path }) =>
    path === undefined ? what : `${what} /${path.map(visible).join('/')}`,
  );
  if (row.more > 0) changes.push(`and ${row.more} more`);
  return [String(row.sequence), timeText(row.timeMs), row.by === null ? '-' : visible(row.by), changes.join(', ')];
}

export async function showTrace(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const account = args.operand(0).replace(/:\/?$/, '');
  const limit = args.count('limit', 1, maxTrace) ?? usualLog;
  const rows = await withSession(context, account, (session) => session.ask('access', { limit }, account, traceRows));
  if (args.flag('json')) {
    terminal.json(rows);
    return 'ok';
  }
  const lines = rows.map((row) => [
    timeText(row.timeMs),
    row.by === null ? '-' : visible(row.by),
    row.address,
    row.action,
    row.outcome,
    visible(row.path),
  ]);
  for (const line of table(lines, [])) terminal.line(line);
  if (rows.length === limit) terminal.note(`The newest ${count(limit, 'access', 'accesses')}; more with --limit.`);
  return 'ok';
}

export async function listVersions(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const { account, path } = parseTarget(args.operand(0));
  const what = targetText(account, path);
  const rows = await withSession(context, account, (session) => session.ask('versions', { path }, what, versionRows));
  if (args.flag('json')) {
    terminal.json(rows);
    return 'ok';
  }
  const lines = rows.map((row) => [
    row.version,
    sizeText(row.sizeBytes),
    timeText(row.timeMs),
    row.isGone ? 'let go by a sweep' : row.isCurrent ? 'current' : '',
  ]);
  for (const line of table(lines, [1])) terminal.line(line);
  return 'ok';
}

export async function listTrash(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const account = args.operand(0).replace(/:\/?$/, '');
  const rows = await withSession(context, account, (session) => session.ask('trash', {}, account, trashRows));
  if (args.flag('json')) {
    terminal.json(rows);
    return 'ok';
  }
  const lines = rows.map((row) => {
    const from =
      row.from === undefined
        ? `${visible(row.name)} (its folder is gone too)`
        : `/${[...row.from, row.name].map(visible).join('/')}`;
    return [row.id, sizeText(row.sizeBytes), from + (row.isFolder ? '/' : '')];
  });
  for (const line of table(lines, [1])) terminal.line(line);
  if (rows.length === 0) terminal.note(`The trash of ${visible(account)} is empty.`);
  return 'ok';
}
