import { readFile } from 'node:fs/promises';
import { unreachable } from '#base/assert.ts';
import type { Applied, Outcome, Plan } from '#home/changes.ts';
import { changesFor, type Thing, things, type Wish } from '#home/openwrt/wishes.ts';
import { changesTo } from '#home/snapshots.ts';
import type { HomeRouter } from '#server/home.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure, usage } from './failure.ts';
import { withRouter } from './home-router.ts';
import { timeText, visible } from './terminal.ts';

const usualSeconds = 90;
const leastSeconds = 20;
const mostSeconds = 600;

export function setThing(context: Context): Promise<Ending> {
  return withRouter(context, async (router) => {
    const wish = await wishOf(context);
    const wished = await changesFor(wish, (config) => router.link.config(config));
    if (wished.kind === 'refused') throw new Failure('refused', `${wished.why}. Nothing was changed.`);
    return await carryOut(context, router, await router.changes.plan(wished.what, wished.changes));
  });
}

/** Shows what would be different, and applies it unless only that was asked for. */
async function carryOut(context: Context, { changes }: HomeRouter, plan: Plan): Promise<Ending> {
  const { args, terminal } = context;
  const seconds = args.count('within', leastSeconds, mostSeconds) ?? usualSeconds;
  const isJson = args.flag('json');
  if (!isJson) for (const each of plan.differences) terminal.line(differenceText(each));
  if (plan.differences.length === 0) {
    if (isJson) terminal.json({ kind: 'same', what: plan.what, differences: [] });
    else terminal.line('It is so already.');
    return 'ok';
  }
  if (args.flag('plan')) {
    if (isJson) terminal.json({ kind: 'planned', what: plan.what, differences: plan.differences });
    return 'ok';
  }
  const before = await changes.settle();
  if (before.kind === 'pending')
    throw new Failure(
      'conflict',
      `An earlier change waits: ${outcomeText(before)} Nothing was changed.`,
      '`coffre home confirm` keeps it, `coffre home undo` takes it back',
    );
  const applied = await changes.apply(plan, seconds);
  if (isJson) terminal.json({ ...applied, what: plan.what, differences: plan.differences });
  else terminal.line(appliedText(applied));
  return applied.kind === 'refused' ? 'refused' : 'ok';
}

function appliedText(applied: Applied): string {
  switch (applied.kind) {
    case 'applied':
      return (
        `In force until ${timeText(applied.deadlineMs)}, then the router takes it back by itself. ` +
        'Keep it: `coffre home confirm`. Not: `coffre home undo`.'
      );
    case 'unclear':
      return (
        'The router stopped answering in the middle. If the change is in force, the router takes it back by itself; ' +
        '`coffre home status` says what became of it.'
      );
    case 'refused':
      return `The router refused: ${visible(applied.why)}. Nothing was changed.`;
  }
}

function differenceText({ where, before, after }: Plan['differences'][number]): string {
  if (before === undefined) return `+ ${visible(where)}: ${visible(after ?? '')}`;
  if (after === undefined) return `- ${visible(where)}: ${visible(before)}`;
  return `  ${visible(where)}: ${visible(before)} -> ${visible(after)}`;
}

export function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'none':
      return 'No change waits.';
    case 'pending':
      return `Waits for your confirmation until ${timeText(outcome.deadlineMs)}: ${visible(outcome.what)}.`;
    case 'kept':
      return `Kept: ${visible(outcome.what)}.`;
    case 'taken-back':
      return `Taken back: ${visible(outcome.what)}. It is as before.`;
    case 'not-applied':
      return `Not applied: ${visible(outcome.what)}. Nothing was changed.`;
    case 'changed-by-others':
      return `Somebody else changed the same settings: ${visible(outcome.what)} was left as it is.`;
    default:
      return unreachable(outcome);
  }
}

export function confirmChange(context: Context): Promise<Ending> {
  return withRouter(context, async ({ changes }) => told(context, await changes.confirm(), 'kept'));
}

/** What waits; otherwise the last change that was kept, as a change of its own. */
export function undoChange(context: Context): Promise<Ending> {
  return withRouter(context, async (router) => {
    const { changes, snapshots, link } = router;
    const settled = await changes.settle();
    if (settled.kind !== 'none')
      return told(context, settled.kind === 'pending' ? await changes.undo() : settled, 'taken-back');
    const last = (await changes.history()).findLast(({ what }) => what === 'kept');
    const snapshot = last === undefined ? undefined : await snapshots.find(last.snapshot);
    if (last === undefined || snapshot === undefined)
      throw new Failure('not-found', 'No change waits, and none was kept. Nothing was changed.');
    const wanted = Object.fromEntries(last.configs.map((name) => [name, snapshot.configs[name] ?? []]));
    const plan = await changes.plan(`undo: ${last.text}`, await changesTo(link, wanted));
    return await carryOut(context, router, plan);
  });
}

function told({ args, terminal }: Context, outcome: Outcome, wanted: Outcome['kind']): Ending {
  if (args.flag('json')) terminal.json(outcome);
  else terminal.line(outcomeText(outcome));
  return outcome.kind === wanted ? 'ok' : outcome.kind === 'none' ? 'not-found' : 'refused';
}

export function restoreSnapshot(context: Context): Promise<Ending> {
  return withRouter(context, async (router) => {
    const text = context.args.operand(0);
    const n = /^\d{1,6}$/.test(text) ? Number(text) : 0;
    const snapshot = await router.snapshots.find(n);
    if (snapshot === undefined)
      throw new Failure('not-found', `There is no snapshot ${text}.`, '`coffre home snapshots`');
    const plan = await router.changes.plan(`restore snapshot ${n}`, await changesTo(router.link, snapshot.configs));
    return await carryOut(context, router, plan);
  });
}

export function rebootRouter(context: Context): Promise<Ending> {
  return withRouter(context, async ({ changes, link }) => {
    const settled = await changes.settle();
    if (settled.kind === 'pending')
      throw new Failure('conflict', `${outcomeText(settled)} Not restarted.`, 'confirm it or undo it first');
    await link.data('system', 'reboot');
    context.terminal.line('The router restarts. It answers again in a minute or two.');
    return 'ok';
  });
}

/** @throws Failure `usage`. */
async function wishOf({ args }: Context): Promise<Wish> {
  const [first = '', ...rest] = args.operands;
  const thing = things.find((each): each is Thing => each === first);
  if (thing === undefined) throw usage(`There is no \`${first}\` to set.`, `there are ${things.join(', ')}`);
  const name = thing === 'guest' ? '' : (rest.shift() ?? '');
  const settings: Record<string, string> = {};
  for (const each of rest) {
    const [key = '', ...value] = each.split('=');
    if (value.length === 0) throw usage(`\`${each}\` wants the form NAME=VALUE.`);
    settings[key] = value.join('=');
  }
  // A password on the command line can be seen by others on this machine.
  const { 'key-from': file, ...others } = settings;
  if (file === undefined) return { thing, name, settings: others };
  const key = (await readFile(file, 'utf8')).split('\n', 1)[0] ?? '';
  return { thing, name, settings: { ...others, key } };
}
