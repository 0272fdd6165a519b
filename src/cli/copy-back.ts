import { resolve } from 'node:path';
import type { Context } from './command.ts';
import { forkedVaults, pulledVaults, recoveredBranches } from './copy-back-answers.ts';
import type { Ending } from './exit-codes.ts';
import { withControl } from './link.ts';
import { ask, withSession } from './session.ts';
import { targetText } from './target.ts';
import { count, visible } from './terminal.ts';

/** What a copy holds and the journal does not, brought back as far as it goes on from there. */
export async function pullCopy(context: Context): Promise<Ending> {
  const { terminal } = context;
  const answer = await withControl(context, (control) =>
    ask(control, 'copy.pull', { from: placesOf(context), ...oneVault(context) }, 'the copy', pulledVaults),
  );
  if (context.args.flag('json')) terminal.json(answer);
  else {
    for (const each of answer.pulled) {
      terminal.line(
        `vault ${each.vault}: ${count(each.entries, 'entry', 'entries')} and ${count(each.chunks, 'chunk')} came back, up to entry ${each.to}`,
      );
      if (each.to < each.end)
        terminal.note(`the copy goes on to entry ${each.end}, and what is between is damaged there`);
      for (const chunk of each.missing) terminal.line(`  missing: ${chunk}`);
    }
    for (const vault of answer.forked) {
      terminal.note(`vault ${vault}: the copy holds another branch; nothing of it was brought back`);
      terminal.hint('go on from the journal: coffre copy fork');
    }
    if (answer.pulled.length === 0 && answer.forked.length === 0) terminal.line('Nothing was missing.');
    for (const each of answer.readOnly.vaults) terminal.note(each.why);
  }
  const isWhole =
    answer.forked.length === 0 && answer.pulled.every((each) => each.missing.length === 0 && each.to === each.end);
  return isWhole ? 'ok' : 'partly';
}

/** The decision to go on from what the journal has. */
export async function forkFromCopy(context: Context): Promise<Ending> {
  const { terminal } = context;
  const answer = await withControl(context, (control) =>
    ask(control, 'copy.fork', { from: placesOf(context), ...oneVault(context) }, 'the copy', forkedVaults),
  );
  if (context.args.flag('json')) terminal.json(answer);
  else {
    for (const each of answer.forked)
      terminal.line(`vault ${each.vault} goes on from entry ${each.sequence} as fork ${each.fork}.`);
    for (const vault of answer.unknown)
      terminal.note(
        `vault ${vault} is of an account that the journal does not know: its kit opens it in the copy (coffre rescue)`,
      );
    if (answer.forked.length === 0) terminal.line('No vault is behind its copy. Nothing was changed.');
    else terminal.hint('what only the copy has comes back as conflict copies: coffre copy recover ACCOUNT');
  }
  return 'ok';
}

/** With the owner's proof: what a branch that was left had comes back beside what is there. */
export async function recoverFromCopy(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const account = args.operand(0);
  const answer = await withSession(context, account, (session) =>
    session.ask('copy.recover', { from: placesOf(context) }, visible(account), recoveredBranches),
  );
  if (args.flag('json')) terminal.json(answer);
  else {
    for (const each of answer.recovered) terminal.line(visible(targetText(account, each.as)));
    for (const each of answer.lost)
      terminal.line(`not brought back (${each.why}): ${visible(targetText(account, each.path))}`);
    terminal.line(
      answer.branches === 0
        ? 'The copy holds no branch that was left.'
        : `${count(answer.recovered.length, 'file')} came back as conflict copies.`,
    );
    if (answer.unread > 0)
      terminal.note(`${count(answer.unread, 'stretch', 'stretches')} of entries could not be read.`);
  }
  return answer.lost.length > 0 || answer.unread > 0 ? 'partly' : 'ok';
}

/** None: the copies that the instance has. The server may run in another folder. */
function placesOf({ args }: Context): readonly string[] {
  const names = args.texts('from');
  return names.map((name) => (name.includes('://') ? name : resolve(name)));
}

function oneVault({ args }: Context): { readonly vault?: string } {
  const vault = args.text('vault-id');
  return vault === undefined ? {} : { vault };
}
