import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { aliceIn, CliWorld, noise } from './cli-world.ts';

const pieceBytes = 4 * 1024 * 1024;
const world = new CliWorld();
const { password, kit, proof: asAlice, make } = aliceIn(world);

before(async () => {
  await make();
  await world.ok(['mkdir', 'alice:/kept', ...asAlice]);
  world.write('large.bin', noise(2 * pieceBytes + 1, 1));
  world.write('zeros', new Uint8Array(100_000));
  world.write('small', noise(103, 2));
  await world.ok(['put', 'large.bin', 'zeros', 'small', 'alice:/kept/', ...asAlice]);
});

after(() => world.remove());

describe('time', () => {
  it('works: command line: earlier versions, the trash and rewind bring back what was there', async () => {
    const text = (content: string): string => world.write('letter', content);
    await world.ok(['mkdir', 'alice:/desk', ...asAlice]);
    await world.ok(['put', text('first'), 'alice:/desk/letter', ...asAlice]);
    await world.ok(['put', text('second'), 'alice:/desk/letter', ...asAlice]);
    const [newest] = await world.json<readonly { readonly sequence: number; readonly by: string }[]>([
      'log',
      'alice',
      '--limit',
      '1',
      ...asAlice,
    ]);
    assert.equal(newest?.by, 'laptop');

    const versions = await world.json<
      readonly { readonly version: string; readonly isCurrent: boolean; readonly sizeBytes: number }[]
    >(['versions', 'alice:/desk/letter', ...asAlice]);
    assert.deepEqual(
      versions.map((each) => [each.isCurrent, each.sizeBytes]),
      [
        [true, 6],
        [false, 5],
      ],
    );
    const old = versions[1]?.version ?? '';
    assert.equal(
      (await world.ok(['get', 'alice:/desk/letter', '--version-id', old, '-o', '-', ...asAlice])).out,
      'first',
    );
    await world.ok(['versions', 'restore', 'alice:/desk/letter', old, ...asAlice]);
    assert.equal((await world.ok(['get', 'alice:/desk/letter', '-o', '-', ...asAlice])).out, 'first');

    await world.ok(['rm', 'alice:/desk/letter', ...asAlice]);
    assert.equal((await world.ok(['ls', 'alice:/desk', ...asAlice])).out, '');
    const [trashed] = await world.json<readonly { readonly name: string; readonly from: readonly string[] }[]>([
      'trash',
      'alice',
      ...asAlice,
    ]);
    assert.deepEqual([trashed?.name, trashed?.from], ['letter', ['desk']]);
    await world.ok(['trash', 'restore', 'alice', '/desk/letter', ...asAlice]);
    await world.ok(['rm', 'alice:/desk', ...asAlice]);
    await world.ok(['trash', 'empty', 'alice', ...asAlice]);
    assert.deepEqual(await world.json(['trash', 'alice', ...asAlice]), []);

    const then = String(newest?.sequence);
    assert.match((await world.ok(['ls', 'alice:/desk', '--at-sequence', then, ...asAlice])).out, /^letter$/m);
    const rewound = await world.ok(['rewind', 'alice:/desk', '--to-sequence', then, ...asAlice]);
    assert.equal((await world.ok(['get', 'alice:/desk/letter', '-o', '-', ...asAlice])).out, 'second');
    const back = /--to-sequence (\d+)/.exec(rewound.out)?.[1] ?? '';
    await world.ok(['rewind', 'alice:/', '--to-sequence', back, ...asAlice]);
    assert.equal((await world.run(['ls', 'alice:/desk', ...asAlice])).code, 3);
  });

  it('refuses instants that are none, and those the journal does not reach', async () => {
    assert.equal((await world.run(['rewind', 'alice:/', ...asAlice])).code, 2);
    assert.equal((await world.run(['rewind', 'alice:/', '--to', 'yesterday', ...asAlice])).code, 2);
    assert.equal((await world.run(['rewind', 'alice:/', '--to-sequence', '999999', ...asAlice])).code, 3);
  });
});

