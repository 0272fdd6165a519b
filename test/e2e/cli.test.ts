import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { aliceIn, CliWorld, noise } from './cli-world.ts';

const pieceBytes = 4 * 1024 * 1024;
const world = new CliWorld();
const { password, kit, proof: asAlice, make } = aliceIn(world);

const contents: ReadonlyMap<string, Uint8Array> = new Map([
  ['empty', new Uint8Array(0)],
  ['one byte', new Uint8Array([0])],
  ['two pieces and a bit.bin', noise(2 * pieceBytes + 1, 1)],
  ['exactly one piece', noise(pieceBytes, 2)],
  ['zeros', new Uint8Array(100_000)],
  ['Été – 写真 🙂.txt', noise(100, 3)],
  ['line\nbreak\tand \\ backslash', noise(101, 4)],
  ['-o', noise(102, 5)],
  ['a:b', noise(103, 6)],
]);

interface Node {
  readonly name: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

before(make);
after(() => world.remove());

describe('accounts', () => {
  it('keeps kit and key to their owner, and never prints the kit', () => {
    for (const path of [kit, world.path('data.key')]) assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(world.path('data')).mode & 0o777, 0o700);
    assert.match(readFileSync(kit, 'utf8'), /^AGE-SECRET-KEY-1[0-9A-Z]+$/m);
  });

  it('never writes over a kit, and leaves none behind for an account that was not made', async () => {
    const before = readFileSync(kit);
    const over = await world.run(['account', 'create', 'bob', '--password-file', password, '--kit-file', kit]);
    assert.equal(over.code, 5);
    assert.deepEqual(readFileSync(kit), before);
    const taken = await world.run(['account', 'create', 'alice', '--password-file', password]);
    assert.equal(taken.code, 5);
    assert.match(taken.err, /the name is taken/);
    const bad = await world.run(['account', 'create', '../Bob', '--password-file', password]);
    assert.equal(bad.code, 1);
    assert.deepEqual(readdirSync(world.folder).sort(), ['F', 'K', 'app', 'data', 'data.key']);
    assert.deepEqual(
      (await world.json<readonly { readonly name: string }[]>(['account', 'list'])).map((each) => each.name),
      ['alice'],
    );
  });

  it('takes the password from the environment and from standard input, and only its first line', async () => {
    await world.ok(['ls', 'alice:/'], { env: { COFFRE_PASSWORD_FILE: password } });
    await world.ok(['ls', 'alice:/', '--password-file', '-'], { input: 'correct horse battery' });
  });

  it('refuses a wrong password, an unknown account and a kit of somebody else in the same way', async () => {
    const wrong = world.write('wrong', 'not the password\n');
    const answers = [
      await world.run(['ls', 'alice:/', '--password-file', wrong]),
      await world.run(['ls', 'nobody:/', '--password-file', password]),
      await world.run(['ls', 'alice:/', '--app-password-file', wrong]),
    ];
    assert.deepEqual(
      answers.map((each) => [each.code, each.out]),
      [
        [4, ''],
        [4, ''],
        [4, ''],
      ],
    );
    rmSync(wrong);
  });

  it('does not let an app password reach what it was not made for', async () => {
    assert.equal((await world.run(['ls', 'alice:/', '--vault', 'documents', ...asAlice])).code, 3);
    assert.equal((await world.run(['app-password', 'create', 'alice', '--label', 'x', ...asAlice])).code, 2);
  });
});

describe('files', () => {
  it('works: command line: put and get bring back the same bytes, names and times', async () => {
    mkdirSync(world.path('in'));
    for (const [name, bytes] of contents) {
      world.write(join('in', name), bytes);
      utimesSync(world.path('in', name), 1_700_000_000.123, 1_700_000_000.123);
    }
    await world.ok(['mkdir', '-p', 'alice:/a b/é', ...asAlice]);
    const sources = [...contents.keys()].map((name) => world.path('in', name));
    const stored = await world.ok(['put', ...sources, 'alice:/a b/é/', ...asAlice]);
    assert.match(stored.out, new RegExp(`^${contents.size} files .* stored in alice:/a b/é, 0 failed\\.\n$`));

    await world.ok(['get', 'alice:/a b/é', '-o', 'out', ...asAlice]);
    assert.deepEqual(readdirSync(world.path('out')).sort(), [...contents.keys()].sort());
    for (const [name, bytes] of contents) {
      assert.ok(readFileSync(world.path('out', name)).equals(bytes), name);
      assert.equal(Math.floor(statSync(world.path('out', name)).mtimeMs), 1_700_000_000_123, name);
    }
    const listed = await world.json<readonly Node[]>(['ls', 'alice:/a b/é', ...asAlice]);
    assert.deepEqual(
      new Map(listed.map((each) => [each.name, each.sizeBytes])),
      new Map([...contents].map(([name, bytes]) => [name, bytes.length])),
    );
    assert.ok(listed.every((each) => each.mtimeMs === 1_700_000_000_123));
  });

  it('goes on where it was, replaces nothing unasked, and everything when told to', async () => {
    const again = await world.ok(['get', 'alice:/a b/é', '-o', 'out', ...asAlice]);
    assert.match(again.out, new RegExp(`^0 files .* fetched, ${contents.size} there already, 0 failed`));
    world.write(join('out', 'zeros'), 'mine');
    const kept = await world.run(['get', 'alice:/a b/é', '-o', 'out', ...asAlice]);
    assert.equal(kept.code, 8);
    assert.equal(readFileSync(world.path('out', 'zeros'), 'utf8'), 'mine');
    const single = await world.run(['get', 'alice:/a b/é/zeros', '-o', 'out', ...asAlice]);
    assert.equal(single.code, 5);
    await world.ok(['get', 'alice:/a b/é/zeros', '-o', 'out', '--force', ...asAlice]);
    assert.equal(readFileSync(world.path('out', 'zeros')).length, 100_000);
    assert.deepEqual(
      readdirSync(world.path('out')).filter((name) => name.endsWith('coffre-part')),
      [],
    );
  });

  it('pipes: from standard input, to standard output', async () => {
    await world.ok(['put', '-', 'alice:/piped', ...asAlice], { input: 'through a pipe' });
    const { bytes, err } = await world.ok(['get', 'alice:/piped', '-o', '-', ...asAlice]);
    assert.deepEqual([bytes.toString(), err], ['through a pipe', '']);
    const large = await world.ok(['get', 'alice:/a b/é/two pieces and a bit.bin', '-o', '-', ...asAlice]);
    assert.ok(large.bytes.equals(contents.get('two pieces and a bit.bin') ?? assert.fail()));
  });

  it('says what stands in the way, by exit code and in words', async () => {
    const cases: readonly (readonly [number, readonly string[]])[] = [
      [3, ['ls', 'alice:/nowhere']],
      [3, ['put', password, 'alice:/nowhere/x']],
      [5, ['put', password, 'alice:/piped', '--if-absent']],
      [5, ['mv', 'alice:/piped', 'alice:/a b/é/zeros']],
      [1, ['mv', 'alice:/a b', 'alice:/a b/é/']],
      [74, ['put', world.path('missing'), 'alice:/x']],
    ];
    for (const [code, args] of cases) {
      const ran = await world.run([...args, ...asAlice]);
      assert.equal(ran.code, code, `${args.join(' ')}: ${ran.err}`);
      assert.match(ran.err, /^coffre: /);
    }
  });
});

