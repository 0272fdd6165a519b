import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type AboutImage, maxImageBytes } from '#home/images.ts';
import { parseOrigin } from '#home/purposes.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure, usage } from './failure.ts';
import { withHome } from './home-world.ts';
import { table } from './table.ts';
import { sizeText, visible } from './terminal.ts';

export async function addImage(context: Context): Promise<Ending> {
  const path = context.args.operand(0);
  const about = await stat(path);
  if (!about.isFile() || about.size === 0 || about.size > maxImageBytes)
    throw new Failure('refused', `${visible(path)} is no file of 1 byte to ${sizeText(maxImageBytes)}.`);
  const bytes = await readFile(path);
  return await withHome(context, true, async (home) =>
    stored(context, await home.locked(() => home.images.store(bytes, basename(path), path))),
  );
}

export async function fetchImage(context: Context): Promise<Ending> {
  const text = context.args.operand(0);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const origin = url === undefined ? undefined : parseOrigin(url.origin);
  if (url === undefined || origin === undefined || url.hash !== '')
    throw usage(`\`${text}\` is no address of a file.`, 'write https://HOST/PATH');
  const path = `${url.pathname}${url.search}`;
  return await withHome(context, false, async (home) => {
    const bytes = await home.fetch('update-image', origin, { path }, maxImageBytes);
    if (bytes.length === 0) throw new Failure('refused', 'The file is empty. Nothing was stored.');
    const name = decodeURIComponent(basename(url.pathname)) || 'image';
    return stored(context, await home.locked(() => home.images.store(bytes, name, text)));
  });
}

export function listImages(context: Context): Promise<Ending> {
  return withHome(context, false, async ({ images }) => {
    const { args, terminal } = context;
    const list = await images.list();
    if (args.flag('json')) terminal.json(list);
    else
      for (const line of table(
        list.map(({ sha256, sizeBytes, name, storedAt }) => [
          sha256.slice(0, 12),
          sizeText(sizeBytes),
          storedAt,
          visible(name),
        ]),
        [1],
      ))
        terminal.line(line);
    return 'ok';
  });
}

function stored({ args, terminal }: Context, about: AboutImage): Ending {
  if (args.flag('json')) terminal.json(about);
  else terminal.line(`Stored ${visible(about.name)} (${sizeText(about.sizeBytes)}) as ${about.sha256.slice(0, 12)}.`);
  return 'ok';
}
