import { resolve } from 'node:path';
import { z } from 'zod';
import { isFault } from '#base/fault.ts';
import { copySource, GoodBytes, type GoodSource, primarySource } from '#copies/good-bytes.ts';
import { type CopyCounts, type CopyDamage, CopyVerify } from '#copies/verify-copy.ts';
import { decodeCopyMarker } from '#format/copy-marker.ts';
import { markerName } from '#format/copy-names.ts';
import { realClock } from '#server/real-world.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { openFileDisk } from '#store/disk-files.ts';
import type { JournalReader } from '#store/journal/journal.ts';
import { openReaderForCheck } from '#store/journal/newer-folder.ts';
import { isBucketAddress } from '#store/places/bucket-address.ts';
import { openPlace } from '#store/places/open-place.ts';
import type { Place } from '#store/places/place.ts';
import { nothing } from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure, interrupted } from './failure.ts';
import { type KnownCopy, knownCopies, namedCopy, openKnown } from './known-copies.ts';
import { requireDataFolder, withControl } from './link.ts';
import { placesFor } from './places.ts';
import { ask } from './session.ts';
import { count, sizeText, visible } from './terminal.ts';

const maxListed = 100_000;
const notedAtOnce = 500;
const notedAnswer = z.object({ noted: z.number() });

export async function verifyCopy(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const places = placesFor(context);
  requireDataFolder(places);
  const startedMs = Date.now();
  const disk = openFileDisk(places.dataFolder);
  const journal = await openReaderForCheck(places.dataFolder, disk);
  const found: CopyDamage[] = [];
  const opened: Place[] = [];
  try {
    const known = await namedCopy(context, args.operand(0));
    const place = known === undefined ? await openNamed(context) : await openKnown(known);
    opened.push(place);
    await checkMarker(place, journal);
    const others = args.flag('repair') ? await otherCopies(context, place.title, opened) : [];
    const verify = new CopyVerify({
      place,
      journal,
      good: new GoodBytes([primarySource(journal, new ChunkFiles(disk)), ...others]),
      repair: args.flag('repair'),
      onDamage: (damage) => {
        if (found.length < maxListed) found.push(damage);
        terminal.note(`${damage.state}: ${damage.object}: ${says[damage.outcome]}`);
      },
      pace: async () => {
        if (context.stopping.aborted) throw interrupted();
        terminal.progress(
          () => `copy verify: ${count(verify.counts.objects, 'object')}, ${sizeText(verify.counts.sizeBytes)}`,
        );
      },
    });
    const counts = await verify.run();
    terminal.progressEnds();
    await note(context, place.title, found);
    const endedMs = Date.now();
    if (known !== undefined) await keep(context, known, { ...counts, fromMs: startedMs, toMs: endedMs }, found);
    const seconds = (endedMs - startedMs) / 1000;
    if (args.flag('json')) terminal.json({ ...counts, seconds, damage: found });
    else {
      terminal.line(
        `Read ${count(counts.objects, 'object')} (${sizeText(counts.sizeBytes)}) in ${seconds.toFixed(1)} s.`,
      );
      terminal.line(conclusion(found));
    }
    return found.some((each) => each.outcome !== 'repaired') ? 'damaged' : 'ok';
  } finally {
    await journal.close();
    for (const place of opened) await place.close();
  }
}

/** A folder, or a bucket with its credentials in a file or the environment. */
function openNamed({ args, environment }: Context): Promise<Place> {
  const given = args.operand(0);
  const address = isBucketAddress(given) ? given : resolve(given);
  const [region, credentialsFile] = [args.text('region'), args.text('credentials-file')];
  return openPlace({ address, region, credentialsFile }, { clock: realClock, environment });
}

/** What may have what the data folder lost as well. */
async function otherCopies(context: Context, title: string, opened: Place[]): Promise<readonly GoodSource[]> {
  const sources: GoodSource[] = [];
  for (const copy of await knownCopies(context)) {
    if (copy.place === title) continue;
    try {
      const place = await openKnown(copy);
      opened.push(place);
      sources.push(copySource(place));
    } catch (error) {
      if (!isFault(error)) throw error;
      context.terminal.note(`The copy ${visible(copy.label)} does not answer, and is not asked: ${error.message}`);
    }
  }
  return sources;
}

async function keep(
  context: Context,
  { copy, place }: KnownCopy,
  read: CopyCounts & { readonly fromMs: number; readonly toMs: number },
  found: readonly CopyDamage[],
): Promise<void> {
  const repaired = found.filter((each) => each.outcome === 'repaired').length;
  const result = { kind: 'verify', where: place, copy, ...read, found: found.length, repaired };
  await withControl(context, (control) => ask(control, 'copy.proven', result, 'copy verify', nothing));
}

const says: Readonly<Record<CopyDamage['outcome'], string>> = {
  repaired: 'put again with the right bytes',
  gone: 'GONE: nothing that was asked has it whole',
  found: 'the right bytes are there; --repair puts them again',
};

function conclusion(found: readonly CopyDamage[]): string {
  if (found.length === 0) return 'No damage was found.';
  const repaired = found.filter((each) => each.outcome === 'repaired').length;
  return `DAMAGE: ${count(found.length, 'object')} damaged or missing, ${repaired} of them repaired.`;
}

/** What is no copy of this instance may be a disk that was swapped: nothing of it is compared, and nothing written. */
async function checkMarker(place: Place, journal: JournalReader): Promise<void> {
  const bytes = await place.get(markerName);
  if (bytes === null)
    throw new Failure('not-found', `There is no copy in ${visible(place.title)}. Nothing was changed.`);
  try {
    if (decodeCopyMarker(bytes).instance === (await journal.meta('instance'))) return;
  } catch (error) {
    if (!isFault(error, 'damaged')) throw error;
    throw new Failure('damaged', `The marker of the copy in ${visible(place.title)} is damaged. Nothing was changed.`);
  }
  throw new Failure('refused', `${visible(place.title)} holds a copy of another instance. Nothing was changed.`);
}

async function note(context: Context, where: string, found: readonly CopyDamage[]): Promise<void> {
  if (found.length === 0) return;
  await withControl(context, async (control) => {
    for (let at = 0; at < found.length; at += notedAtOnce) {
      const some = found.slice(at, at + notedAtOnce).map((each) => ({ ...each, chunk: each.chunk ?? null }));
      await ask(control, 'losses.copy', { where, found: some }, 'copy verify', notedAnswer);
    }
  });
}
