// One flipped bit somewhere in a data folder, then the program's own parts on it: what is read is what was written, or
// it is refused, or verify reports it. For the test and the lab.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { unlockWithAppPassword } from '#accounts/proofs.ts';
import { toHex } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { verify } from '#copies/verify.ts';
import type { Core } from '#server/core.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { openFileDisk } from '#store/disk-files.ts';
import { openJournalReader } from '#store/journal/sqlite-reader.ts';
import type { FilesPort } from '#vault/files/port.ts';
import type { Path } from '#vault/files/types.ts';
import { makeAccount, type TestAccount, withLocalCore } from '../support/account.ts';
import { hashOf, randomBelow } from './load.ts';

export interface FlipFigures {
  readonly places: number;
  /** The program does not start on it, or nobody can sign in. */
  refused: number;
  /** Something could not be read; all else was right. */
  detected: number;
  /** All was read right, and verify reports the damage. */
  reported: number;
  /** All was read right, and nothing that anybody needs was hit. */
  harmless: number;
  /** The end of the log that a crash left was taken for an unfinished commit; its vault is read-only, and says why. */
  older: number;
}

type Outcome = keyof Omit<FlipFigures, 'places'>;

/** A folder as it was left, by one of these. */
type Left = 'stopped' | 'crashed';

interface Sample {
  readonly folder: string;
  readonly account: TestAccount;
  readonly left: Left;
  readonly whole: Snapshot;
}

/** What a person sees: by path what it is, or the code of the fault in its way. */
type Snapshot = ReadonlyMap<string, string>;

