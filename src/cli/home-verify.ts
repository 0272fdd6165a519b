import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path/posix';
import { readStatus } from '#home/openwrt/status.ts';
import { parseOrigin } from '#home/purposes.ts';
import { readAnnouncement, writeVerified } from '#home/verified-images.ts';
import { listed, offeredImages, TrustedKeys, type Verdict, verifyImage } from '#home/verify-image.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure, usage } from './failure.ts';
import { routerFor, withRouter } from './home-router.ts';
import { withHome } from './home-world.ts';
import { visible } from './terminal.ts';

const maxListBytes: number = 64 * 1024 * 1024;

export async function trustKey(context: Context): Promise<Ending> {
  const file = context.args.operand(0);
  const text = await readFile(file, 'utf8');
  return await withHome(context, true, async (home) => {
    const key = await home.locked(() => new TrustedKeys(home.disk).trust(text));
    if (key === undefined)
      throw new Failure('refused', `${visible(file)} is no public key of usign. Nothing was changed.`);
    context.terminal.line(`Images signed by ${key.fingerprint} are good from now on. \`update distrust\` ends that.`);
    return 'ok';
  });
}

export function distrustKey(context: Context): Promise<Ending> {
  return withHome(context, false, async (home) => {
    const fingerprint = context.args.operand(0).toLowerCase();
    if (!(await home.locked(() => new TrustedKeys(home.disk).distrust(fingerprint))))
      throw new Failure('not-found', `No key ${visible(fingerprint)} is trusted.`);
    context.terminal.line(`Images signed by ${fingerprint} are not good any more.`);
    return 'ok';
  });
}

/** Which images a server has for this router. The server is not told which router that is. */
export function lookForImages(context: Context): Promise<Ending> {
  const text = context.args.operand(0);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const origin = url === undefined ? undefined : parseOrigin(url.origin);
  if (url === undefined || origin === undefined)
    throw usage(`\`${text}\` is no address.`, 'write https://HOST/…/profiles.json');
  return withHome(context, false, async (home) => {
    const { args, terminal } = context;
    const { board } = (await routerFor(context, home)).router.pinned;
    const offered = offeredImages(await home.fetch('update-list', origin, { path: url.pathname }, maxListBytes), board);
    if (offered === undefined) throw new Failure('refused', 'The answer is no list of images (profiles.json).');
    const found = offered.map((each) => ({ ...each, url: `${origin}${dirname(url.pathname)}/${each.name}` }));
    if (args.flag('json')) terminal.json(found);
    else if (found.length === 0) terminal.line(`There is no image for ${visible(board)}.`);
    else
      for (const each of found)
        terminal.line(`${visible(each.release)}  ${each.sha256.slice(0, 12)}  ${visible(each.url)}`);
    return 'ok';
  });
}

export function verifyStoredImage(context: Context): Promise<Ending> {
  return withRouter(context, async ({ link }, home) => {
    const { args, terminal } = context;
    const about = await home.images.find(args.operand(0));
    if (about === undefined)
      throw new Failure(
        'not-found',
        'No stored image, or more than one, begins with this hash.',
        '`coffre home update images`',
      );
    const sums = await readFile(args.required('sums'));
    const signature = await readFile(args.required('signature'), 'utf8');
    const { board } = await readStatus(link);
    const image = await home.images.bytes(about.sha256);
    const keys = new TrustedKeys(home.disk);
    const verdict = await verifyImage(keys, { image, sha256: about.sha256, sums, signature, board });
    if (verdict.kind === 'good') {
      const file = args.text('about');
      const announcement = file === undefined ? null : readAnnouncement(await readFile(file), listed(sums));
      if (announcement === undefined)
        throw new Failure('refused', 'What its maker says (--about) is not in the signed list, or cannot be read.');
      const { boards, release } = verdict.metadata;
      await writeVerified(home.disk, about.sha256, { version: 1, key: verdict.key, boards, release, announcement });
    }
    if (args.flag('json')) terminal.json({ ...verdict, image: about.sha256, board });
    else terminal.line(verdictText(verdict, board));
    return verdict.kind === 'good' ? 'ok' : 'refused';
  });
}

function verdictText(verdict: Verdict, board: string): string {
  if (verdict.kind === 'good')
    return `Good: signed by ${verdict.key}, for ${visible(board)}, ${visible(verdict.metadata.release)}.`;
  const detail = visible(verdict.detail);
  switch (verdict.why) {
    case 'no-signature':
      return 'NOT GOOD: the signature is none of usign.';
    case 'unknown-key':
      return `NOT GOOD: signed by ${detail}, which you do not trust (\`coffre home update trust\`).`;
    case 'wrong-signature':
      return `NOT GOOD: the list of hashes was changed after ${detail} signed it.`;
    case 'not-listed':
      return 'NOT GOOD: the image is not in the signed list. It was changed, or belongs to another release.';
    case 'no-metadata':
      return 'NOT GOOD: the image does not say which boards it is for.';
    case 'other-board':
      return `NOT GOOD: it is for ${detail}, and this router is ${visible(board)}.`;
  }
}
