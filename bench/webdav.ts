// Measures our WebDAV face beside others, on this machine, in one run:
//
//   node bench/webdav.ts [--only coffre --only rclone ...] [--quick] [--rounds 3] [--folder FOLDER]
//
// Every server gets a fresh folder on the same disk and the same work (webdav-client.ts), one after the other, in as many
// rounds as asked for; so does `dd` with an fsync at its end. Figures are medians over the rounds; a ratio is the median of
// the ratios inside the rounds, because a machine that has other work drifts from one round to the next.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { median } from './figures.ts';
import { memoryOf } from './processes.ts';
import { coffre, type Running, type Server, servers } from './servers.ts';
import type { ClientFigures } from './webdav-client.ts';

interface Size {
  readonly bigMiB: number;
  readonly small: number;
  readonly wide: readonly number[];
}

const full: Size = { bigMiB: 1024, small: 2000, wide: [5000, 10_000] };
const quick: Size = { bigMiB: 256, small: 500, wide: [1000] };

const atOnce = 8;
const ddRuns = 3;
const starts = 3;
const idleAfterMs = 3000;

/** What a run must reach; `least` and `most` are ratios to what the row names. */
const targets = { putOfDd: 0.75, getOfRclone: 0.8, smallPutOfRclone: 1, smallGetOfRclone: 1, listOfRclone: 0.4 };
const limits = { uploadPeakMB: 300, idleMB: 150, readyMs: 1000 };

/** One round: what `dd` did, and what each server did. */
interface Round {
  readonly ddMBps: number;
  readonly figures: ReadonlyMap<string, ClientFigures>;
}

async function client(running: Running, size: Size, flags: readonly string[] = []): Promise<ClientFigures> {
  const credentials = running.user === undefined ? [] : ['--user', running.user, '--password', running.password ?? ''];
  const args = [
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, 'webdav-client.ts'),
    '--url',
    running.url,
    ...credentials,
  ];
  const work = [
    '--big-mib',
    `${size.bigMiB}`,
    '--small',
    `${size.small}`,
    '--wide',
    size.wide.join(','),
    '--at-once',
    `${atOnce}`,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, ...work, ...flags]);
  return JSON.parse(stdout) as ClientFigures;
}

async function inFreshFolder<Result>(
  under: string,
  name: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(under, `${name.replaceAll(' ', '-')}-`));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(server: Server, size: Size, under: string): Promise<ClientFigures> {
  return inFreshFolder(under, server.name, async (folder) => {
    const running = await server.start(folder);
    try {
      return await client(running, server.canList ? size : { ...size, wide: [] });
    } finally {
      await running.stop();
    }
  });
}

/** The bytes of the big file, from memory to a fresh file, with an fsync at the end: what this disk can do at best. */
function ddMBps(size: Size, under: string): Promise<number> {
  return inFreshFolder(under, 'dd', async (folder) => {
    const source = join(folder, 'source');
    writeFileSync(source, randomBytes(size.bigMiB * 1024 * 1024));
    const rates: number[] = [];
    for (let run = 0; run < ddRuns; run += 1) {
      const target = join(folder, 'target');
      const begun = performance.now();
      await promisify(execFile)('dd', [`if=${source}`, `of=${target}`, 'bs=1M', 'conv=fsync']);
      rates.push((size.bigMiB * 1.048576) / ((performance.now() - begun) / 1000));
      rmSync(target);
    }
    return median(rates);
  });
}

async function rounds(chosen: readonly Server[], size: Size, count: number, under: string): Promise<Round[]> {
  const out: Round[] = [];
  for (let round = 0; round < count; round += 1) {
    const figures = new Map<string, ClientFigures>();
    const dd = await ddMBps(size, under);
    say(`round ${round + 1}: dd + fsync ${dd.toFixed(0)} MB/s`);
    for (const server of chosen) {
      const got = await measure(server, size, under);
      figures.set(server.name, got);
      say(`round ${round + 1}: ${server.name} ${JSON.stringify(got)}`);
    }
    out.push({ ddMBps: dd, figures });
  }
  return out;
}

interface Measure {
  readonly title: string;
  readonly unit: string;
  readonly of: (figures: ClientFigures) => number | undefined;
}

function measures(size: Size): readonly Measure[] {
  return [
    { title: `PUT of ${size.bigMiB} MiB`, unit: 'MB/s', of: (each) => each.putMBps },
    { title: `GET of ${size.bigMiB} MiB`, unit: 'MB/s', of: (each) => each.getMBps },
    { title: `PUT of 4 KiB, ${atOnce} at once`, unit: '/s', of: (each) => each.smallPutOps },
    { title: `GET of 4 KiB, ${atOnce} at once`, unit: '/s', of: (each) => each.smallGetOps },
    ...size.wide.map((files) => ({
      title: `PROPFIND of ${files}`,
      unit: 'ms',
      of: (each: ClientFigures) => each.listMs?.[files],
    })),
  ];
}

