import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { unlockByHeader } from '#accounts/instance.ts';
import { isFault } from '#base/fault.ts';
import type { VaultId } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import type { MergedSource } from '#copies/merged-source.ts';
import { instanceOf, type RestoredVault, restoreVault } from '#copies/restore.ts';
import { verify } from '#copies/verify.ts';
import type { Damage } from '#copies/verify-report.ts';
import { encodeIdentity, findIdentity } from '#format/identity.ts';
import { placesOf } from '#server/data-folder.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { openFileDisk } from '#store/disk-files.ts';
import { RestoreJournal } from '#store/journal/restore-journal.ts';
import { openJournalReader } from '#store/journal/sqlite-reader.ts';
import { lockFolder } from '#store/lock.ts';
import { writeNewFile } from '#store/new-file.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure, interrupted, usage } from './failure.ts';
import { readKit } from './proof.ts';
import { DamageList, openSources, originLines } from './sources.ts';
import { count, sizeText, type Terminal, visible } from './terminal.ts';
import { refusalOf } from './words.ts';

interface RestoreReport {
  readonly from: string;
  readonly instance: VaultId;
  readonly vaults: readonly RestoredVault[];
  /** Whether a key was given that opens the accounts. */
  readonly hasKey: boolean;
  /** What reading back found, beyond what is listed as lost. */
  readonly damages: readonly Damage[];
  readonly seconds: number;
}

/** An instance from copies: its journal, chunks, public headers and states, durable, and read back. */
export async function restore(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const places = placesOf(args.required('to'));
  const key = await givenKey(context);
  const startedMs = Date.now();
  const source = await openSources(context, new DamageList().tell);
  try {
    const instance = await instanceOf(source);
    if (instance === undefined)
      throw new Failure(
        'damaged',
        'None of these says which instance it is, and no public header tells. Nothing was written.',
        'a kit still gives files back: coffre rescue',
      );
    if (key !== undefined) await checkKey(source, instance, key);
    const vaults = await restoreAll(context, source, instance, places.dataFolder);
    if (key !== undefined) await keepKey(places.keyFile, key);
    const damages = await readBack(context, places.dataFolder, vaults);
    const seconds = (Date.now() - startedMs) / 1000;
    const report: RestoreReport = { from: source.title, instance, vaults, hasKey: key !== undefined, damages, seconds };
    if (args.flag('json')) terminal.json(report);
    else conclude(terminal, report, originLines(source));
    if (damages.length > 0) return 'damaged';
    return vaults.some(isIncomplete) ? 'partly' : 'ok';
  } finally {
    terminal.progressEnds();
    await source.close();
  }
}

/** What opens the accounts, when it was given. @throws Failure `usage`, `wrong-proof`. */
export async function givenKey({ args }: Context): Promise<Secret | undefined> {
  const [file, kit] = [args.text('key-file'), args.text('operator-kit')];
  if (file !== undefined && kit !== undefined) throw usage('Give one of --key-file and --operator-kit.');
  const given = file ?? kit;
  if (given === undefined) return undefined;
  const identity = findIdentity(await readKit(given));
  if (identity === undefined) throw refusalOf('not-a-kit', visible(given));
  return new Secret(identity);
}

/** Before anything is written: a key of another instance is a mistake to be told at once. */
async function checkKey(source: MergedSource, instance: VaultId, key: Secret): Promise<void> {
  try {
    await unlockByHeader(source, instance, key);
  } catch (error) {
    if (!isFault(error, 'missing') && !isFault(error, 'damaged')) throw error;
    throw new Failure(
      'damaged',
      `What opens the accounts is in none of these: ${error.message} Nothing was written.`,
      'without a key the rest can be restored, and kits open their vaults: coffre rescue',
    );
  }
}

