// Whether a vault that grows stays as fast: fills one with a million files, and compares it with one of a thousand.
//
//   node bench/growth.ts [--files 1000000] [--folder FOLDER] [--keep] [--no-fold]
//
// --folder is where the data goes (a new folder in the system's temporary one); --keep leaves it there, and a run that
// finds it there does not fill it again; --no-fold does not open it from the journal alone, which takes minutes.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { readCheckpoint, writeCheckpoint } from '#vault/checkpoint.ts';
import { FilesVault } from '#vault/files/files-vault.ts';
import { noConditions } from '#vault/files/port.ts';
import { measured, median } from './figures.ts';
import { fill } from './growth-fill.ts';
import type { OpeningFigures } from './growth-open.ts';
import { openGrowth, pathOf } from './growth-vault.ts';

const fewFiles = 1000;
const atOnce = 8;
/** The two vaults take turns, so that both meet the same moments of a machine that has other work. */
const rounds = 15;
const putsPerRound = 64;
const lookupsPerRound = 2000;
const openings = 3;

const targets = { growth: 1.3, openMs: 1500, peak: 3 };

interface Opened {
  readonly vault: FilesVault;
  readonly files: number;
  close(): Promise<void>;
}

async function filled(folder: string, files: number): Promise<void> {
  if (existsSync(join(folder, 'journal.db'))) return;
  const growth = await openGrowth(folder);
  let told = 0;
  const seconds = await measured(() =>
    fill(growth, files, (done) => {
      if (done - told < files / 10 || files <= fewFiles) return;
      told = done;
      say(`  ${done.toLocaleString('en')} files`);
    }),
  );
  await growth.parts.journal.close();
  say(
    `filled with ${files.toLocaleString('en')} files in ${seconds.toFixed(1)} s (${(files / seconds).toFixed(0)} a second)`,
  );
}

async function opened(folder: string, files: number): Promise<Opened> {
  const { parts, disk } = await openGrowth(folder);
  const checkpoint = await readCheckpoint(disk, parts.keys);
  const vault = await FilesVault.open(parts, checkpoint);
  const close = async (): Promise<void> => {
    await vault.close();
    await parts.journal.close();
  };
  return { vault, files, close };
}

async function writeImage(folder: string): Promise<void> {
  const { parts, disk } = await openGrowth(folder);
  const vault = await FilesVault.open(parts);
  let viewBytes = 0;
  const seconds = await measured(async () => {
    const { image, head } = await vault.atRest((view, at) => ({ image: view.serialize(), head: at }));
    viewBytes = image.length;
    await writeCheckpoint(disk, parts.keys, head, image, parts.random);
  });
  const [name] = await disk.list('checkpoints');
  const sizeBytes = name === undefined ? 0 : ((await disk.size(`checkpoints/${name}`)) ?? 0);
  say(`checkpoint written in ${seconds.toFixed(2)} s: view ${megabytes(viewBytes)}, sealed ${megabytes(sizeBytes)}`);
  await vault.close();
  await parts.journal.close();
}

let putCount = 0;

/** Milliseconds for one of the puts, eight at once. */
async function putTime({ vault }: Opened): Promise<number> {
  const put = async (): Promise<void> => {
    putCount += 1;
    const content = Buffer.alloc(4096, `content number ${putCount} `);
    const result = await vault.put(
      { by: undefined, conditions: noConditions },
      ['Photos 2000', `new ${putCount}.txt`],
      content,
      [],
      {
        mtimeMs: undefined,
        type: undefined,
      },
    );
    if (result.kind === 'refused') throw new Error(`a put was refused: ${result.why}`);
  };
  const worker = async (): Promise<void> => {
    for (let count = 0; count < putsPerRound / atOnce; count += 1) await put();
  };
  const seconds = await measured(() => Promise.all(Array.from({ length: atOnce }, worker)));
  return (seconds * 1000) / putsPerRound;
}

/** Microseconds for one lookup of a path of three names, all over the vault. */
async function lookupTime({ vault, files }: Opened, round: number): Promise<number> {
  const paths = Array.from({ length: lookupsPerRound }, (_, at) =>
    pathOf(((round * lookupsPerRound + at) * 999_983) % files),
  );
  const seconds = await measured(async () => {
    for (const path of paths)
      if ((await vault.stat(path)) === undefined) throw new Error(`${path.join('/')} is missing`);
  });
  return (seconds * 1e6) / lookupsPerRound;
}

async function compare(few: Opened, many: Opened): Promise<void> {
  const times = { putFew: [] as number[], putMany: [] as number[], lookFew: [] as number[], lookMany: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    times.putFew.push(await putTime(few));
    times.putMany.push(await putTime(many));
    times.lookFew.push(await lookupTime(few, round));
    times.lookMany.push(await lookupTime(many, round));
  }
  const line = (what: string, unit: string, one: readonly number[], other: readonly number[]): void => {
    const growth = median(other) / median(one);
    say(
      `${what}: ${median(one).toFixed(2)} ${unit} at ${count(few)}, ${median(other).toFixed(2)} ${unit} at ${count(many)}: x ${growth.toFixed(2)} ${verdict(growth, targets.growth)}`,
    );
  };
  line('PUT of 4 KiB, 8 at once', 'ms', times.putFew, times.putMany);
  line('lookup', 'us', times.lookFew, times.lookMany);
}

async function measureOpening(folder: string, from: 'checkpoint' | 'fold', runs: number): Promise<void> {
  const figures: OpeningFigures[] = [];
  for (let run = 0; run < runs; run += 1) {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, 'growth-open.ts'),
      folder,
      from,
    ]);
    figures.push(JSON.parse(stdout) as OpeningFigures);
  }
  const openMs = median(figures.map((each) => each.openMs));
  const peak = median(figures.map((each) => each.peakBytes / each.viewBytes));
  const most = median(figures.map((each) => each.processPeakBytes));
  const judged = from === 'checkpoint';
  say(
    `opening from ${from === 'fold' ? 'the journal alone' : 'its checkpoint'}: ${openMs.toFixed(0)} ms${judged ? ` ${verdict(openMs, targets.openMs)}` : ''}, ` +
      `peak ${peak.toFixed(2)} x the view${judged ? ` ${verdict(peak, targets.peak)}` : ''} (process ${megabytes(most)})`,
  );
}

function count(opened: Opened): string {
  return opened.files.toLocaleString('en');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function verdict(value: number, most: number): string {
  return value <= most ? `(ok, at most ${most})` : `(MISSED, at most ${most})`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      files: { type: 'string', default: '1000000' },
      folder: { type: 'string' },
      keep: { type: 'boolean', default: false },
      'no-fold': { type: 'boolean', default: false },
    },
  });
  const files = Number(values.files);
  const folder = values.folder ?? mkdtempSync(join(tmpdir(), 'coffre-growth-'));
  const [few, many] = [join(folder, 'few'), join(folder, 'many')];
  try {
    await filled(few, fewFiles);
    await filled(many, files);
    if (!values['no-fold']) await measureOpening(many, 'fold', 1);
    if (!existsSync(join(many, 'checkpoints'))) await writeImage(many);
    await measureOpening(many, 'checkpoint', openings);
    const [one, other] = [await opened(few, fewFiles), await opened(many, files)];
    await compare(one, other);
    await one.close();
    await other.close();
  } finally {
    if (!values.keep) rmSync(folder, { recursive: true, force: true });
  }
}

await main();
