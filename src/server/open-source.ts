import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Fault, isFault } from '../base/fault.ts';
import type { ChainSource } from '../copies/chain-source.ts';
import { CopySource } from '../copies/copy-source.ts';
import { FolderSource } from '../copies/folder-source.ts';
import { MergedSource } from '../copies/merged-source.ts';
import type { DamageSink } from '../copies/source.ts';
import { markerName } from '../format/copy-names.ts';
import { ChunkFiles } from '../store/chunks/chunk-files.ts';
import { openFileDisk } from '../store/disk-files.ts';
import { SalvageReader } from '../store/journal/salvage-reader.ts';
import { isBucketAddress } from '../store/places/bucket-address.ts';
import { openPlace } from '../store/places/open-place.ts';
import { openCopySource } from './consult-copies.ts';
import type { Core } from './core.ts';
import { realClock } from './real-world.ts';

export interface BucketAccess {
  readonly region?: string | undefined;
  readonly credentialsFile?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A copy or a data folder, whole or not. `neither`: the folder is there and is none of both. */
export async function openSource(
  name: string,
  onDamage: DamageSink,
  { environment, ...bucket }: BucketAccess,
): Promise<ChainSource | 'missing' | 'neither'> {
  const world = { clock: realClock, environment };
  if (isBucketAddress(name)) return new CopySource(await openPlace({ address: name, ...bucket }, world), onDamage);
  const folder = resolve(name);
  if (!(await isFolder(folder))) return 'missing';
  // The marker may be what is damaged: a copy is also known by what else it holds.
  if ((await isThere(join(folder, markerName))) || (await isFolder(join(folder, 'vaults'))))
    return new CopySource(await openPlace({ address: folder }, world), onDamage);
  if (!(await isThere(join(folder, 'journal.db'))) && !(await isFolder(join(folder, 'chunks')))) return 'neither';
  const journal = SalvageReader.open(folder, (what) =>
    onDamage({ title: name, kind: 'journal', name: what, state: 'damaged' }),
  );
  return new FolderSource({ title: name, journal, chunks: new ChunkFiles(openFileDisk(folder)), onDamage });
}

/** All copies of the instance that answer, or what is named. @throws Fault `bad-config`, `unavailable`. */
export async function openSources(
  { instance }: Pick<Core, 'instance'>,
  names: readonly string[],
): Promise<MergedSource> {
  if (names.length > 0) return openNamed(names);
  const sources: ChainSource[] = [];
  const records = instance.view.copies();
  for (const record of records) {
    try {
      sources.push(await openCopySource(instance, record));
    } catch (error) {
      if (!isFault(error)) throw error;
    }
  }
  if (sources.length > 0) return new MergedSource(sources, () => undefined);
  if (records.length === 0)
    throw new Fault('bad-config', 'This instance has no copy that it knows. Name one: --from FOLDER.');
  throw new Fault(
    'unavailable',
    'No copy answers. Nothing was changed; bring one back, or name another: --from FOLDER.',
  );
}

/** Several as one. What of them is damaged counts as not there: whoever asks lists what is missing in the end. */
async function openNamed(names: readonly string[]): Promise<MergedSource> {
  const sources: ChainSource[] = [];
  for (const name of names) {
    const source = await openSource(name, () => undefined, { environment: process.env });
    if (typeof source !== 'string') {
      sources.push(source);
      continue;
    }
    for (const each of sources) await each.close();
    const what = source === 'missing' ? 'is not there' : 'is neither a copy nor a data folder';
    throw new Fault('bad-config', `${name} ${what}. Nothing was changed.`);
  }
  return new MergedSource(sources, () => undefined);
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
