// Copies are proven by the real program while it serves: read back, repaired, drilled, and what was found is kept.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { assertCopyIsComplete } from '../copies/compare-copy.ts';
import { restart, startServer, type TestServer } from '../support/server.ts';
import { CliWorld, noise } from './cli-world.ts';

const world = new CliWorld();
const [B, C] = [world.path('B'), world.path('C')];
let server: TestServer | undefined;
let folder = '';

after(async () => {
  await server?.discard();
  world.remove();
});

interface Proof {
  readonly provenMs: number | null;
  readonly verified: { readonly found: number; readonly repaired: number; readonly toMs: number } | null;
  readonly round: { readonly fromMs: number; readonly done: number } | null;
  readonly drilled: {
    readonly fromMs: number;
    readonly restoreMs: number;
    readonly sizeBytes: number;
    readonly missingChunks: number;
  } | null;
  readonly damaged: number;
  readonly overdue: readonly string[];
}
interface Status {
  readonly copies: readonly {
    readonly label: string;
    readonly copy: string;
    readonly state: string;
    readonly proof: Proof;
  }[];
  readonly primary: Proof;
}

const running = (): TestServer => server ?? assert.fail('the server runs');
const inData = (...args: readonly string[]): readonly string[] => [...args, '--data', folder];

async function status(): Promise<Status> {
  return JSON.parse((await world.run(inData('copy', 'status', '--json'))).out) as Status;
}

/** However slow the machine is. */
async function until(holds: (found: Status) => boolean): Promise<Status> {
  for (let tries = 0; tries < 200; tries += 1) {
    const found = await status();
    if (holds(found)) return found;
    await setTimeout(1000);
  }
  assert.fail(JSON.stringify(await status(), undefined, 1));
}

/** Figures are gathered once a minute. */
async function untilMeasured(pattern: RegExp): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (pattern.test(await (await fetch(`${running().url}/metrics`)).text())) return;
    await setTimeout(1000);
  }
  assert.fail(String(pattern));
}

const proofOf = ({ copies }: Status, label: string): Proof =>
  copies.find((each) => each.label === label)?.proof ?? assert.fail(label);

/** As if a period had gone by since the round of each copy began. */
function letRoundsEnd(): void {
  const copies = join(folder, 'copies');
  for (const name of readdirSync(copies).filter((each) => each.startsWith('verify'))) {
    const state = JSON.parse(readFileSync(join(copies, name), 'utf8')) as { round?: { startedMs: number } };
    if (state.round === undefined) continue;
    state.round.startedMs -= 31 * 24 * 60 * 60_000;
    writeFileSync(join(copies, name), JSON.stringify(state));
  }
}

