import { basename, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fromUtf8 } from '#base/bytes.ts';
import type { Control } from '#server/control-calls.ts';
import { isBucketAddress, parseBucketAddress } from '#store/places/bucket-address.ts';
import { readS3Credentials } from '#store/places/s3-credentials.ts';
import { nothing } from './answers.ts';
import type { Context } from './command.ts';
import { type AddedCopy, addedCopy, type CopyProgressRow, copyProgress } from './copy-answers.ts';
import type { Ending } from './exit-codes.ts';
import { interrupted, usage } from './failure.ts';
import { withControl } from './link.ts';
import { ask } from './session.ts';
import { count, sizeText, visible } from './terminal.ts';

const dayMs: number = 24 * 60 * 60_000;
const lookEveryMs = 300;

export async function addCopy(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const request = await requestOf(context);
  return withControl<Ending>(context, async (control) => {
    const made = await ask(control, 'copy.add', request, visible(request.place), addedCopy);
    if (made.joined === 'taken-up')
      terminal.note(`The copy that was at ${visible(made.place)} already is taken up again.`);
    if (made.sharesFateWithData) {
      terminal.note(
        'It is on the same disk as the data and would be lost together with it, so it does not count as a copy.',
      );
      terminal.hint('add another one on another disk, or far away');
    }
    if (!args.flag('no-wait')) return untilWhole(context, control, made);
    if (args.flag('json')) terminal.json(made);
    else terminal.line(`The copy ${visible(made.label)} is followed while the server runs.`);
    return 'ok';
  });
}

interface AddRequest extends Readonly<Record<string, unknown>> {
  readonly place: string;
}

async function requestOf({ args, environment }: Context): Promise<AddRequest> {
  const given = args.operand(0);
  const country = args.text('country')?.toUpperCase();
  if (country !== undefined && !/^[A-Z]{2}$/.test(country)) throw usage('--country wants two letters, such as CH.');
  if (!isBucketAddress(given)) {
    const place = resolve(given);
    return { place, label: args.text('label') ?? labelOf(basename(place)), country };
  }
  const { bucket } = parseBucketAddress(given);
  const file = args.text('credentials-file');
  const { accessKeyId, secretAccessKey, sessionToken } = await readS3Credentials(file, environment);
  const credentials = {
    accessKeyId,
    secretAccessKey: fromUtf8(secretAccessKey.expose()),
    sessionToken: sessionToken === undefined ? undefined : fromUtf8(sessionToken.expose()),
  };
  return {
    place: given,
    label: args.text('label') ?? labelOf(bucket),
    country,
    region: args.text('region'),
    lock: lockOf(args.text('lock'), args.count('lock-days', 1, 3650) ?? 30),
    credentials,
  };
}

/** What a folder or bucket is called, as far as it may be a label. */
function labelOf(name: string): string {
  const label = name.replace(/[^\p{L}\p{N} ._-]/gu, '').replace(/^[ ._-]+/, '');
  return label === '' ? 'copy' : label;
}

function lockOf(
  mode: string | undefined,
  days: number,
): { readonly mode: string; readonly retentionMs: number } | undefined {
  if (mode === undefined) return undefined;
  if (mode !== 'compliance' && mode !== 'governance') throw usage('--lock wants compliance or governance.');
  return { mode: mode.toUpperCase(), retentionMs: days * dayMs };
}

async function untilWhole(context: Context, control: Control, made: AddedCopy): Promise<Ending> {
  const { args, terminal, stopping } = context;
  const label = visible(made.label);
  await ask(control, 'copy.follow', {}, label, nothing);
  for (;;) {
    const all = await ask(control, 'copy.progress', {}, label, copyProgress);
    const progress = all.find(({ copy }) => copy === made.copy);
    if (progress?.state === 'whole') {
      terminal.progressEnds();
      if (args.flag('json')) terminal.json({ ...made, progress });
      return ended(context, label, progress);
    }
    if (progress?.failing !== undefined) {
      terminal.note(`${progress.failing.message} What arrived is kept, and the copy goes on where it was.`);
      return 'unavailable';
    }
    terminal.progress(() => `copying to ${label}: ${sizeText(progress?.sentBytes ?? 0)}`);
    if (stopping.aborted) throw interrupted();
    await setTimeout(lookEveryMs);
  }
}

function ended({ args, terminal }: Context, label: string, progress: CopyProgressRow): Ending {
  if (progress.lostChunks > 0) {
    terminal.note(
      `${count(progress.lostChunks, 'stored piece')} could not be copied: damaged or missing in the data folder. \`coffre verify\` says more.`,
    );
  }
  if (progress.held.length > 0) {
    terminal.note(`${count(progress.held.length, 'vault')} could not be copied. \`coffre copy status\` says why.`);
    return 'partly';
  }
  if (!args.flag('json')) terminal.line(`The copy ${label} is whole. ${sizeText(progress.sentBytes)} were copied.`);
  return progress.lostChunks > 0 ? 'partly' : 'ok';
}
