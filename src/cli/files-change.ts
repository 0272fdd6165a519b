import { activityRows, nodeAnswer, type TrashRow, trashRows, written } from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure, usage } from './failure.ts';
import { instantOf } from './files-list.ts';
import { type Session, withSession } from './session.ts';
import { parseTarget, type Target, targetText } from './target.ts';
import { count, visible } from './terminal.ts';

/** All operands are of one account: one proof opens one. */
export function targetsOf(operands: readonly string[]): readonly [Target, ...Target[]] {
  const [first, ...others] = operands.map(parseTarget);
  if (first === undefined) throw usage('Nothing is named.');
  const stranger = others.find((each) => each.account !== first.account);
  if (stranger !== undefined)
    throw usage(`One command is about one account, not ${visible(first.account)} and ${visible(stranger.account)}.`);
  return [first, ...others];
}

export async function makeFolders(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const targets = targetsOf(args.operands);
  await withSession(context, targets[0].account, async (session) => {
    for (const { account, path } of targets) {
      if (args.flag('parents')) await ensureFolder(session, path);
      else await session.ask('mkdir', { path }, targetText(account, path), written);
      terminal.line(`${visible(targetText(account, path))}: made.`);
    }
  });
  return 'ok';
}

/** True when the folder was not there before. */
export async function ensureFolder(session: Session, path: readonly string[]): Promise<boolean> {
  const there = await statOf(session, path);
  if (there?.isFolder === true) return false;
  if (there !== undefined)
    throw new Failure(
      'conflict',
      `${visible(targetText(session.account, path))}: this is a file, not a folder; nothing was changed`,
    );
  await ensureFolder(session, path.slice(0, -1));
  try {
    await session.ask('mkdir', { path }, targetText(session.account, path), written);
    return true;
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (error instanceof Failure && error.ending === 'conflict' && (await statOf(session, path))?.isFolder === true)
      return false;
    throw error;
  }
}

export async function statOf(
  session: Session,
  path: readonly string[],
): Promise<{ readonly isFolder: boolean } | undefined> {
  try {
    return await session.ask('stat', { path }, targetText(session.account, path), nodeAnswer);
  } catch (error) {
    if (error instanceof Failure && error.ending === 'not-found') return undefined;
    throw error;
  }
}

export async function remove(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const targets = targetsOf(args.operands);
  await withSession(context, targets[0].account, async (session) => {
    for (const { account, path } of targets) {
      const { node } = await session.ask('remove', { path }, targetText(account, path), written);
      terminal.line(
        `${visible(targetText(account, path))}: in the trash. Back with: coffre trash restore ${visible(account)} ${node.id}`,
      );
    }
  });
  return 'ok';
}

export async function move(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const targets = targetsOf(args.operands);
  const sources = targets.slice(0, -1);
  const target = targets.at(-1) ?? targets[0];
  await withSession(context, target.account, async (session) => {
    const isInto = sources.length > 1 || target.isFolder || (await statOf(session, target.path))?.isFolder === true;
    for (const source of sources) {
      const name = source.path.at(-1);
      if (name === undefined) throw new Failure('refused', 'The root folder cannot be moved. Nothing was changed.');
      const to = isInto ? [...target.path, name] : target.path;
      await session.ask('move', { from: source.path, to }, targetText(source.account, source.path), written);
      terminal.line(
        `${visible(targetText(source.account, source.path))}: now ${visible(targetText(target.account, to))}.`,
      );
    }
  });
  return 'ok';
}

export async function restoreVersion(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const { account, path } = parseTarget(args.operand(0));
  const version = hexId(args.operand(1));
  const what = targetText(account, path);
  await withSession(context, account, (session) => session.ask('versions.restore', { path, version }, what, written));
  terminal.line(
    `${visible(what)}: version ${version} is the current one again. The one before it is kept as a version.`,
  );
  return 'ok';
}

function hexId(text: string): string {
  const id = text.toLowerCase();
  if (!/^[0-9a-f]{1,16}$/.test(id))
    throw usage(`\`${text}\` is not an id.`, 'ids are in the first column of the listing');
  return id;
}

export async function restoreTrash(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const account = args.operand(0).replace(/:\/?$/, '');
  const place = args.text('to');
  const to = place === undefined ? undefined : parseTarget(place.includes(':') ? place : `${account}:${place}`).path;
  await withSession(context, account, async (session) => {
    const node = await trashedNode(session, args.operand(1));
    const back = await session.ask('trash.restore', { node, to }, args.operand(1), written);
    terminal.line(`${visible(back.node.name)}: back from the trash.`);
  });
  return 'ok';
}

/** By its id, or by the path that it had: of several the one that was removed last. */
async function trashedNode(session: Session, text: string): Promise<string> {
  if (!text.includes('/')) return hexId(text);
  const wanted = text
    .split('/')
    .filter((name) => name !== '')
    .join('/');
  const rows = await session.ask('trash', {}, session.account, trashRows);
  const pathOf = (row: TrashRow): string => [...(row.from ?? []), row.name].join('/');
  const [last] = rows.filter((row) => pathOf(row) === wanted).toSorted((one, other) => other.sequence - one.sequence);
  if (last === undefined)
    throw new Failure(
      'not-found',
      `${visible(text)}: this is not in the trash; nothing was changed`,
      '`coffre trash ACCOUNT` lists it',
    );
  return last.id;
}

const nodesPerCall = 1000;

export async function emptyTrash(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const account = args.operand(0).replace(/:\/?$/, '');
  await withSession(context, account, async (session) => {
    const named = args.operands.slice(1).map(hexId);
    const nodes = named.length > 0 ? named : (await session.ask('trash', {}, account, trashRows)).map((row) => row.id);
    for (let at = 0; at < nodes.length; at += nodesPerCall) {
      await session.ask('trash.empty', { nodes: nodes.slice(at, at + nodesPerCall) }, account, written);
    }
    terminal.line(
      `${count(nodes.length, 'thing')} left the trash. Within the history that is kept, \`coffre rewind\` still brings back what is gone.`,
    );
  });
  return 'ok';
}

export async function rewind(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const { account, path } = parseTarget(args.operand(0));
  const when = instantOf(context, 'to', 'to-sequence');
  if (when === undefined) throw usage('Rewind to when?', 'give --to TIME or --to-sequence N');
  const what = visible(targetText(account, path));
  await withSession(context, account, async (session) => {
    const before = await newestSequence(session);
    await session.ask('rewind', { path, when }, targetText(account, path), written);
    const after = await newestSequence(session);
    if (after === before) terminal.line(`${what} is as it was then already. Nothing was changed.`);
    else
      terminal.line(
        `${what} is as it was then. What came since is in the trash or kept as versions. To take this back: --to-sequence ${before}`,
      );
  });
  return 'ok';
}

async function newestSequence(session: Session): Promise<number> {
  const [newest] = await session.ask('log', { limit: 1 }, session.account, activityRows);
  return newest?.sequence ?? 0;
}
