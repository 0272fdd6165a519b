// Somebody who can write to the disk points rows of one person at another. Whatever becomes of the folder, nobody is given
// what is not theirs, and the program says what is wrong instead of falling over.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { copyFileSync, cpSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { idBytes } from '#base/ids.ts';
import { type TestAccount, withLocalCore } from '../support/account.ts';
import { NotStarted, startServer, type TestServer } from '../support/server.ts';
import { clientOf, type Household, startHousehold } from './household.ts';
import { ask, basic } from './wire.ts';

/** Numbers of vaults, as the tables of the journal name them. */
interface Numbers {
  readonly alice: number;
  readonly bob: number;
  readonly instance: number;
}

interface Tampering {
  readonly what: string;
  readonly with: (journal: DatabaseSync, numbers: Numbers, folder: string) => void;
}

/** A table's column `vault`, the one for the other; 0 is nobody's number. */
const exchange =
  (table: string, and = '') =>
  (journal: DatabaseSync, { alice, bob }: Numbers): void => {
    for (const [from, to] of [
      [alice, 0],
      [bob, alice],
      [0, bob],
    ])
      journal.exec(`UPDATE ${table} SET vault = ${to} WHERE vault = ${from} ${and}`);
  };

const tamperings: readonly Tampering[] = [
  { what: 'the ids of two vaults', with: (journal, numbers) => swapColumns(journal, numbers, ['id']) },
  { what: 'the entries of two vaults', with: exchange('entry') },
  {
    what: 'the entries of two vaults with their heads',
    with: (journal, numbers, folder) => {
      exchange('entry')(journal, numbers);
      swapColumns(journal, numbers, ['sequence', 'hash']);
      rmSync(join(folder, 'checkpoints'), { recursive: true, force: true });
    },
  },
  {
    what: 'all rows of two vaults',
    with: (journal, numbers) => {
      for (const table of ['entry', 'chunk', 'public_header', 'ephemeral']) exchange(table)(journal, numbers);
      swapColumns(journal, numbers, ['sequence', 'hash']);
    },
  },
  { what: 'the second entry of two vaults', with: exchange('entry', 'AND sequence = 2') },
  { what: 'the public headers of two vaults', with: exchange('public_header') },
  { what: 'whose chunks they are', with: exchange('chunk') },
  { what: 'where small chunks are', with: swapChunkData },
  { what: 'the files of large chunks', with: swapChunkFiles },
  { what: 'the locks of two vaults', with: exchange('ephemeral') },
  {
    what: 'the order of the instance’s entries',
    with: (journal, { instance }) => {
      for (const [from, to] of [
        [3, 1000],
        [2, 3],
        [1000, 2],
      ])
        journal.exec(`UPDATE entry SET sequence = ${to} WHERE vault = ${instance} AND sequence = ${from}`);
    },
  },
  {
    what: 'an entry of the instance, once more at its end',
    with: (journal, { instance }) => {
      journal.exec(`INSERT INTO entry SELECT vault, fork, (SELECT max(sequence) + 1 FROM entry WHERE vault = ${instance}),
        time, header, body_hash, body FROM entry WHERE vault = ${instance} AND sequence = 2;
        UPDATE vault SET sequence = sequence + 1 WHERE no = ${instance}`);
    },
  },
  {
    what: 'an entry of the instance, taken out',
    with: (journal, { instance }) => journal.exec(`DELETE FROM entry WHERE vault = ${instance} AND sequence = 2`),
  },
  {
    what: 'the last entry of the instance, taken out',
    with: (journal, { instance }) =>
      journal.exec(`DELETE FROM entry WHERE vault = ${instance} AND
        sequence = (SELECT max(sequence) FROM entry WHERE vault = ${instance})`),
  },
  {
    what: 'which vault is the instance',
    with: (journal, { alice }) =>
      journal.exec(
        `UPDATE meta SET value = (SELECT lower(hex(id)) FROM vault WHERE no = ${alice}) WHERE key = 'instance'`,
      ),
  },
];

const canary = {
  alice: { small: mark(), inner: mark(), large: mark() },
  bob: { small: mark(), inner: mark(), large: mark() },
} as const;
const smallBytes = 1000;
const largeBytes = 300_000;