describe('import', () => {
  const source = world.path('tree');
  interface Summary {
    readonly files: number;
    readonly bytes: number;
    readonly skipped: number;
    readonly folders: number;
    readonly leftOut: number;
    readonly failed: number;
  }
  const importTree = (...options: readonly string[]): Promise<Summary> =>
    world.json(['import', source, 'alice:/imported/tree', ...asAlice, ...options]);

  it('works: command line: a whole folder is imported with its times, and again only what changed', async () => {
    mkdirSync(join(source, 'deep/er'), { recursive: true });
    mkdirSync(join(source, 'empty folder'));
    for (let number = 0; number < 40; number += 1)
      writeFileSync(join(source, number % 2 === 0 ? 'deep' : 'deep/er', `${number}.bin`), noise(number * 700, number));
    symlinkSync('deep', join(source, 'link'));
    execFileSync('mkfifo', [join(source, 'pipe')]);
    const first = await world.run(['import', source, 'alice:/imported/tree', '--json', ...asAlice]);
    assert.equal(first.code, 0, first.err);
    const { files, folders, leftOut, failed, skipped } = JSON.parse(first.out) as Summary;
    assert.deepEqual(
      { files, folders, leftOut, failed, skipped },
      { files: 40, folders: 4, leftOut: 2, failed: 0, skipped: 0 },
    );
    assert.match(first.err, /left out: .*\/link: a symbolic link/);
    assert.match(first.err, /left out: .*\/pipe: a pipe/);

    writeFileSync(join(source, 'deep/0.bin'), 'changed');
    const second = await importTree();
    assert.deepEqual([second.files, second.skipped, second.folders, second.bytes], [1, 39, 0, 7]);

    await world.ok(['get', 'alice:/imported/tree', '-o', 'tree-back', ...asAlice]);
    rmSync(join(source, 'link'));
    rmSync(join(source, 'pipe'));
    execFileSync('diff', ['-r', source, world.path('tree-back')]);
    for (const name of ['deep/2.bin', 'deep/er/1.bin']) {
      assert.equal(
        Math.floor(statSync(world.path('tree-back', name)).mtimeMs),
        Math.floor(statSync(join(source, name)).mtimeMs),
      );
    }
  });

  it('goes on after Ctrl-C: what was acknowledged is there, the folder was closed, the rest follows', async () => {
    const big = join(source, 'zzz');
    writeFileSync(big, '');
    truncateSync(big, 6 * 1024 ** 3);
    for (let number = 0; number < 30; number += 1)
      writeFileSync(join(source, `top ${number}`), noise(20_000, 100 + number));
    const logBytes = (): number => statSync(world.path('data/journal.db-wal'), { throwIfNoEntry: false })?.size ?? 0;
    const stopped = await world.run(['import', source, 'alice:/imported/tree', ...asAlice], {
      during: (kill) => void until(() => logBytes() > 30 * 20_000).then(() => kill('SIGINT')),
    });
    assert.equal(stopped.code, 130, stopped.err);
    assert.match(stopped.out, /run it again|imported/);
    assert.ok(!existsSync(world.path('data/journal.db-wal')), 'the journal was closed');
    rmSync(big);
    const rest = await importTree();
    assert.deepEqual([rest.failed, rest.files + rest.skipped], [0, 70]);
    // The log held at least one of the thirty files, and was kept; how many depends on how commits were batched.
    assert.ok(rest.skipped > 40, `${rest.skipped} were there already`);
  });

  it('counts what fails, goes on, and says so in the exit code', async () => {
    execFileSync('sh', ['-c', 'printf x > "$1/$(printf \'a\\377b\')"', 'sh', source]);
    const ran = await world.run(['import', source, 'alice:/imported/tree', '--json', ...asAlice]);
    assert.equal(ran.code, 8);
    assert.match(ran.err, /failed: .*its name is not UTF-8/);
    assert.deepEqual([(JSON.parse(ran.out) as Summary).failed, (JSON.parse(ran.out) as Summary).skipped], [1, 70]);
    assert.equal((await world.run(['import', password, 'alice:/x', ...asAlice])).code, 5);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
