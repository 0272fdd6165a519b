import { keptAtHome } from '#home/kept.ts';
import type { LedgerLine } from '#home/ledger.ts';
import { purposeNames } from '#home/purposes.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { withHome } from './home-world.ts';
import { count, visible } from './terminal.ts';

const usualLimit = 50;
const maxLimit = 10_000;

export function showEgress(context: Context): Promise<Ending> {
  return withHome(context, false, async ({ ledger }) => {
    const { args, terminal } = context;
    const lines = (await ledger.read()).slice(-(args.count('limit', 1, maxLimit) ?? usualLimit));
    if (args.flag('json')) terminal.json(lines);
    else if (lines.length === 0) terminal.line('Nothing ever left the home, and nothing tried to.');
    else for (const line of lines) for (const text of described(line)) terminal.line(text);
    return 'ok';
  });
}

function described(line: LedgerLine): readonly string[] {
  const start = `${String(line.n).padStart(5)}  ${line.at}`;
  switch (line.what) {
    case 'sends':
      return [
        `${start}  sent ${count(line.bytes, 'byte')} to ${line.to} for ${line.purpose} (consent ${line.consent}):`,
        ...line.payload.split('\r\n').map((part) => `         ${visible(part)}`.trimEnd()),
      ];
    case 'answered':
      return [`${start}  answer to ${line.of}: ${line.status}, ${count(line.receivedBytes, 'byte')} came in`];
    case 'failed':
      return [`${start}  ${line.of} failed: ${visible(line.why)}`];
    case 'stopped':
      return [`${start}  STOPPED, nothing was sent to ${visible(line.to)}: ${visible(line.why)}`];
  }
}

export function whatItCollects(context: Context): Promise<Ending> {
  return withHome(context, false, async ({ consents, folder }) => {
    const { args, terminal } = context;
    const latest = await consents.latest();
    const open = [];
    for (const { purpose, origin } of latest)
      if ((await consents.live(purpose, origin)) !== undefined) open.push({ purpose, origin });
    if (args.flag('json')) {
      terminal.json({ folder, kept: keptAtHome, purposes: purposeNames, open });
      return 'ok';
    }
    terminal.line(`In ${folder}, on this machine only:`);
    for (const { what, where, until } of keptAtHome) terminal.line(`  ${what} (${where}), ${until}`);
    terminal.line('');
    terminal.line(`What may leave, for whom it was agreed to: ${open.length === 0 ? 'nothing' : ''}`.trimEnd());
    for (const { purpose, origin } of open) terminal.line(`  ${purpose} at ${origin}`);
    return 'ok';
  });
}
