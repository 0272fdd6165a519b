// 2019: a faulty component of a photo cloud erased files of several hundred people; only a part came back, and nobody could say
// which.
//
//   npm run demo:mycloud [-- --files 2000]
//
// Files of three people, and a copy B. A faulty component hits 5 %: half by deleting and corrupting chunk files, half by valid
// operations that remove files. The report must name exactly those, and all must come back. Then the same content is hit
// in the folder and in B: that is named as gone, and nothing else. Control: a plain folder, backed up with rsync --delete.
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { unlockByHeader } from '#accounts/instance.ts';
import { present } from '#base/assert.ts';
import { isFault } from '#base/fault.ts';
import { Secret } from '#base/secret.ts';
import { findIdentity } from '#format/identity.ts';
import { openJournalReader } from '#store/journal/sqlite-reader.ts';
import { readPlainly } from '#vault/files/second-reader.ts';
import { VaultKeys } from '#vault/vault-keys.ts';
import { compared, dice, type Person, Stage, sumsOf } from './stage.ts';

interface Damaged {
  readonly files: readonly { readonly path: readonly string[]; readonly fate: string }[];
}

interface Removed {
  readonly files: readonly { readonly path: readonly string[]; readonly how: string }[];
}

/** A file whose content is chunk files that no other file shares. */
interface Target {
  readonly person: Person;
  readonly path: string;
  readonly chunks: readonly string[];
}

/** Asked of the journal with each person's kit, before anything is hit. */
async function targetsIn(stage: Stage, people: readonly Person[]): Promise<readonly Target[]> {
  const reader = openJournalReader(stage.path('data'));
  const targets: Target[] = [];
  try {
    for (const person of people) {
      const kit = new Secret(present(findIdentity(readFileSync(person.kit, 'utf8')), 'kit'));
      for (const vault of await reader.vaults()) {
        const opened = await unlockByHeader(reader, vault, kit).catch((error: unknown) => {
          if (isFault(error, 'bad-key')) return undefined;
          throw error;
        });
        if (opened === undefined) continue;
        const { tree } = await readPlainly(
          reader,
          VaultKeys.unlock(vault, opened.secrets.secret, opened.header.epochs),
        );
        for (const file of tree.files()) {
          const chunks = file.pieces.map((piece) => piece.chunk);
          const rows = await Promise.all(chunks.map((id) => reader.chunk(id)));
          const isInFiles = chunks.length > 0 && rows.every((row) => row?.place === 'file');
          if (isInFiles) targets.push({ person, path: file.path.join('/'), chunks });
        }
      }
    }
  } finally {
    await reader.close();
  }
  return targets;
}

/** So many of them, by chance. */
function drawn(targets: readonly Target[], count: number, seed: string): readonly Target[] {
  const roll = dice(seed);
  const left = [...targets];
  return Array.from({ length: count }, () => present(left.splice(roll(left.length), 1)[0], 'target'));
}

/** One is deleted, one cut short, one has a bit flipped, one is emptied, in turn. */
function hit(folder: string, targets: readonly Target[]): void {
  for (const [index, { chunks }] of targets.entries()) {
    const id = present(chunks[0], 'chunk');
    const path = join(folder, 'chunks', id.slice(0, 2), id);
    const way = index % 4;
    if (way === 0) rmSync(path);
    else if (way === 1) truncateSync(path, 1000);
    else if (way === 2) {
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    } else truncateSync(path, 0);
  }
}

function namesOf(person: Person, targets: readonly Target[]): readonly string[] {
  return targets
    .filter((each) => each.person === person)
    .map((each) => each.path)
    .toSorted();
}

const same = (one: readonly string[], other: readonly string[]): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

class MyCloud {
  readonly #stage: Stage;
  readonly #people: readonly Person[];
  readonly #data: readonly string[];

  constructor(stage: Stage, people: readonly Person[]) {
    this.#stage = stage;
    this.#people = people;
    this.#data = ['--data', stage.path('data')];
  }

