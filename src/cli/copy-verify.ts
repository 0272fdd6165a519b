import { resolve } from 'node:path';
import { z } from 'zod';
import { isFault } from '#base/fault.ts';
import { type CopyDamage, CopyVerify } from '#copies/verify-copy.ts';
import { decodeCopyMarker } from '#format/copy-marker.ts';
import { markerName } from '#format/copy-names.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { openFileDisk } from '#store/disk-files.ts';
import type { JournalReader } from '#store/journal/journal.ts';
import { openReaderForCheck } from '#store/journal/newer-folder.ts';
import { openFolderPlace } from '#store/places/folder-place.ts';
import type { Place } from '#store/places/place.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure, interrupted } from './failure.ts';
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
  const folder = resolve(args.operand(0));
  const startedMs = Date.now();
  const disk = openFileDisk(places.dataFolder);
  const journal = await openReaderForCheck(places.dataFolder, disk);
  const found: CopyDamage[] = [];
  try {
    const place = await openFolderPlace(folder);
    await checkMarker(place, journal);
    const verify = new CopyVerify({
      place,
      journal,
      chunks: new ChunkFiles(disk),
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
    await note(context, folder, found);
    const seconds = (Date.now() - startedMs) / 1000;
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
  }
}

const says: Readonly<Record<CopyDamage['outcome'], string>> = {
  repaired: 'put again with the right bytes',
  gone: 'GONE: the data folder does not have it whole either',
  found: 'the data folder has it; --repair puts it again',
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