describe('verify', () => {
  interface Report {
    readonly damages: number;
    readonly damage: readonly { readonly kind: string }[];
    readonly hitFiles: readonly { readonly path: readonly string[]; readonly isCurrent: boolean }[];
  }

  async function damaged(...args: readonly string[]): Promise<Report> {
    const ran = await world.run(['verify', '--json', ...args]);
    assert.equal(ran.code, 7, ran.err);
    return JSON.parse(ran.out) as Report;
  }

  /** What a disk may do and no program of ours can: one bit of one cell. The same again puts it back. */
  function flipInDatabase(table: string, column: string, where: string): void {
    const database = new DatabaseSync(world.path('data/journal.db'));
    const triggers = database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all();
    for (const { name } of triggers) database.exec(`DROP TRIGGER "${String(name)}"`);
    const value = database.prepare(`SELECT ${column} AS value FROM ${table} WHERE ${where}`).get()?.['value'];
    assert.ok(value instanceof Uint8Array);
    const middle = value.length >> 1;
    database
      .prepare(`UPDATE ${table} SET ${column} = ? WHERE ${where}`)
      .run(value.with(middle, (value[middle] ?? 0) ^ 4));
    for (const { sql } of triggers) database.exec(String(sql));
    database.close();
  }

  it('finds nothing in what the tests above have left, with and without a key', async () => {
    assert.match((await world.ok(['verify'])).out, /No damage was found\.\n$/);
    const { out } = await world.ok(['verify', '--kit-file', kit]);
    assert.match(out, /Opened 2 vaults with \d+ files/);
    assert.match(
      (await world.ok(['verify', '--account', 'alice', '--password-file', password])).out,
      /Opened 3 vaults/,
    );
    assert.equal((await world.run(['verify', '--account', 'alice', '--password-file', kit])).code, 4);
    assert.equal((await world.run(['verify', '--password-file', password])).code, 2);
  });

  it('works: command line: verify finds a flipped bit in a chunk file, and names the file that it belongs to', async () => {
    const chunks = readdirSync(world.path('data/chunks'), { recursive: true, withFileTypes: true }).filter(
      (each) => each.isFile() && statSync(join(each.parentPath, each.name)).size > pieceBytes,
    );
    const path = chunks.map((each) => join(each.parentPath, each.name)).sort()[0] ?? assert.fail('no chunk file');
    const good = readFileSync(path);
    writeFileSync(path, good.with(1000, (good[1000] ?? 0) ^ 1));
    const withoutKey = await world.run(['verify']);
    assert.equal(withoutKey.code, 7);
    assert.match(withoutKey.out, /DAMAGE: 1 thing damaged or missing/);
    const report = await damaged('--kit-file', kit);
    assert.deepEqual(
      report.damage.map((each) => each.kind),
      ['chunk-damaged'],
    );
    assert.deepEqual(
      report.hitFiles.map((each) => [each.path, each.isCurrent]),
      [[['kept', 'large.bin'], true]],
    );
    const fetched = await world.run(['get', 'alice:/kept/large.bin', '-o', 'damaged', ...asAlice]);
    assert.equal(fetched.code, 7);
    assert.ok(!existsSync(world.path('damaged')), 'nothing damaged is given out');
    writeFileSync(path, good);
    await world.ok(['verify']);
  });

  it('works: command line: verify finds a flipped bit in each kind of row of the database', async () => {
    for (const [kind, table, column, where] of [
      [
        'body',
        'entry',
        'body',
        'sequence = 3 AND vault = (SELECT vault FROM entry GROUP BY vault ORDER BY count(*) DESC LIMIT 1)',
      ],
      [
        'entry',
        'entry',
        'header',
        'sequence = 4 AND vault = (SELECT vault FROM entry GROUP BY vault ORDER BY count(*) DESC LIMIT 1)',
      ],
      ['chunk-damaged', 'chunk_data', 'bytes', 'no = (SELECT max(no) FROM chunk_data)'],
      ['header', 'public_header', 'bytes', 'vault = 2 AND number = 1'],
    ] as const) {
      flipInDatabase(table, column, where);
      assert.deepEqual(
        (await damaged()).damage.map((each) => each.kind),
        [kind],
        table,
      );
      flipInDatabase(table, column, where);
    }
    await world.ok(['verify']);
  });
});

