import type { UpdateOutcome } from '#home/updates.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { withRouter } from './home-router.ts';
import { timeText, visible } from './terminal.ts';

const leastDigits = 12;

export function planUpdate(context: Context): Promise<Ending> {
  return withRouter(context, async ({ updates }, home) => {
    const about = await home.images.find(context.args.operand(0));
    if (about === undefined)
      throw new Failure(
        'not-found',
        'No stored image, or more than one, begins with this hash.',
        '`coffre home update images`',
      );
    const outcome = await updates.plan(about.sha256);
    if (outcome.kind === 'waits' && !context.args.flag('json'))
      for (const { text, sha256 } of outcome.update.texts)
        context.terminal.line(`${visibleLines(text)}hash ${sha256}\n`);
    return told(context, outcome, outcome.kind === 'waits');
  });
}

/** Line by line, so that what a maker writes stays in its line. */
function visibleLines(text: string): string {
  return `${text.trimEnd().split('\n').map(visible).join('\n')}\n`;
}

export function agreeToUpdate(context: Context): Promise<Ending> {
  const hash = context.args.operand(0).toLowerCase();
  if (hash.length < leastDigits)
    throw new Failure('refused', `Give at least ${leastDigits} digits. Nothing was agreed to.`);
  return withRouter(context, async ({ updates }) => {
    const outcome = await updates.agree(hash);
    return told(context, outcome, outcome.kind === 'waits');
  });
}

export function installUpdate(context: Context): Promise<Ending> {
  return withRouter(context, async ({ updates, changes }) => {
    if ((await changes.settle()).kind === 'pending')
      throw new Failure(
        'conflict',
        'A change waits on this router. Nothing was installed.',
        'confirm it or undo it first',
      );
    const outcome = await updates.install();
    const isOn = outcome.kind === 'waits' && outcome.update.state !== 'verified';
    return told(context, outcome, isOn);
  });
}

export function confirmUpdate(context: Context): Promise<Ending> {
  return withRouter(context, async ({ updates }) => {
    const outcome = await updates.confirm();
    return told(context, outcome, outcome.kind === 'kept');
  });
}

export function rollBack(context: Context): Promise<Ending> {
  return withRouter(context, async ({ updates }) => {
    const outcome = await updates.rollback();
    return told(context, outcome, outcome.kind === 'waits');
  });
}

function told({ args, terminal }: Context, outcome: UpdateOutcome, isWell: boolean): Ending {
  if (args.flag('json')) terminal.json(outcome);
  else terminal.line(updateText(outcome));
  return isWell ? 'ok' : outcome.kind === 'none' ? 'not-found' : 'refused';
}

export function updateText(outcome: UpdateOutcome): string {
  switch (outcome.kind) {
    case 'none':
      return 'No update is on its way.';
    case 'refused':
      return `Not done: ${visible(outcome.why)}. Nothing was installed.`;
    case 'kept':
      return `Kept: ${visible(outcome.release)}. \`coffre home rollback\` goes back.`;
    case 'taken-back':
      return `Back on ${visible(outcome.release)}.`;
    case 'waits':
      return waitingText(outcome.update);
  }
}

function waitingText({
  state,
  release,
  texts,
  deadlineMs,
  previous,
}: Extract<UpdateOutcome, { kind: 'waits' }>['update']): string {
  const name = visible(release);
  switch (state) {
    case 'verified': {
      const open = texts.filter(({ isAgreed }) => !isAgreed).length;
      return `${name} is not agreed to: ${open} of ${texts.length} texts wait for \`coffre home update agree HASH\`. Nothing was installed.`;
    }
    case 'consented':
      return `${name} is agreed to. \`coffre home update install\` installs it.`;
    case 'staged':
      return `${name} is in the memory of the router.`;
    case 'activated':
      return `The router writes ${name} and restarts. \`coffre home update confirm\` keeps it, once it answers.`;
    case 'healthy':
      return `${name} runs, and everything answers. Confirm it until ${timeText(deadlineMs)}, or it goes back.`;
    case 'taking-back':
      return `The router writes ${visible(previous?.release ?? '')} and restarts.`;
  }
}