export async function bitFlips(
  places: { readonly small: number; readonly large: number },
  report: (line: string) => void = () => undefined,
): Promise<readonly FlipFigures[]> {
  const memory = '/dev/shm';
  const scratch = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'coffre-flips-'));
  try {
    const results: FlipFigures[] = [];
    for (const left of ['stopped', 'crashed'] as const) {
      for (const [size, files, count] of [
        ['small', 6, places.small],
        ['large', 120, places.large],
      ] as const) {
        const sample = await makeSample(join(scratch, `${size}-${left}`), left, files);
        const figures = await flipPlaces(sample, join(scratch, 'work'), Math.ceil(count / 2));
        report(`${size} folder of a ${left} program, ${sizeOf(sample.folder)} bytes: ${JSON.stringify(figures)}`);
        results.push(figures);
      }
    }
    return results;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Files in the database and as chunk files, versions, properties, trash, and a checkpoint. */
async function makeSample(place: string, left: Left, files: number): Promise<Sample> {
  const building = join(place, 'building');
  const folder = join(place, 'left');
  mkdirSync(building, { recursive: true });
  const account = await makeAccount(join(building, 'data'));
  const whole = await withLocalCore(join(building, 'data'), async (core) => {
    const { port, by } = open(core, account);
    const caller = { by, conditions: {} };
    await port.makeFolder(caller, ['folder']);
    for (let file = 0; file < files; file += 1) {
      const bytes = randomBytes(file % 5 === 4 ? 70_000 : 1 + randomBelow(3000));
      await port.put(caller, ['folder', `file ${file}`], bytes, [], {
        mtimeMs: 1_700_000_000_000 + file,
        type: undefined,
      });
    }
    await port.put(caller, ['folder', 'file 0'], randomBytes(100), [], { mtimeMs: undefined, type: 'text/plain' });
    await port.move(caller, { from: ['folder', 'file 1'], to: ['moved'], overwrite: false });
    await port.trash(caller, ['folder', 'file 2']);
    const seen = await snapshot(port);
    // While it is open the log stands beside the database, as a killed program leaves it.
    if (left === 'crashed') cpSync(building, folder, { recursive: true });
    return seen;
  });
  if (left === 'stopped') cpSync(building, folder, { recursive: true });
  rmSync(building, { recursive: true });
  for (const each of filesOf(folder)) if (isWorthless(each)) rmSync(each);
  return { folder, account, left, whole };
}

function open(
  core: Core,
  account: TestAccount,
): { readonly port: FilesPort; readonly by: Parameters<FilesPort['upload']>[0] } {
  const unlocked = unlockWithAppPassword(core.instance, account.name, account.appPassword);
  const port = unlocked === undefined ? undefined : core.files(unlocked, 'files');
  if (unlocked === undefined || port === undefined) throw new SignInRefused();
  return { port, by: unlocked.credential.id };
}

class SignInRefused extends Error {}

async function flipPlaces(sample: Sample, work: string, places: number): Promise<FlipFigures> {
  const figures = { places, refused: 0, detected: 0, reported: 0, harmless: 0, older: 0 };
  const files = filesOf(sample.folder);
  const sizes = files.map((file) => statSync(file).size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  for (let place = 0; place < places; place += 1) {
    // Spread over all bytes, in order, so that as many places as bytes are every byte.
    let at = Math.floor(((place + randomBelow(1000) / 1000) * total) / places);
    let file = 0;
    while (at >= (sizes[file] ?? 0)) at -= sizes[file++] ?? 0;
    const name = relative(sample.folder, files[file] ?? '');
    rmSync(work, { recursive: true, force: true });
    cpSync(sample.folder, work, { recursive: true });
    flip(join(work, name), at);
    const where = `${sample.left}, bit at byte ${at} of ${name}`;
    const outcome = await probe(sample, work, where);
    assert.ok(outcome !== 'harmless' || !name.includes('chunks/'), `${where}: a chunk was hit and nothing noticed`);
    assert.ok(outcome !== 'older' || name.endsWith('-wal'), `${where}: an older state was served`);
    figures[outcome] += 1;
  }
  return figures;
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << randomBelow(8));
  writeFileSync(file, bytes);
}

async function probe(sample: Sample, work: string, where: string): Promise<Outcome> {
  const dataFolder = join(work, 'data');
  let seen: Snapshot;
  let closed: boolean;
  try {
    ({ seen, closed } = await withLocalCore(dataFolder, async (core) => {
      const { port, by } = open(core, sample.account);
      return { seen: await snapshot(port), closed: await isClosed(port, by) };
    }));
  } catch (error) {
    if (isFault(error) || error instanceof SignInRefused) return 'refused';
    throw new Error(`${where}: not a fault but`, { cause: error });
  }
  const outcome = compare(sample, seen, closed, where);
  if (outcome !== 'harmless') return outcome;
  return (await damages(dataFolder, where)) > 0 ? 'reported' : 'harmless';
}

/** Whether the vault takes no change, because entries of it are known to be missing. */
async function isClosed(port: FilesPort, by: Parameters<FilesPort['upload']>[0]): Promise<boolean> {
  try {
    await port.makeFolder({ by, conditions: {} }, ['one more']);
    return false;
  } catch (error) {
    if (isFault(error, 'read-only')) return true;
    if (isFault(error)) return false;
    throw error;
  }
}

function compare({ whole, left }: Sample, seen: Snapshot, closed: boolean, where: string): Outcome {
  const wrong = [...whole].filter(([path, what]) => seen.get(path) !== what && !isRefusal(seen.get(path)));
  const invented = [...seen.keys()].filter((path) => !whole.has(path));
  if (wrong.length > 0 || invented.length > 0) {
    // Every path that is there at all shows what it once was: checked by its own hash when it was read.
    if (left === 'crashed' && closed) return 'older';
    assert.fail(`${where}: served wrong: ${JSON.stringify({ wrong, invented })}`);
  }
  return [...seen.values()].some(isRefusal) ? 'detected' : 'harmless';
}

function isRefusal(what: string | undefined): boolean {
  return what?.startsWith('fault ') === true;
}

async function snapshot(port: FilesPort): Promise<Snapshot> {
  const seen = new Map<string, string>();
  await lookInto(port, [], seen);
  const trash = await port.trashed();
  seen.set(
    '(trash)',
    trash
      .map((each) => each.name)
      .sort()
      .join(),
  );
  return seen;
}

async function lookInto(port: FilesPort, path: Path, seen: Map<string, string>): Promise<void> {
  const listing = await port.list(path);
  for (const child of listing?.children ?? []) {
    const childPath = [...path, child.name];
    const key = childPath.join('/');
    if (child.isFolder) {
      seen.set(key, `folder ${child.id}`);
      await lookInto(port, childPath, seen);
    } else {
      seen.set(key, await contentOf(port, childPath));
    }
  }
}

async function contentOf(port: FilesPort, path: Path): Promise<string> {
  try {
    const plan = await port.plan(path, 0);
    assert.equal(plan.kind, 'plan');
    if (plan.kind !== 'plan') return 'refused';
    const parts: Uint8Array[] = [];
    for (const piece of plan.pieces) parts.push(await port.readPiece(piece));
    const versions = await port.versions(path);
    const hash = hashOf(Buffer.concat(parts));
    assert.equal(hash, toHex(plan.sha256), 'content that was given out is not what its version says');
    return `${plan.info.id} ${plan.info.mtimeMs} ${plan.info.type} ${versions?.length} ${hash}`;
  } catch (error) {
    if (isFault(error)) return `fault ${error.code}`;
    throw error;
  }
}

async function damages(dataFolder: string, where: string): Promise<number> {
  const journal = openJournalReader(dataFolder);
  try {
    const sink = {
      damage: () => undefined,
      hit: () => undefined,
      leftover: () => undefined,
      progress: () => undefined,
    };
    const report = await verify({ journal, chunks: new ChunkFiles(openFileDisk(dataFolder)), opened: new Map(), sink });
    return report.damages;
  } catch (error) {
    if (isFault(error)) return 1;
    throw new Error(`${where}: verify failed with`, { cause: error });
  } finally {
    await journal.close();
  }
}

/** The index of the log is made anew at every start; of the lock nothing is kept. */
function isWorthless(file: string): boolean {
  return file.endsWith('-shm') || file.includes('/lock.db');
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.key'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => statSync(file).size > 0)
    .sort();
}

function sizeOf(folder: string): number {
  return filesOf(folder).reduce((sum, file) => sum + statSync(file).size, 0);
}
