import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isFault } from '#base/fault.ts';
import type { ChainSource } from '#copies/chain-source.ts';
import { CopySource } from '#copies/copy-source.ts';
import { FolderSource } from '#copies/folder-source.ts';
import { MergedSource } from '#copies/merged-source.ts';
import type { DamageSink, SourceDamage } from '#copies/source.ts';
import { markerName } from '#format/copy-names.ts';
import { realClock } from '#server/real-world.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { openFileDisk } from '#store/disk-files.ts';
import { SalvageReader } from '#store/journal/salvage-reader.ts';
import { isBucketAddress } from '#store/places/bucket-address.ts';
import { openFolderPlace } from '#store/places/folder-place.ts';
import { openPlace } from '#store/places/open-place.ts';
import type { Context } from './command.ts';
import { Failure, usage } from './failure.ts';
import { count, visible } from './terminal.ts';

/** What several sources could not give: each thing once, as many as are worth listing. */
export class DamageList {
  readonly #found: Map<string, SourceDamage> = new Map();
  #beyond = 0;

  readonly tell: DamageSink = (damage) => {
    const key = `${damage.title} ${damage.kind} ${damage.name}`;
    if (this.#found.has(key)) return;
    if (this.#found.size < maxListed) this.#found.set(key, damage);
    else this.#beyond += 1;
  };

  get list(): readonly SourceDamage[] {
    return [...this.#found.values()];
  }

  get total(): number {
    return this.#found.size + this.#beyond;
  }
}

const maxListed = 100_000;

/** What `--from` names, as one source; the caller closes it. @throws Failure `usage`, `not-found`. */
export async function openSources(context: Context, onDamage: DamageSink): Promise<MergedSource> {
  const { args, terminal } = context;
  const names = args.texts('from');
  if (names.length === 0) throw usage('From which copy?', '--from FOLDER or --from s3://HOST/BUCKET');
  const sources: ChainSource[] = [];
  for (const name of names) {
    try {
      sources.push(await openSource(name, context, onDamage));
    } catch (error) {
      // With another source left, one that does not answer is no reason to give up.
      if (names.length === 1 || (!isFault(error, 'unavailable') && !isFault(error, 'io'))) throw error;
      terminal.note(`${visible(name)} does not answer, and is left out: ${error.message}`);
    }
  }
  if (sources.length === 0) throw new Failure('unavailable', 'None of these answers. Nothing was written.');
  return new MergedSource(sources, (title, fault) =>
    terminal.note(`${visible(title)} does not answer any more, and is asked no more: ${fault.message}`),
  );
}

async function openSource(
  name: string,
  { args, environment }: Pick<Context, 'args' | 'environment'>,
  onDamage: DamageSink,
): Promise<ChainSource> {
  if (isBucketAddress(name)) {
    const settings = { address: name, region: args.text('region'), credentialsFile: args.text('credentials-file') };
    return new CopySource(await openPlace(settings, { clock: realClock, environment }), onDamage);
  }
  const folder = resolve(name);
  if (!(await isFolder(folder))) throw new Failure('not-found', `There is no folder ${visible(name)}.`);
  // The marker may be what is damaged: a copy is also known by what else it holds.
  if ((await isThere(join(folder, markerName))) || (await isFolder(join(folder, 'vaults'))))
    return new CopySource(await openFolderPlace(folder), onDamage);
  if (!(await isThere(join(folder, 'journal.db'))) && !(await isFolder(join(folder, 'chunks'))))
    throw new Failure('not-found', `${visible(name)} is neither a copy nor a data folder.`);
  const journal = SalvageReader.open(folder, (what) =>
    onDamage({ title: name, kind: 'journal', name: what, state: 'damaged' }),
  );
  return new FolderSource({ title: name, journal, chunks: new ChunkFiles(openFileDisk(folder)), onDamage });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (there) => there.isDirectory(),
    () => false,
  );
}

/** Where what was had came from, when there was a choice. */
export function originLines(source: MergedSource): readonly string[] {
  if (source.origins.length < 2) return [];
  return source.origins.map(
    ({ title, entries, chunks }) =>
      `from ${visible(title)}: ${count(entries, 'entry', 'entries')}, ${count(chunks, 'chunk')}`,
  );
}
