import { type ConsentText, consentText, parseOrigin, parsePurpose } from '#home/purposes.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure, usage } from './failure.ts';
import { withHome } from './home-world.ts';
import { table } from './table.ts';

const leastDigits = 12;

export function listConsents(context: Context): Promise<Ending> {
  return withHome(context, false, async ({ consents }) => {
    const rows = await Promise.all(
      (await consents.latest()).map(async ({ purpose, origin, at, textSha256 }) => ({
        purpose,
        origin,
        since: at,
        textSha256,
        isOpen: (await consents.live(purpose, origin)) !== undefined,
      })),
    );
    const { terminal, args } = context;
    if (args.flag('json')) terminal.json(rows);
    else if (rows.length === 0) terminal.line('Nothing was ever agreed to: nothing may leave the home.');
    else
      for (const line of table(rows.map((row) => [row.isOpen ? 'open' : 'closed', row.purpose, row.origin, row.since])))
        terminal.line(line);
    return 'ok';
  });
}

export async function showConsent({ args, terminal }: Context): Promise<Ending> {
  const shown = wanted(args.operand(0), args.operand(1));
  if (args.flag('json')) terminal.json(shown);
  else {
    terminal.line(shown.text);
    terminal.line(`hash ${shown.sha256}`);
  }
  return 'ok';
}

export async function giveConsent(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const shown = wanted(args.operand(0), args.operand(1));
  const agreed = args.required('agree').toLowerCase();
  if (agreed.length < leastDigits || !shown.sha256.startsWith(agreed))
    throw new Failure(
      'refused',
      'This hash is not that of the text. Nothing was agreed to.',
      `read it: \`coffre home consent show ${shown.purpose} ${shown.origin}\``,
    );
  return await withHome(context, true, async (home) => {
    const consent = await home.locked(() => home.consents.give(shown));
    if (args.flag('json')) terminal.json(consent);
    else terminal.line(`Open from now on: ${shown.purpose} at ${shown.origin}. \`consent withdraw\` ends it.`);
    return 'ok';
  });
}

export async function withdrawConsent(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const shown = wanted(args.operand(0), args.operand(1));
  return await withHome(context, false, async (home) => {
    const consent = await home.locked(() => home.consents.withdraw(shown));
    if (args.flag('json')) terminal.json(consent);
    else terminal.line(`Closed: ${shown.purpose} at ${shown.origin}. Nothing more is sent for it.`);
    return 'ok';
  });
}

/** @throws Failure `usage`. */
function wanted(purposeText: string, originText: string): ConsentText {
  const purpose = parsePurpose(purposeText);
  if (purpose === undefined)
    throw usage(`There is no purpose \`${purposeText}\`.`, 'there are update-list and update-image');
  const origin = parseOrigin(originText);
  if (origin === undefined) throw usage(`\`${originText}\` is no origin.`, 'write https://HOST or http://HOST:PORT');
  return consentText(purpose, origin);
}