function objectsOf(copy: string, part: string): readonly string[] {
  return readdirSync(copy, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .filter((path) => path.includes(part) && !path.endsWith('.new'))
    .sort();
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** The lines that are kept of a kind. */
function kept(kind: 'results' | 'losses'): readonly Readonly<Record<string, unknown>>[] {
  const texts = objectsOf(join(folder, 'copies'), kind).map((path) => readFileSync(path, 'utf8'));
  const lines = texts.join('').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

/** Those of a copy that are files in the data folder too, as large ones are. */
const largeChunks = (copy: string): readonly string[] =>
  objectsOf(copy, '/chunks/').filter((path) => existsSync(join(folder, path.slice(copy.length))));

const bytesOf = (copy: string): ReadonlyMap<string, string> =>
  new Map(objectsOf(copy, '/').map((path) => [path, readFileSync(path, 'base64')]));

it('works: Copies: a new copy is drilled soon after it is whole, with the time that reading everything took', async () => {
  // Drills are at a time of day that is half a day away: the first one does not wait for it.
  const atMinute = (new Date().getHours() + 12) % 24;
  server = await startServer({ env: { COFFRE_DRILL_AT: `${String(atMinute).padStart(2, '0')}:00` } });
  folder = server.dataFolder;
  const client = server.client();
  for (let at = 0; at < 12; at += 1)
    assert.equal((await client.put(`f${at}`, noise(70_000 + at * 9000, at))).status, 201);
  assert.equal((await client.put('large', noise(5_000_000, 99))).status, 201);
  for (const copy of [B, C]) {
    mkdirSync(copy);
    await world.ok(inData('copy', 'add', copy));
  }
  const found = await until((each) => each.copies.every(({ proof }) => proof.drilled !== null && proof.round !== null));
  for (const { proof } of found.copies) {
    assert.ok((proof.drilled?.sizeBytes ?? 0) > 5_000_000 && (proof.drilled?.restoreMs ?? 0) >= 1);
    assert.deepEqual([proof.drilled?.missingChunks, proof.damaged, proof.overdue], [0, 0, []]);
    assert.ok(proof.provenMs !== null);
  }
  const { out } = await world.ok(inData('copy', 'status'));
  assert.match(out, /^B: proven 20.*% read back since .*; drill 20.* in .*, nothing missing$/m);
});

it('works: Copies: damage in a copy is found when everything is read back, repaired while the server is used, and kept', async () => {
  const whole = bytesOf(B);
  await running().stop();
  const [chunk = '', missing = ''] = objectsOf(B, '/chunks/');
  const headers = objectsOf(B, '/headers/');
  const [segment = ''] = objectsOf(B, '/segments/');
  for (const path of [chunk, segment, ...headers]) flip(path);
  rmSync(missing);
  letRoundsEnd();
  server = await restart(running(), { env: { COFFRE_DRILL_AT: 'off' } });
  const client = server.client();
  let isOver = false;
  const load = (async () => {
    for (let at = 0; !isOver; at += 1) {
      assert.equal((await client.put(`load-${at % 20}`, noise(30_000, at))).status < 300, true);
      assert.equal((await client.get(`load-${at % 20}`)).status, 200);
      await setTimeout(20);
    }
  })();
  const found = await until((each) => proofOf(each, 'B').verified !== null && proofOf(each, 'C').verified !== null);
  isOver = true;
  await load;
  // Some were met when what was new was read back, and the others over the period.
  const mended = kept('results').filter((each) => each['where'] === B && each['kind'] === 'verify');
  const sum = (field: string): number => mended.reduce((total, each) => total + Number(each[field]), 0);
  assert.deepEqual([sum('found'), sum('repaired')], [3 + headers.length, 3 + headers.length]);
  assert.equal(proofOf(found, 'B').damaged, 0);
  assert.equal(proofOf(found, 'C').verified?.found, 0);
  const now = bytesOf(B);
  for (const [path, bytes] of whole) assert.equal(now.get(path), bytes, path);
});

it('works: Copies: a piece that the data folder and one copy have lost comes back to both from the other copy', async () => {
  await running().stop();
  const [path = ''] = largeChunks(B);
  const name = path.slice(B.length);
  const before = readFileSync(path);
  flip(path);
  rmSync(join(folder, name));
  letRoundsEnd();
  const { toMs = 0 } = proofOf(await status(), 'B').verified ?? {};
  server = await restart(running(), { env: { COFFRE_DRILL_AT: 'off' } });
  await until((each) => (proofOf(each, 'B').verified?.toMs ?? 0) > toMs);
  assert.equal(Buffer.compare(readFileSync(path), before), 0);
  assert.equal(Buffer.compare(readFileSync(join(folder, name)), before), 0);
  assert.ok(
    kept('losses').some((each) => each['where'] === 'primary' && each['what'] === 'repaired' && each['from'] === C),
  );
});

it('works: Copies: drills are made at the time of day that is set, in turn, and name what a restore would lack', async () => {
  await running().stop();
  const before = await status();
  const last = Math.max(...before.copies.map(({ proof }) => proof.drilled?.fromMs ?? 0));
  // What was kept says that the last ones were yesterday.
  const copies = join(folder, 'copies');
  for (const each of readdirSync(copies).filter((name) => name.startsWith('results'))) {
    const text = readFileSync(join(copies, each), 'utf8');
    const dayMs = 24 * 60 * 60_000;
    writeFileSync(
      join(copies, each),
      text.replace(
        /("kind":"drill".*"fromMs":)(\d+)/g,
        (_all, start: string, ms: string) => `${start}${Number(ms) - dayMs}`,
      ),
    );
  }
  const first = before.copies.toSorted((a, b) => (a.proof.drilled?.fromMs ?? 0) - (b.proof.drilled?.fromMs ?? 0))[0];
  const label = first?.label ?? '';
  // The same chunk everywhere: nothing can repair it, and the drill has to say so.
  const path = largeChunks(B)[1] ?? '';
  const name = path.slice(B.length);
  for (const place of [B, C, folder]) flip(join(place, name));
  const now = new Date();
  const time = `${String(now.getHours()).padStart(2, '0')}:${String(now.getMinutes()).padStart(2, '0')}`;
  server = await restart(running(), { env: { COFFRE_DRILL_AT: time } });
  const found = await until(
    (each) => (proofOf(each, label).drilled?.fromMs ?? 0) > last && proofOf(each, label).damaged > 0,
  );
  assert.equal(proofOf(found, label).drilled?.missingChunks, 1);
  const others = found.copies.filter((each) => each.label !== label);
  assert.ok(
    others.every(({ proof }) => (proof.drilled?.fromMs ?? 0) < last),
    'one in a night',
  );
  const shown = await world.run(inData('copy', 'status'));
  assert.equal(shown.code, 8);
  assert.match(shown.err, new RegExp(`${label}: 1 stored piece damaged or missing`));
  await untilMeasured(/^coffre_drill_restore_seconds\{copy="[0-9a-f]{32}"\} [0-9.]+$/m);
  for (const place of [B, C, folder]) flip(join(place, name));
  await server.stop();
});

it('copy verify and copy drill take a label; what they prove is kept, and shown also when no server runs', async () => {
  const verified = await world.ok(inData('copy', 'verify', 'B', '--repair'));
  assert.match(verified.out, /No damage was found/);
  const drilled = await world.ok(inData('copy', 'drill', 'B'));
  assert.match(drilled.out, /was read and hashed in/);
  const { verified: result, drilled: drill } = proofOf(await status(), 'B');
  assert.ok(result !== null && drill !== null && drill.fromMs >= result.toMs);
  assert.equal((await world.run(inData('copy', 'drill', 'nothing of that name'))).code, 3);
  await assertCopyIsComplete(folder, B);
});
