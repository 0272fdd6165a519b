import { horizonAnswer, sweepAnswer } from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { usage } from './failure.ts';
import { withSession } from './session.ts';
import { count, sizeText, visible } from './terminal.ts';

export async function sweep(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const account = args.operand(0);
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