  async damaged(person: Person): Promise<Damaged['files']> {
    const args = ['loss-report', person.name, '--json', ...this.#data, '--password-file', person.password];
    return (JSON.parse((await this.#stage.coffre(args, [0, 7])).out) as Damaged).files;
  }

  /** Damage of stored content, found by reading everything back, and repaired from B as far as B has it. */
  async repair(content: readonly Target[], gone: readonly Target[]): Promise<void> {
    const found = await this.#stage.coffre(['verify', ...this.#data], [0, 7]);
    this.#stage.check(
      `verify found the damage (exit code ${found.code}, ${found.seconds.toFixed(1)} s)`,
      found.code === 7,
    );
    const args = ['verify', '--repair', '--from', this.#stage.path('B'), ...this.#data];
    const { seconds } = await this.#stage.coffre(args, [0, 7]);
    for (const person of this.#people) {
      const files = await this.damaged(person);
      const byFate = (isGone: boolean): readonly string[] =>
        files
          .filter((each) => (each.fate === 'gone') === isGone)
          .map((each) => each.path.join('/'))
          .toSorted();
      const [lost, back] = [namesOf(person, gone), namesOf(person, content)];
      this.#stage.check(
        `${person.name}: the report names exactly the ${back.length} files that came back and the ${lost.length} that are gone`,
        same(byFate(true), lost) && same(byFate(false), back),
      );
    }
    this.#stage.say(`  repaired from B in ${seconds.toFixed(1)} s`);
  }

  async remove(targets: readonly Target[]): Promise<void> {
    for (const person of this.#people) {
      const paths = namesOf(person, targets).map((path) => `${person.name}:/${path}`);
      if (paths.length === 0) continue;
      const proof = [...this.#data, '--password-file', person.password];
      await this.#stage.coffre(['rm', ...paths, ...proof]);
      await this.#stage.coffre(['trash', 'empty', person.name, ...proof]);
    }
  }

  async bringBack(since: string, targets: readonly Target[]): Promise<void> {
    for (const person of this.#people) {
      const proof = ['--since', since, '--json', ...this.#data, '--password-file', person.password];
      const ran = await this.#stage.coffre(['loss-report', person.name, ...proof], [0, 7]);
      const named = (JSON.parse(ran.out) as Removed).files.map((each) => each.path.join('/')).toSorted();
      const wanted = namesOf(person, targets);
      this.#stage.check(
        `${person.name}: the report names exactly the ${wanted.length} files that operations removed`,
        same(named, wanted),
      );
      await this.#stage.coffre(['loss-report', person.name, '--bring-back', ...proof], [0]);
    }
  }

  /** With the sums that were made from the originals, by a program of the system. */
  async checkAll(round: string, without: readonly Target[] = []): Promise<void> {
    for (const person of this.#people) {
      const out = this.#stage.path(`${round}-${person.name}`);
      const proof = [...this.#data, '--password-file', person.password];
      await this.#stage.coffre(
        ['get', `${person.name}:/`, '-o', out, ...proof],
        without.length === 0 ? [0] : [0, 7, 8],
      );
      const lost = new Set(namesOf(person, without));
      const sums = [...sumsOf(person.own)].filter(([path]) => !lost.has(path));
      const list = this.#stage.path(`${round}-${person.name}.sha256`);
      writeFileSync(list, sums.map(([path, sum]) => `${sum}  ${path}\n`).join(''));
      let [verdict, isFine] = ['', true];
      try {
        execFileSync('sha256sum', ['-c', '--quiet', list], { cwd: out, encoding: 'utf8' });
      } catch (error) {
        isFine = false;
        verdict = `: ${String((error as { stdout?: unknown }).stdout).slice(0, 300)}`;
      }
      this.#stage.check(`${person.name}: sha256sum -c of ${sums.length} files${verdict}`, isFine);
    }
  }
}

/** A plain folder that is backed up every night. */
function control(stage: Stage, people: readonly Person[], targets: readonly Target[]): void {
  const night = (): void => {
    execFileSync('rsync', ['-a', '--delete', `${stage.path('plain')}/`, stage.path('plain-backup')]);
  };
  for (const { name, own } of people) {
    mkdirSync(stage.path('plain'), { recursive: true });
    execFileSync('cp', ['-a', own, stage.path('plain', name)]);
  }
  const wanted = sumsOf(stage.path('plain'));
  night();
  for (const [index, { person, path }] of targets.entries()) {
    const file = stage.path('plain', person.name, path);
    if (index % 2 === 0) rmSync(file);
    else appendFileSync(file, 'damage');
  }
  night();
  const { same: right, wrong, missing } = compared(wanted, sumsOf(stage.path('plain-backup')));
  stage.check(
    `the control fails: after the next night the backup has ${right} of ${wanted.size} right, ${wrong} damaged, and no trace of ${missing.length}`,
    wrong + missing.length === targets.length,
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { files: { type: 'string', default: '2000' } } });
  const stage = new Stage();
  try {
    const total = Number(values.files);
    const each = Math.ceil(total / 3);
    const people: Person[] = [];
    for (const name of ['alice', 'bob', 'carol']) people.push(await stage.person(name, each));
    const data = ['--data', stage.path('data')];
    mkdirSync(stage.path('B'));
    const { seconds } = await stage.coffre(['copy', 'add', stage.path('B'), '--label', 'B', ...data]);
    stage.say(`three people with ${each} files each, of real formats; copy B is whole after ${seconds.toFixed(1)} s`);
    const targets = await targetsIn(stage, people);
    const count = Math.round(total * 0.025);
    const chosen = drawn(targets, count * 4, 'mycloud');
    const [content, removed, again] = [chosen.slice(0, count), chosen.slice(count, 2 * count), chosen.slice(2 * count)];
    // Later than the last file, by the clock that the entries carry.
    await setTimeout(1100);
    const since = new Date().toISOString();
    await setTimeout(1100);
    const cloud = new MyCloud(stage, people);
    stage.say(
      `a faulty component hits ${count} files in their chunks, and removes ${removed.length} by valid operations`,
    );
    hit(stage.path('data'), content);
    await cloud.remove(removed);
    await cloud.repair(content, []);
    await cloud.bringBack(since, removed);
    await cloud.checkAll('first');
    const gone = again.slice(0, Math.ceil(again.length / 3));
    stage.say(`it hits ${again.length} more, and for ${gone.length} of them the copy as well`);
    hit(stage.path('data'), again);
    hit(stage.path('B'), gone);
    const back = [...content, ...again.slice(gone.length)];
    await cloud.repair(back, gone);
    await cloud.checkAll('second', gone);
    control(stage, people, [...content, ...removed]);
  } finally {
    stage.end();
  }
}

await main();