describe('rows of one person pointed at another', () => {
  let home: Household;
  let numbers: Numbers;
  before(async () => {
    home = await startHousehold();
    for (const account of [home.alice, home.bob]) await furnish(home.server, account);
    await home.server.stop();
    numbers = await numbersOf(home);
  });
  after(() => home.discard());

  it('works: Privacy: rows of one person that are pointed at another on the disk give nobody what is not theirs', async (t) => {
    for (const [index, tampering] of tamperings.entries()) {
      const copy = join(home.scratch, `copy-${index}`);
      cpSync(home.dataFolder, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') });
      copyFileSync(`${home.dataFolder}.key`, `${copy}.key`);
      tamper(copy, tampering, numbers);
      t.diagnostic(`${tampering.what}: ${await outcomeOf(copy, home)}`);
      rmSync(copy, { recursive: true, force: true });
    }
  });

  it('the folder itself is as it was', async () => {
    const server = await startServer({ dataFolder: home.dataFolder });
    try {
      assert.deepEqual(await readBoth(server, home), { alice: [207, 200, 200], bob: [207, 200, 200] });
    } finally {
      await server.discard();
    }
  });
});

/** Starts the program on the copy and asks for everything there; what came of it, in a few words. */
async function outcomeOf(dataFolder: string, home: Household): Promise<string> {
  let server: TestServer;
  try {
    server = await startServer({ dataFolder, startWithinMs: 20_000 });
  } catch (error) {
    assert.ok(error instanceof NotStarted, String(error));
    assert.match(error.message, /coffre: .*(damaged|belongs to another|Damaged|not its own)/, error.message);
    assert.doesNotMatch(error.message, /\n +at /, 'a stack trace is no message');
    return `refused to start: ${error.message.split('coffre: ')[1]?.trim().slice(0, 150) ?? ''}`;
  }
  try {
    const first = await readBoth(server, home);
    // What was refused once stays refused, and the server goes on.
    assert.deepEqual(await readBoth(server, home), first);
    for (const { name, appPassword } of [home.alice, home.bob]) {
      await ask(server.url, {
        method: 'PUT',
        target: `/dav/${name}/files/new`,
        headers: basic(name, appPassword),
        body: 'new',
      });
    }
    assert.equal((await ask(server.url, { method: 'GET', target: '/health' })).status, 200);
    assert.deepEqual(await server.stop(), { code: 0, signal: null }, server.errors());
    return JSON.stringify(first);
  } finally {
    await server.discard();
  }
}

interface Statuses {
  readonly alice: readonly number[];
  readonly bob: readonly number[];
}

async function readBoth(server: TestServer, { alice, bob }: Household): Promise<Statuses> {
  return {
    alice: await readAs(server, alice, canary.alice, canary.bob),
    bob: await readAs(server, bob, canary.bob, canary.alice),
  };
}

type Canaries = (typeof canary)['alice' | 'bob'];

/** Statuses of all that this person may ask for; nothing of the other is in an answer, and what is given out is right. */
async function readAs(
  server: TestServer,
  { name, appPassword }: TestAccount,
  own: Canaries,
  others: Canaries,
): Promise<readonly number[]> {
  const files = `/dav/${name}/files`;
  const requests = [
    { method: 'PROPFIND', target: `${files}/`, headers: { depth: '1' } },
    { method: 'GET', target: `${files}/${own.small}` },
    { method: 'GET', target: `${files}/${own.large}` },
    { method: 'GET', target: `${files}/${others.small}` },
    { method: 'GET', target: `${files}/${others.large}` },
  ];
  const statuses: number[] = [];
  for (const { method, target, headers } of requests) {
    const answer = await ask(server.url, { method, target, headers: { ...basic(name, appPassword), ...headers } });
    const text = answer.bytes.toString('latin1');
    for (const other of Object.values(others)) assert.ok(!text.includes(other), `${method} ${target}: ${text}`);
    if (answer.status === 200) {
      const part = target.includes(own.large) ? own.large : own.inner;
      assert.ok(text.includes(part), `${target} gave something else: ${text.slice(0, 500)}`);
    }
    if (answer.status >= 400) assert.match(text, /<s:message>[A-Z].{20,}<\/s:message>/, `${method} ${target}`);
    statuses.push(answer.status);
  }
  assert.ok(!statuses.slice(3).some((status) => status < 300), 'another’s name leads to something');
  assert.equal(await isRunning(server), true, server.errors());
  return statuses.slice(0, 3);
}

async function isRunning(server: TestServer): Promise<boolean> {
  return (await ask(server.url, { method: 'GET', target: '/health' })).status === 200;
}

/** A small and a large file, both locked, both named and filled with canaries. */
async function furnish(server: TestServer, account: TestAccount): Promise<void> {
  const own = account.name === 'alice' ? canary.alice : canary.bob;
  const client = clientOf(server.url, account);
  // Equally long for both, and not compressible: chunks must be of one size to pass for each other.
  const small = Buffer.concat([Buffer.from(own.inner), randomBytes(smallBytes)]);
  const large = Buffer.concat([Buffer.from(own.large), randomBytes(largeBytes)]);
  assert.equal((await client.put(own.small, small)).status, 201);
  assert.equal((await client.put(own.large, large)).status, 201);
  const body = Buffer.from(
    `<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype><owner>${own.inner}</owner></lockinfo>`,
  );
  const locked = await client.send('LOCK', own.large, { body, headers: { timeout: 'Second-3600' } });
  assert.equal(locked.status, 200);
  client.close();
}

async function numbersOf({ dataFolder }: Household): Promise<Numbers> {
  const ids = await withLocalCore(dataFolder, async ({ instance }) => {
    const idOf = (name: string): Uint8Array => {
      const account = instance.view.accountNamed(name);
      const vault = account && instance.view.vaultsOf(account.id).find(({ kind }) => kind === 'files');
      assert.ok(vault !== undefined);
      return idBytes(vault.id);
    };
    return { alice: idOf('alice'), bob: idOf('bob'), instance: idBytes(instance.vault) };
  });
  const journal = new DatabaseSync(join(dataFolder, 'journal.db'));
  try {
    const numberOf = (id: Uint8Array): number =>
      Number(journal.prepare('SELECT no FROM vault WHERE id = ?').get(id)?.['no']);
    return { alice: numberOf(ids.alice), bob: numberOf(ids.bob), instance: numberOf(ids.instance) };
  } finally {
    journal.close();
  }
}

function tamper(folder: string, tampering: Tampering, numbers: Numbers): void {
  const journal = new DatabaseSync(join(folder, 'journal.db'));
  try {
    const triggers = journal.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all();
    for (const { name } of triggers) journal.exec(`DROP TRIGGER ${String(name)}`);
    journal.exec('DROP INDEX entry_place');
    tampering.with(journal, numbers, folder);
    journal.exec('CREATE UNIQUE INDEX entry_place ON entry(vault, fork, sequence)');
    for (const { sql } of triggers) journal.exec(String(sql));
  } finally {
    journal.close();
  }
}

function swapColumns(journal: DatabaseSync, { alice, bob }: Numbers, columns: readonly string[]): void {
  const read = journal.prepare('SELECT id, sequence, hash FROM vault WHERE no = ?');
  const rows = [
    [alice, read.get(bob)],
    [bob, read.get(alice)],
  ] as const;
  // Ids are unique: first out of the way.
  if (columns.includes('id')) journal.exec(`UPDATE vault SET id = randomblob(16) WHERE no IN (${alice}, ${bob})`);
  for (const [no, row] of rows)
    for (const column of columns)
      journal.prepare(`UPDATE vault SET ${column} = ? WHERE no = ?`).run(row?.[column] ?? null, no);
}

function swapChunkData(journal: DatabaseSync, { alice, bob }: Numbers): void {
  const read = journal.prepare('SELECT id, data FROM chunk WHERE vault = ? AND data IS NOT NULL ORDER BY size DESC');
  const [one, other] = [read.get(alice), read.get(bob)];
  assert.ok(one !== undefined && other !== undefined);
  const write = journal.prepare('UPDATE chunk SET data = ? WHERE id = ?');
  // No two rows may name the same bytes, not for a moment either.
  write.run(-1, one['id'] ?? null);
  write.run(one['data'] ?? null, other['id'] ?? null);
  write.run(other['data'] ?? null, one['id'] ?? null);
}

function swapChunkFiles(journal: DatabaseSync, { alice, bob }: Numbers, folder: string): void {
  const pathOf = (vault: number): string => {
    const row = journal.prepare('SELECT lower(hex(id)) AS id FROM chunk WHERE vault = ? AND data IS NULL').get(vault);
    const id = String(row?.['id']);
    const path = join(folder, 'chunks', id.slice(0, 2));
    assert.ok(readdirSync(path).includes(id));
    return join(path, id);
  };
  const [one, other] = [pathOf(alice), pathOf(bob)];
  renameSync(one, `${one}.moved`);
  renameSync(other, one);
  renameSync(`${one}.moved`, other);
}

function mark(): string {
  return `canary-${randomBytes(12).toString('hex')}`;
}