function printTable(chosen: readonly Server[], size: Size, all: readonly Round[]): void {
  const names = chosen.map((server) => server.name);
  const rows = measures(size).map(({ title, unit, of }) => {
    const cells = names.map((name) => {
      const values = all.flatMap((round) => of(round.figures.get(name) ?? {}) ?? []);
      return values.length === 0 ? '-' : number(median(values));
    });
    return [`${title} (${unit})`, ...cells];
  });
  const dd = [
    'dd + fsync (MB/s)',
    ...names.map((_, index) => (index === 0 ? number(median(all.map((round) => round.ddMBps))) : '')),
  ];
  const table = [['', ...names], ...rows, dd];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length))) ?? [];
  for (const row of table) {
    say(
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    );
  }
}

function printRatios(size: Size, all: readonly Round[]): void {
  const ours = (round: Round): ClientFigures => round.figures.get('coffre') ?? {};
  const theirs = (round: Round): ClientFigures => round.figures.get('rclone') ?? {};
  const line = (
    title: string,
    of: (round: Round) => readonly [number | undefined, number | undefined],
    target: number,
    isMost: boolean,
  ): void => {
    const ratios = all.flatMap((round) => {
      const [one, other] = of(round);
      return one === undefined || other === undefined ? [] : [one / other];
    });
    if (ratios.length === 0) return;
    const ratio = median(ratios);
    const ok = isMost ? ratio <= target : ratio >= target;
    say(
      `${title}: x ${ratio.toFixed(2)} (${ok ? 'ok' : 'MISSED'}, ${isMost ? 'at most' : 'at least'} ${target}; rounds ${ratios.map((each) => each.toFixed(2)).join(', ')})`,
    );
  };
  line('large PUT / dd + fsync', (round) => [ours(round).putMBps, round.ddMBps], targets.putOfDd, false);
  line('large GET / rclone', (round) => [ours(round).getMBps, theirs(round).getMBps], targets.getOfRclone, false);
  line(
    'small PUT / rclone',
    (round) => [ours(round).smallPutOps, theirs(round).smallPutOps],
    targets.smallPutOfRclone,
    false,
  );
  line(
    'small GET / rclone',
    (round) => [ours(round).smallGetOps, theirs(round).smallGetOps],
    targets.smallGetOfRclone,
    false,
  );
  for (const files of size.wide) {
    line(
      `listing of ${files} / rclone`,
      (round) => [ours(round).listMs?.[files], theirs(round).listMs?.[files]],
      targets.listOfRclone,
      true,
    );
  }
}

/** The memory of one upload, what the server takes when nobody asks for anything, and how soon it answers. */
async function printFootprint(size: Size, under: string): Promise<void> {
  await inFreshFolder(under, 'footprint', async (folder) => {
    const first = await coffre.start(folder);
    const { bigMiB } = size;
    await wait(idleAfterMs);
    const idle = memoryOf(first.pid, 'VmRSS');
    await client(first, { bigMiB, small: 0, wide: [] }, ['--no-get']);
    const peak = memoryOf(first.pid, 'VmHWM');
    await wait(idleAfterMs);
    const after = memoryOf(first.pid, 'VmRSS');
    await first.stop();
    say(
      `memory: idle ${judged(idle / 1e6, 'MB', limits.idleMB)}, peak of an upload of ${bigMiB} MiB ${judged(peak / 1e6, 'MB', limits.uploadPeakMB)}, idle again ${(after / 1e6).toFixed(0)} MB`,
    );
    const cold: number[] = [];
    const warm: number[] = [];
    for (let run = 0; run < starts; run += 1) {
      const environment = { NODE_COMPILE_CACHE: join(folder, `cache-${run}`) };
      for (const times of [cold, warm]) {
        const again = await coffre.again(folder, environment);
        times.push(again.readyMs);
        await again.stop();
      }
    }
    say(
      `start to ready: ${judged(median(cold), 'ms', limits.readyMs)} with a cold compile cache, ${judged(median(warm), 'ms', limits.readyMs)} with a warm one`,
    );
  });
}

function judged(value: number, unit: string, most: number): string {
  return `${value.toFixed(0)} ${unit} (${value <= most ? 'ok' : 'MISSED'}, at most ${most})`;
}

function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function sayMachine(under: string): void {
  const model = cpus()[0]?.model ?? 'unknown';
  say(
    `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${availableParallelism()} cores (${model}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, in ${under}`,
  );
  say('Peers neither encrypt nor fsync; ours does both before it answers.');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      folder: { type: 'string' },
    },
  });
  const size = values.quick ? quick : full;
  const wanted = servers.filter(
    (server) => values.only.length === 0 || values.only.some((part) => server.name.startsWith(part)),
  );
  const under = values.folder ?? mkdtempSync(join(tmpdir(), 'coffre-bench-'));
  mkdirSync(under, { recursive: true });
  try {
    sayMachine(under);
    for (const { name, missing } of wanted) if (missing !== undefined) say(`${name}: ${missing}`);
    const chosen = wanted.filter((server) => server.missing === undefined);
    const all = await rounds(chosen, size, Number(values.rounds ?? (values.quick ? 1 : 3)), under);
    printTable(chosen, size, all);
    printRatios(size, all);
    if (chosen.includes(coffre)) await printFootprint(size, under);
  } finally {
    if (values.folder === undefined) rmSync(under, { recursive: true, force: true });
  }
}

await main();