async function restoreAll(
  { terminal, stopping }: Context,
  source: MergedSource,
  instance: VaultId,
  folder: string,
): Promise<readonly RestoredVault[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = lockFolder(folder);
  try {
    const disk = openFileDisk(folder);
    const chunks = new ChunkFiles(disk);
    await disk.makeFolder('chunks');
    const journal = await RestoreJournal.open(folder, disk);
    try {
      journal.begin(instance);
      const done: RestoredVault[] = [];
      const progress = (now: RestoredVault): void => {
        if (stopping.aborted) throw interrupted();
        terminal.progress(() => progressLine([...done, now]));
      };
      for (const vault of await source.vaults())
        done.push(await restoreVault({ source, journal, chunks, progress }, vault));
      journal.finish(instance);
      return done;
    } finally {
      journal.close();
    }
  } finally {
    lock.release();
  }
}

function progressLine(vaults: readonly RestoredVault[]): string {
  const sum = (of: (vault: RestoredVault) => number): number => vaults.reduce((total, vault) => total + of(vault), 0);
  const chunks = `${count(
    sum((each) => each.chunks),
    'chunk',
  )}, ${sizeText(sum((each) => each.chunkBytes))}`;
  return `restore: ${count(
    sum((each) => each.entries),
    'entry',
    'entries',
  )}, ${chunks}`;
}

/** A key that is there already is never written over. */
async function keepKey(keyFile: string, key: Secret): Promise<void> {
  if (existsSync(keyFile)) return;
  await writeNewFile(keyFile, `# Instance key, put back by a restore.\n${encodeIdentity(key.expose())}\n`);
}

/** All that is there is read again from the disk; what is known to be lost is listed once only. */
async function readBack(
  { terminal, stopping }: Context,
  folder: string,
  vaults: readonly RestoredVault[],
): Promise<readonly Damage[]> {
  const lost = new Set(vaults.flatMap((each) => each.lost));
  const damages: Damage[] = [];
  const journal = openJournalReader(folder);
  try {
    await verify({
      journal,
      chunks: new ChunkFiles(openFileDisk(folder)),
      opened: new Map(),
      sink: {
        damage: (damage) => {
          if (damage.chunk === undefined || !lost.has(damage.chunk)) damages.push(damage);
        },
        hit: () => undefined,
        leftover: () => undefined,
        progress: (report) => {
          if (stopping.aborted) throw interrupted();
          terminal.progress(() => `reading back: ${sizeText(report?.chunkBytes ?? 0)} of vault ${report?.vault ?? ''}`);
        },
      },
    });
    return damages;
  } finally {
    await journal.close();
  }
}

function isIncomplete({ lost, wanted, reached }: RestoredVault): boolean {
  return lost.length > 0 || reached.sequence < wanted.sequence || reached.fork < wanted.fork;
}

const maxShown = 20;

function conclude(terminal: Terminal, report: RestoreReport, origins: readonly string[]): void {
  for (const vault of report.vaults) {
    const { chunks, chunkBytes, entries, erased } = vault;
    const kept = erased === 0 ? '' : `; ${erased} erased before, and not brought back`;
    terminal.line(
      `vault ${vault.vault}: ${count(entries, 'entry', 'entries')}, ${count(chunks, 'chunk')} (${sizeText(chunkBytes)})${kept}`,
    );
    for (const line of missingOf(vault).slice(0, maxShown)) terminal.line(`  not had: ${line}`);
    if (missingOf(vault).length > maxShown)
      terminal.line(`  … and ${missingOf(vault).length - maxShown} more: --json lists them`);
  }
  for (const line of origins) terminal.line(line);
  for (const { says } of report.damages.slice(0, maxShown)) terminal.line(`damaged: ${says}`);
  terminal.line(`Restored and read back in ${report.seconds.toFixed(1)} s.`);
  if (!report.hasKey)
    terminal.hint(
      'nobody can sign in before the instance key or an operator kit is saved as TO.key; recovery kits open their vaults all the same: coffre rescue',
    );
  if (report.vaults.some(isIncomplete))
    terminal.hint(
      'another copy may have it: run it again with one more --from; `coffre verify --kit-file` names the files',
    );
}

function missingOf({ lost, wanted, reached }: RestoredVault): readonly string[] {
  const tail =
    reached.sequence < wanted.sequence
      ? [`entries ${reached.sequence + 1} to ${wanted.sequence}, and what they changed`]
      : [];
  return [...tail, ...lost.map((id) => `chunk ${id}`)];
}
