import { type SweepNote, type SweepOutcome, sweepNoteSchema } from '#server/sweep-notes.ts';
import { horizonAnswer, sweepAnswer } from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { usage } from './failure.ts';
import { withSession } from './session.ts';
import { count, sizeText, timeText, visible } from './terminal.ts';

export async function sweep(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const account = args.operand(0);
  const automatic = args.text('automatic');
  if (automatic !== undefined || args.flag('status')) return note(context, account, automatic);
  const plan = args.flag('plan');
  const swept = await withSession(context, account, (session) => session.ask('sweep', { plan }, account, sweepAnswer));
  if (args.flag('json')) {
    terminal.json(swept);
    return 'ok';
  }
  const what = `${count(swept.chunks, 'piece')} (${sizeText(swept.storedBytes)})`;
  const beyond = `that nothing of the last ${swept.horizonDays} days reaches`;
  if (swept.chunks === 0)
    terminal.line(`${visible(account)}: nothing to let go; everything stored is within the history that is kept.`);
  else if (plan) terminal.line(`${visible(account)}: ${what} ${beyond} would be let go. Nothing was changed.`);
  else
    terminal.line(
      `${visible(account)}: ${what} ${beyond} may go. They stay until the reaper comes, when the instance has run for 30 more days.`,
    );
  return 'ok';
}

async function note(context: Context, account: string, automatic: string | undefined): Promise<Ending> {
  const { args, terminal } = context;
  if (automatic !== undefined && automatic !== 'on' && automatic !== 'off') throw usage('--automatic wants on or off.');
  const change = automatic === undefined ? {} : { automatic: automatic === 'on' };
  const noted = await withSession(context, account, (session) =>
    session.ask('sweep.note', change, account, sweepNoteSchema),
  );
  if (args.flag('json')) terminal.json(noted);
  else for (const line of noteLines(visible(account), noted)) terminal.line(line);
  return 'ok';
}

function noteLines(account: string, { automatic, lastMs, outcome }: SweepNote): readonly string[] {
  const how = automatic
    ? `${account}: swept by itself in a session with the password, once a week unless the operator set it otherwise.`
    : `${account}: swept only with \`coffre sweep\`.`;
  const last = lastMs === null ? 'Not swept yet.' : `Last swept, or begun to wait, ${timeText(lastMs)}.`;
  return [how, last, ...(outcome === null ? [] : [outcomeLine(outcome)])];
}

function outcomeLine(outcome: SweepOutcome): string {
  switch (outcome.kind) {
    case 'swept':
      return `Let go then: ${count(outcome.chunks, 'piece')} (${sizeText(outcome.storedBytes)}).`;
    case 'copies-behind':
      return 'It WAITS: a copy is behind by more than a day or does not answer; see `coffre copy status`.';
    case 'more-than-usual':
      return (
        `It WAITS for you: ${count(outcome.chunks, 'piece')} (${sizeText(outcome.storedBytes)}) would be let go, more than a ` +
        'tenth of what is kept. See `coffre sweep --plan`; `coffre sweep` lets it go.'
      );
    case 'refused':
      return `It was REFUSED (${outcome.why}): see \`coffre verify\`. Nothing was let go.`;
  }
}

const leastDays = 30;

export async function horizon(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const account = args.operand(0);
  const [, text] = args.operands;
  const days = text === undefined ? undefined : Number(text);
  if (days !== undefined && !(Number.isSafeInteger(days) && days >= leastDays && days <= 36_500))
    throw usage(`\`${text}\` is not a number of days.`, `the history that is kept is ${leastDays} days at least`);
  const set = await withSession(context, account, (session) =>
    session.ask('horizon', { days }, account, horizonAnswer),
  );
  terminal.line(`${visible(account)}: everything of the last ${set.days} days can be brought back.`);
  return 'ok';
}
