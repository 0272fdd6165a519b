// A data folder that is damaged in every way that repair knows, brought back from another folder by the program as people run it.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, it } from 'node:test';
import { startServer } from '../support/server.ts';
import { aliceIn, CliWorld, noise } from './cli-world.ts';

const world = new CliWorld();
const alice = aliceIn(world);
const names = [
  'canary-one.jpg',
  'canary-two.mp4',
  'canary-three.mp3',
  'canary-four.pdf',
  'canary-five.xyz',
  'small.txt',
];
const contents = new Map(names.map((name, seed) => [name, noise(name === 'small.txt' ? 900 : 300_000 + seed, seed)]));
const data = world.path('data');
const other = world.path('other');

before(async () => {
  await alice.make();
  for (const [name, content] of contents)
    await world.ok(['put', world.write(name, content), 'alice:/', ...alice.proof]);
  cpSync(data, other, { recursive: true });
});
after(() => world.remove());

/** Of large content: a small chunk that was damaged inside the database has its file too, once it is repaired. */
function chunkFiles(folder: string): string[] {
  const chunks = join(folder, 'chunks');
  return readdirSync(chunks)
    .sort()
    .flatMap((prefix) => readdirSync(join(chunks, prefix)).map((id) => join(chunks, prefix, id)))
    .filter((path) => statSync(path).size > 16_384);
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.with(1000, (bytes[1000] ?? 0) ^ 4));
}

/** Past the guards of the schema: what a disk may do, no program of ours can. */
function damageSmallChunks(folder: string): void {
  const database = new DatabaseSync(join(folder, 'journal.db'));
  for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all())
    database.exec(`DROP TRIGGER "${String(name)}"`);
  const rows = database.prepare('SELECT no, bytes FROM chunk_data').all();
  assert.ok(rows.length > 0);
  for (const { no, bytes } of rows) {
    assert.ok(bytes instanceof Uint8Array);
    database.prepare('UPDATE chunk_data SET bytes = ? WHERE no = ?').run(bytes.with(50, (bytes[50] ?? 0) ^ 1), no ?? 0);
  }
  database.close();
}

async function everythingReads(): Promise<void> {
  for (const [name, content] of contents) {
    const got = await world.ok(['get', `alice:/${name}`, '-o', '-', ...alice.proof]);
    assert.equal(Buffer.compare(got.bytes, content), 0, name);
  }
}

interface OwnerRow {
  readonly path: readonly string[];
  readonly kind: string;
  readonly fate: string;
  readonly as: string;
  readonly from: readonly string[];
}

async function ownersReport(): Promise<readonly OwnerRow[]> {
  const ran = await world.run(['loss-report', 'alice', '--password-file', alice.password, '--json']);
  return (JSON.parse(ran.out) as { readonly files: readonly OwnerRow[] }).files;
}

it('works: Repair: chunks that were flipped, cut, emptied, made longer, removed, or damaged inside the database are whole again, from another folder', async () => {
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = chunkFiles(data);
  flip(first);
  truncateSync(second, 500);
  rmSync(third);
  truncateSync(fourth, 0);
  flip(fifth);
  appendFileSync(fifth, 'what stands behind the end');
  damageSmallChunks(data);
  const found = await world.run(['verify', '--json']);
  assert.equal(found.code, 7);
  const repaired = await world.run(['verify', '--repair', '--from', other]);
  assert.equal(repaired.code, 0, repaired.err + repaired.out);
  assert.match(repaired.out, /Repaired: 6 chunks/);
  assert.equal((await world.run(['verify'])).code, 0);
  await everythingReads();
  for (const path of chunkFiles(other))
    assert.equal(
      Buffer.compare(
        readFileSync(path.replace(other, data)).subarray(0, readFileSync(path).length),
        readFileSync(path),
      ),
      0,
    );
});