describe('changes of credentials', () => {
  const renewed = world.path('new');

  it('works: command line: after passwd the old password opens nothing, app passwords go on', async () => {
    world.write('new', 'another good password');
    await world.ok(['account', 'passwd', 'alice', '--password-file', password, '--new-password-file', renewed]);
    assert.equal((await world.run(['ls', 'alice:/', '--password-file', password])).code, 4);
    await world.ok(['ls', 'alice:/kept', '--password-file', renewed]);
    assert.match((await world.ok(['ls', 'alice:/kept', ...asAlice])).out, /zeros/);
    const short = world.write('short', 'x');
    assert.equal(
      (await world.run(['account', 'passwd', 'alice', '--password-file', renewed, '--new-password-file', short])).code,
      1,
    );
  });

  it('works: command line: a forgotten password is replaced with the kit', async () => {
    const recovered = world.write('recovered', 'a third password');
    assert.equal(
      (
        await world.run([
          'account',
          'recover',
          'alice',
          '--kit-file',
          world.path('data.key'),
          '--new-password-file',
          recovered,
        ])
      ).code,
      4,
    );
    await world.ok(['account', 'recover', 'alice', '--kit-file', kit, '--new-password-file', recovered]);
    assert.equal((await world.run(['ls', 'alice:/', '--password-file', renewed])).code, 4);
    await world.ok(['ls', 'alice:/', '--password-file', recovered]);
    await world.ok(['ls', 'alice:/', '--kit-file', kit]);
    await world.ok(['account', 'prove-kit', 'alice', '--kit-file', kit]);
  });

  it('works: command line: a revoked app password opens nothing, and the others go on', async () => {
    const other = world.write(
      'other',
      (
        await world.ok([
          'app-password',
          'create',
          'alice',
          '--kit-file',
          kit,
          '--label',
          'phone',
          '--vault',
          'files,documents',
        ])
      ).out,
    );
    const rows = await world.json<readonly { readonly label: string; readonly vaults: readonly string[] }[]>([
      'app-password',
      'list',
      'alice',
      '--kit-file',
      kit,
    ]);
    assert.deepEqual(
      rows.map((each) => [each.label, each.vaults.toSorted()]),
      [
        ['laptop', ['files']],
        ['phone', ['documents', 'files']],
      ],
    );
    await world.ok(['app-password', 'revoke', 'alice', 'laptop', '--kit-file', kit]);
    assert.equal((await world.run(['ls', 'alice:/', ...asAlice])).code, 4);
    await world.ok(['ls', 'alice:/kept', '--app-password-file', other]);
    await world.ok(['ls', 'alice:/', '--vault', 'documents', '--app-password-file', other]);
    assert.equal((await world.run(['app-password', 'revoke', 'alice', 'laptop', '--kit-file', kit])).code, 3);
    assert.match((await world.ok(['verify', '--kit-file', kit])).out, /No damage was found/);
  });

  it('makes an operator kit that stands in for a lost instance key', async () => {
    assert.deepEqual(await world.json(['operator-kit', 'status']), { proven: false });
    await world.ok(['operator-kit', 'create', 'ok.txt', '--kit-html', 'ok.html']);
    assert.equal(statSync(world.path('ok.html')).mode & 0o777, 0o600);
    assert.equal((await world.run(['operator-kit', 'check', kit])).code, 4);
    await world.ok(['operator-kit', 'check', 'ok.html']);
    assert.deepEqual(await world.json(['operator-kit', 'status']), { proven: true });
    rmSync(world.path('data.key'));
    assert.equal((await world.run(['account', 'list'])).code, 4);
    await world.ok(['ls', 'alice:/', '--kit-file', kit, '--key-file', 'ok.txt']);
  });

  it('holds a quota against what is put, and not against what is there', async () => {
    await world.ok(['account', 'quota', 'alice', '1KiB', '--key-file', 'ok.txt']);
    const refused = await world.run([
      'put',
      world.path('zeros'),
      'alice:/x',
      '--kit-file',
      kit,
      '--key-file',
      'ok.txt',
    ]);
    assert.equal(refused.code, 6, refused.err);
    assert.match(
      (await world.ok(['get', 'alice:/kept/small', '-o', 'back', '--kit-file', kit, '--key-file', 'ok.txt'])).out,
      /103 B/,
    );
  });
});
