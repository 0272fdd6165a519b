// 2009: the database and its backup failed together, and nobody had tried to restore before.
//
//   npm run demo:sidekick [-- --files 600]
//
// Two copies B and C. The data folder is destroyed and a bit is flipped at 1,000 places in B. An instance is restored from C and the
// kits, then from B alone, which must list its losses exactly, then from both together. Control: a database with one
// dump, whose dump meets the same damage.
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { compared, dice, type Person, type Ran, Stage, sumsOf } from './stage.ts';

const places = 1000;

interface Report {
  readonly lost: readonly { readonly vault: string; readonly path: readonly string[] }[];
}

function objectsIn(folder: string): readonly { readonly path: string; readonly sizeBytes: number }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .map((path) => ({ path, sizeBytes: statSync(path).size }))
    .toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

function flipBit(path: string, at: number, bit: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ (1 << bit);
  writeSync(file, byte, 0, 1, at);
  closeSync(file);
}

/** Single bits all over the content of a copy: each place is equally likely. */
function corrupt(folder: string): number {
  const objects = objectsIn(folder);
  const total = objects.reduce((sum, each) => sum + each.sizeBytes, 0);
  const roll = dice('sidekick');
  const hit = new Set<string>();
  for (let place = 0; place < places; place += 1) {
    let at = roll(total);
    for (const { path, sizeBytes } of objects) {
      if (at < sizeBytes) {
        flipBit(path, at, roll(8));
        hit.add(path);
        break;
      }
      at -= sizeBytes;
    }
  }
  return hit.size;
}

async function rescued(stage: Stage, person: Person, from: readonly string[], to: string): Promise<Report & Ran> {
  const sources = from.flatMap((each) => ['--from', stage.path(each)]);
  const args = ['rescue', ...sources, '--kit', person.kit, '--to', stage.path(to), '--json'];
  const ran = await stage.coffre(args, [0, 8]);
  return { ...ran, ...(JSON.parse(ran.out) as Report) };
}

async function restoreFrom(
  stage: Stage,
  people: readonly Person[],
  from: readonly string[],
  to: string,
): Promise<void> {
  const sources = from.flatMap((each) => ['--from', stage.path(each)]);
  const kit = ['--operator-kit', stage.path('operator.kit')];
  const ran = await stage.coffre(['restore', ...sources, '--to', stage.path(to), ...kit], [0]);
  let same = 0;
  let all = 0;
  for (const { name, password, own } of people) {
    const out = stage.path(`${to}-${name}`);
    await stage.coffre(['get', `${name}:/`, '-o', out, '--data', stage.path(to), '--password-file', password]);
    const wanted = sumsOf(own);
    same += compared(wanted, sumsOf(out)).same;
    all += wanted.size;
  }
  stage.check(
    `restored from ${from.join(' and ')} in ${ran.seconds.toFixed(1)} s: ${same} of ${all} files identical`,
    same === all,
  );
}

/** B alone: what it gives is right, and what it cannot give is listed, to the file. */
async function restoreFromDamaged(stage: Stage, people: readonly Person[]): Promise<void> {
  const kit = ['--operator-kit', stage.path('operator.kit')];
  const ran = await stage.coffre(['restore', '--from', stage.path('B'), '--to', stage.path('from-B'), ...kit], [0, 8]);
  stage.check(
    `restore from B alone in ${ran.seconds.toFixed(1)} s says that something could not be had`,
    ran.code === 8,
  );
  let [same, wrong, lost, listedExactly] = [0, 0, 0, true];
  for (const person of people) {
    const { lost: listed } = await rescued(stage, person, ['from-B'], `rescued-${person.name}`);
    const result = compared(sumsOf(person.own), sumsOf(stage.path(`rescued-${person.name}`, 'files')));
    same += result.same;
    wrong += result.wrong;
    lost += result.missing.length;
    const names = listed.map((each) => each.path.join('/')).toSorted();
    listedExactly &&= JSON.stringify(names) === JSON.stringify([...result.missing].toSorted());
  }
  stage.check(`${same} files are there, identical; ${wrong} with wrong bytes`, wrong === 0 && same > 0);
  stage.check(`${lost} files are lost, and exactly those are listed`, listedExactly && lost > 0);
}

/** A database with one dump. */
function control(stage: Stage, people: readonly Person[]): void {
  const wanted = new Map<string, string>();
  const database = new DatabaseSync(stage.path('control.db'));
  database.exec('CREATE TABLE file(path TEXT PRIMARY KEY, content BLOB)');
  const insert = database.prepare('INSERT INTO file VALUES (?, ?)');
  for (const { name, own } of people) {
    for (const [path, sum] of sumsOf(own)) {
      wanted.set(`${name}/${path}`, sum);
      insert.run(`${name}/${path}`, readFileSync(join(own, path)));
    }
  }
  mkdirSync(stage.path('backup'));
  database.exec(`VACUUM INTO '${stage.path('backup', 'dump.db')}'`);
  database.close();
  rmSync(stage.path('control.db'));
  corrupt(stage.path('backup'));
  mkdirSync(stage.path('control'));
  let [read, failed] = [0, ''];
  try {
    const dump = new DatabaseSync(stage.path('backup', 'dump.db'), { readOnly: true });
    for (const row of dump.prepare('SELECT path, content FROM file').iterate()) {
      const path = stage.path('control', String(row['path']));
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, row['content'] as Uint8Array);
      read += 1;
    }
  } catch (error) {
    failed = `, then: ${(error as Error).message}`;
  }
  const { same, wrong, missing } = compared(wanted, sumsOf(stage.path('control')));
  stage.say(`control: the dump gave ${read} rows${failed}`);
  stage.check(
    `the control fails: ${same} of ${wanted.size} files right, ${wrong} wrong without a word, ${missing.length} gone and nobody can say which`,
    wrong + missing.length > 0,
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { files: { type: 'string', default: '600' } } });
  const stage = new Stage();
  try {
    const each = Math.ceil(Number(values.files) / 2);
    stage.say(`two people with ${each} files each, of real formats`);
    const people = [await stage.person('alice', each), await stage.person('bob', each)];
    const data = ['--data', stage.path('data')];
    await stage.coffre(['operator-kit', 'create', stage.path('operator.kit'), ...data]);
    for (const copy of ['B', 'C']) {
      mkdirSync(stage.path(copy));
      const { seconds } = await stage.coffre(['copy', 'add', stage.path(copy), '--label', copy, ...data]);
      stage.say(`copy ${copy} is whole after ${seconds.toFixed(1)} s`);
    }
    rmSync(stage.path('data'), { recursive: true });
    rmSync(stage.path('data.key'));
    // Of what it holds, the content: a journal that is hit ends where it is hit, which would hide how exact the list is.
    const hit = corrupt(stage.path('B', 'chunks'));
    stage.say(
      `the data folder and its key are destroyed; a bit is flipped at ${places} places of B, in ${hit} objects`,
    );
    await restoreFrom(stage, people, ['C'], 'from-C');
    await restoreFromDamaged(stage, people);
    await restoreFrom(stage, people, ['B', 'C'], 'from-both');
    control(stage, people);
  } finally {
    stage.end();
  }
}

await main();