it('says what was lost and came back: to the owner by name and kind, to the operator by ids and counts without a name', async () => {
  const rows = await ownersReport();
  const kinds = { jpg: 'photo', mp4: 'video', mp3: 'music', pdf: 'document', xyz: 'other', txt: 'document' } as const;
  assert.deepEqual(
    rows.map(({ path, kind, fate, as }) => [path[0], kind, fate, as]).sort(),
    names.map((name) => [name, kinds[name.split('.')[1] as keyof typeof kinds], 'back', 'current']).sort(),
  );
  assert.ok(rows.every((each) => each.from.length === 1 && each.from[0] === other));
  for (const args of [['loss-report'], ['loss-report', '--json'], ['verify'], ['verify', '--json']]) {
    const ran = await world.run(args);
    assert.equal(ran.code, 0);
    for (const name of [...names, 'canary', 'alice']) assert.ok(!`${ran.out}${ran.err}`.includes(name), name);
  }
  const folder = join(data, 'copies');
  const kept = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  assert.ok(kept.length > 0 && kept.every((text) => !/canary|alice|small/.test(text)));
});

it('names exactly what is damaged on both sides as gone, until a folder that has it is found', async () => {
  const third = world.path('third');
  cpSync(other, third, { recursive: true });
  const [first = '', second = '', , fourth = ''] = chunkFiles(data);
  for (const path of [first, second, fourth]) flip(path);
  flip(first.replace(data, other));
  rmSync(second.replace(data, other));
  const half = await world.run(['verify', '--repair', '--from', other, '--json']);
  assert.equal(half.code, 7);
  const { repair } = JSON.parse(half.out) as {
    readonly repair: { readonly gone: readonly string[]; readonly repaired: number };
  };
  assert.deepEqual(
    [[...repair.gone].sort(), repair.repaired],
    [[first, second].map((path) => path.slice(-64)).sort(), 1],
  );
  const gone = (await ownersReport()).filter((each) => each.fate === 'gone');
  assert.equal(gone.length, 2);
  for (const name of names) {
    const ran = await world.run(['get', `alice:/${name}`, '-o', '-', ...alice.proof]);
    const isGone = gone.some((each) => each.path[0] === name);
    assert.equal(ran.code === 0, !isGone, name);
    if (!isGone) assert.equal(Buffer.compare(ran.bytes, contents.get(name) ?? new Uint8Array(0)), 0);
  }
  await world.ok(['verify', '--repair', '--from', other, '--from', third]);
  await everythingReads();
  assert.deepEqual(
    (await ownersReport()).filter((each) => each.fate !== 'back'),
    [],
  );
});

it('repairs while a server serves the folder, and takes no other bytes for those of a chunk', async () => {
  const server = await startServer({ dataFolder: data });
  try {
    const [first = '', second = ''] = chunkFiles(data);
    flip(first);
    flip(second);
    // The one source that is there holds other bytes under this name.
    const lying = world.path('lying');
    cpSync(world.path('third'), lying, { recursive: true });
    writeFileSync(first.replace(data, lying), readFileSync(second.replace(data, lying)));
    const ran = await world.run(['verify', '--repair', '--from', lying, '--json']);
    assert.equal(ran.code, 7);
    await world.ok(['verify', '--repair', '--from', world.path('third')]);
    await everythingReads();
  } finally {
    await server.stop();
  }
});

it('works: Repair: a read that meets damage is answered with the right bytes when a copy has them, and with none when it has not', async () => {
  const copy = world.path('copy');
  mkdirSync(copy);
  await world.ok(['copy', 'add', copy, '--label', 'B']);
  const server = await startServer({ dataFolder: data });
  try {
    const [first = '', second = '', third = ''] = chunkFiles(data);
    flip(first);
    rmSync(second);
    flip(third);
    flip(third.replace(data, copy));
    const bad = new Set<string>();
    for (const [name, content] of contents) {
      const ran = await world.run(['get', `alice:/${name}`, '-o', '-', ...alice.proof]);
      if (ran.code === 0) assert.equal(Buffer.compare(ran.bytes, content), 0, name);
      else bad.add(name);
    }
    assert.equal(bad.size, 1);
    assert.equal((await world.run(['verify'])).code, 7);
    await world.ok(['verify', '--repair', '--from', world.path('third')]);
    assert.equal((await world.run(['copy', 'verify', copy, '--repair'])).code, 0);
    assert.equal((await world.run(['copy', 'verify', copy])).code, 0);
    await everythingReads();
  } finally {
    await server.stop();
  }
});
