import type { ReaperReport } from '#copies/reaper.ts';
import { type OpenPlan, readState } from '#copies/reaper-state.ts';
import { readReaperSettings } from '#server/config.ts';
import { type OpenedReaper, openReaper } from '#server/reaper.ts';
import { looserThanUsual } from '#server/reaper-settings.ts';
import { openFileDisk } from '#store/disk-files.ts';
import { confirmedAnswer } from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { usage } from './failure.ts';
import { requireDataFolder, withControl } from './link.ts';
import { placesFor } from './places.ts';
import { ask, withSession } from './session.ts';
import { count, sizeText, visible } from './terminal.ts';

export function planReaper(context: Context): Promise<Ending> {
  return withReaper(context, ({ reaper }) => reaper.plan());
}

export function runReaper(context: Context): Promise<Ending> {
  return withReaper(context, async (opened) => {
    const { taken, refused, mended } = await opened.takeOver();
    const { terminal } = context;
    if (mended > 0) terminal.note(`Put right with what the server wrote beside: ${count(mended, 'damaged piece')}.`);
    if (taken > 0) terminal.note(`Taken over, so that the server cannot remove them: ${count(taken, 'piece')}.`);
    if (refused > 0)
      terminal.note(
        `Of the server's user still: ${count(refused, 'piece')}. The system does not let this user take them (CAP_CHOWN).`,
      );
    return opened.reaper.run();
  });
}

async function withReaper(context: Context, work: (opened: OpenedReaper) => Promise<ReaperReport>): Promise<Ending> {
  const { args, terminal } = context;
  const places = placesFor(context);
  requireDataFolder(places);
  const { environment } = context;
  const settings = await readReaperSettings(args.text('config'), environment);
  const folders = args.text('copy')?.split(',') ?? [];
  const opened = await openReaper(places.dataFolder, { ...settings, folders, environment });
  try {
    const looser = looserThanUsual(settings.limits);
    if (looser.length > 0) terminal.note(`Limits let more through than is usual, as set: ${looser.join(', ')}.`);
    const report = await work(opened);
    if (args.flag('json')) terminal.json({ ...report, unreached: opened.unreached });
    else conclude(context, report);
    for (const { copy, why } of opened.unreached)
      terminal.note(`The copy ${visible(copy)} could not be followed on, and keeps everything: ${why}`);
    return report.problems.length > 0 ? 'damaged' : report.plans.some(isHeld) ? 'refused' : 'ok';
  } finally {
    await opened.close();
  }
}

function conclude({ terminal }: Context, report: ReaperReport): void {
  const sum = (of: (each: ReaperReport['vaults'][number]) => number): number =>
    report.vaults.reduce((total, each) => total + of(each), 0);
  for (const { plan, vault, erased, kept } of report.done) {
    terminal.line(`Plan ${plan}, vault ${vault}: ${count(erased, 'piece')} erased, ${kept} kept; see its certificate.`);
  }
  if (report.done.length === 0) terminal.line('Nothing was erased.');
  const waiting = sum((each) => each.waiting);
  if (waiting > 0)
    terminal.line(`${count(waiting, 'piece')} let go wait until the instance has run for their 30 days.`);
  const kept = sum((each) => each.kept);
  if (kept > 0) terminal.line(`${count(kept, 'small piece')} wait for \`coffre upgrade --commit\`.`);
  if (report.held > 0) terminal.line(`${count(report.held, 'piece')} stay on copies: locked, or the copy is behind.`);
  for (const plan of report.plans) terminal.line(planLine(plan));
  for (const problem of report.problems) terminal.note(problem);
}

function planLine(plan: OpenPlan): string {
  const what = `Plan ${plan.number}, vault ${plan.vault}: ${count(plan.count, 'piece')} (${sizeText(plan.bytes)})`;
  if (!isHeld(plan)) return `${what}, to be erased by the next \`coffre reaper run\`.`;
  const missing = [
    ...(plan.needs.owner && !plan.confirmed.owner ? ['its owner (`coffre reaper confirm --account NAME`)'] : []),
    ...(plan.needs.operator && !plan.confirmed.operator ? ['the operator (`coffre reaper confirm --operator`)'] : []),
  ];
  return `${what}: MORE THAN USUAL. Nothing of it is erased before it is confirmed by ${missing.join(' and ')}.`;
}

function isHeld({ needs, confirmed, acting }: OpenPlan): boolean {
  return !acting && ((needs.owner && !confirmed.owner) || (needs.operator && !confirmed.operator));
}

export async function showReaper(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const places = placesFor(context);
  requireDataFolder(places);
  const state = await readState(openFileDisk(places.dataFolder));
  if (args.flag('json')) {
    terminal.json({ plans: state.plans, erasures: state.erasures, held: state.held });
    return 'ok';
  }
  for (const plan of state.plans) terminal.line(planLine(plan));
  for (const { plan, vault, count: pieces, bytes } of state.erasures)
    terminal.line(`Erased by plan ${plan}, vault ${vault}: ${count(pieces, 'piece')} (${sizeText(bytes)}).`);
  for (const { copy, id, untilMs } of state.held)
    terminal.line(
      `Still on ${visible(copy)}: ${id}${untilMs === 0 ? '' : `, locked until ${new Date(untilMs).toISOString()}`}.`,
    );
  if (state.plans.length + state.erasures.length + state.held.length === 0)
    terminal.line('Nothing was planned or erased yet.');
  return 'ok';
}

export async function confirmReaper(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const places = placesFor(context);
  requireDataFolder(places);
  const account = args.text('account');
  const operator = args.flag('operator');
  if ((account === undefined) !== operator) throw usage('Who confirms?', 'give --account NAME, or --operator');
  const held = (await readState(openFileDisk(places.dataFolder))).plans.filter(isHeld);
  const plans = held.map(({ vault, sha256 }) => ({ vault, sha256 }));
  const { confirmed } =
    account === undefined
      ? await withControl(context, (control) => ask(control, 'reaper.confirm', { plans }, 'the plans', confirmedAnswer))
      : await withSession(context, account, (session) =>
          session.ask('reaper.confirm', { plans }, account, confirmedAnswer),
        );
  for (const plan of held.filter(({ vault }) => confirmed.includes(vault)))
    terminal.line(
      `Plan ${plan.number} is confirmed: ${count(plan.count, 'piece')} (${sizeText(plan.bytes)}) of vault ${plan.vault}.`,
    );
  if (confirmed.length === 0) terminal.line('There is no plan to confirm.');
  return 'ok';
}
