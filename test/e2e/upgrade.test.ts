// Data folders of every earlier format, on the program of today; and today's program on a folder of a later one.
import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { newestFormat } from '#store/journal/formats.ts';
import { coffre } from '../support/cli.ts';
import { NotStarted, startServer } from '../support/server.ts';
import { type KeptAccount, type KeptFolder, treeOf, vaultsOf } from '../vectors/folders/kept.ts';
import { keptNames, unpack } from '../vectors/folders/unpack.ts';

interface Unpacked {
  readonly scratch: string;
  readonly dataFolder: string;
  readonly kept: KeptFolder;
  /** `--data` and the kit of the first account. */
  readonly own: readonly string[];
}

function unpacked(t: TestContext, name: string): Unpacked {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-upgrade-'));
  t.after(() => rmSync(scratch, { recursive: true, force: true }));
  const kept = unpack(name, scratch);
  const kit = join(scratch, 'kit');
  writeFileSync(kit, `${kept.accounts[0]?.kit}\n`);
  const dataFolder = join(scratch, 'data');
  return { scratch, dataFolder, kept, own: ['--data', dataFolder, '--kit-file', kit] };
}

async function ok(args: readonly string[]): Promise<string> {
  const { code, out, err } = await coffre(args);
  assert.equal(code, 0, `coffre ${args.join(' ')}: ${err}`);
  return out;
}

async function formatOf(dataFolder: string): Promise<number> {
  return (JSON.parse(await ok(['upgrade', '--json', '--data', dataFolder])) as { readonly format: number }).format;
}

/** All files of all accounts come back as they are; `more` is what was written to the first one since. */
async function assertWhole({ dataFolder, kept, own }: Unpacked, more: Readonly<Record<string, string>>): Promise<void> {
  const server = await startServer({ dataFolder });
  try {
    for (const [index, account] of kept.accounts.entries()) {
      const vaults = vaultsOf(server.url, account);
      assert.deepEqual(await treeOf(vaults.files), { ...account.files, ...(index === 0 ? more : {}) });
      assert.deepEqual(await treeOf(vaults.documents), account.documents);
    }
  } finally {
    await server.stop();
  }
  const { name, trash } = firstOf(kept);
  const listed = JSON.parse(await ok(['trash', name, '--json', ...own])) as readonly { readonly name: string }[];
  assert.deepEqual(
    listed.map((each) => each.name),
    trash,
  );
  await ok(['verify', ...own]);
}

function firstOf(kept: KeptFolder): KeptAccount {
  return kept.accounts[0] ?? assert.fail('no account');
}

/** Writes through the server, and through the command line beside none; gives what is there more then. */
async function write({ scratch, dataFolder, kept, own }: Unpacked, word: string): Promise<Record<string, string>> {
  const account = firstOf(kept);
  const content = Buffer.from(`written ${word}`);
  const server = await startServer({ dataFolder });
  const { status } = await vaultsOf(server.url, account).files.put(`${word}, server`, content);
  await server.stop();
  assert.equal(status, 201);
  writeFileSync(join(scratch, `${word}, cli`), content);
  await ok(['put', join(scratch, `${word}, cli`), `${account.name}:/`, ...own]);
  const hash = createHash('sha256').update(content).digest('hex');
  return { [`${word}, server`]: hash, [`${word}, cli`]: hash };
}

describe('a data folder of an earlier release', () => {
  it('works: Upgrades: a folder of every earlier release opens whole, is written in its own format until the commit, and opens whole after it', async (t) => {
    assert.ok(keptNames.some((name) => name.startsWith('format-1-')));
    for (const name of keptNames) {
      const folder = unpacked(t, name);
      const before = Number(/^format-(\d+)-/.exec(name)?.[1]);
      await assertWhole(folder, {});
      const early = await write(folder, 'before');
      assert.equal(await formatOf(folder.dataFolder), before, 'nothing upgrades by itself');
      assert.match(await ok(['upgrade', '--data', folder.dataFolder]), /coffre upgrade --commit/);
      assert.equal(await formatOf(folder.dataFolder), before, 'looking changes nothing');

      assert.match(await ok(['upgrade', '--commit', '--data', folder.dataFolder]), /has format \d+ now/);
      assert.equal(await formatOf(folder.dataFolder), newestFormat);
      await assertWhole(folder, early);
      const late = await write(folder, 'after');
      await assertWhole(folder, { ...early, ...late });
      assert.match(await ok(['upgrade', '--commit', '--data', folder.dataFolder]), /Nothing was done/);
      t.diagnostic(`${name}: whole before and after`);
    }
  });

  it('has the tables of a new one once it is upgraded', async (t) => {
    const { scratch, dataFolder } = unpacked(t, keptNames[0] ?? '');
    await ok(['upgrade', '--commit', '--data', dataFolder]);
    const made = join(scratch, 'new');
    writeFileSync(join(scratch, 'password'), 'a password to remember\n');
    const password = ['--password-file', join(scratch, 'password'), '--kit-file', join(scratch, 'new-kit')];
    await ok(['account', 'create', 'carol', '--data', made, ...password]);
    assert.deepEqual(schemaOf(dataFolder), schemaOf(made));
  });

  it('is not upgraded while a server has it', async (t) => {
    const { dataFolder } = unpacked(t, keptNames[0] ?? '');
    const server = await startServer({ dataFolder });
    try {
      const { code, err } = await coffre(['upgrade', '--commit', '--data', dataFolder]);
      assert.equal(code, 69, err);
      assert.match(err, /in use by another process/);
      assert.equal(await formatOf(dataFolder), 1);
    } finally {
      await server.stop();
    }
  });
});

function schemaOf(dataFolder: string): unknown {
  const database = new DatabaseSync(join(dataFolder, 'journal.db'), { readOnly: true });
  const rows = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();
  database.close();
  return rows;
}

/** As a release after this one would leave it. */
function makeNewer({ dataFolder }: Unpacked, reads: number): void {
  const database = new DatabaseSync(join(dataFolder, 'journal.db'));
  database.exec(`UPDATE meta SET value = ${newestFormat + 7} WHERE key = 'format'`);
  database.exec(`INSERT OR REPLACE INTO meta VALUES ('reads', ${reads})`);
  database.exec('CREATE TABLE later(a)');
  database.close();
}

/** Every file of the folder, but for which process has it. */
function bytesOf({ dataFolder }: Unpacked): ReadonlyMap<string, string> {
  const files = readdirSync(dataFolder, { recursive: true, withFileTypes: true })
    .filter((each) => !/^(lock\.db|lock\.db-journal|control\.sock)$/.test(each.name))
    .map((each) => join(each.parentPath, each.name))
    .sort();
  return new Map(files.map((path) => [path, hashIfFile(path)]));
}

function hashIfFile(path: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return 'folder';
    throw error;
  }
}

describe('a data folder of a later release', () => {
  it('works: Upgrades: an older program opens it for reading only, says why, and writes nothing to it', async (t) => {
    const folder = unpacked(t, 'format-1-stopped');
    makeNewer(folder, newestFormat);
    const before = bytesOf(folder);
    const account = firstOf(folder.kept);
    const server = await startServer({ dataFolder: folder.dataFolder });
    try {
      const { files, documents } = vaultsOf(server.url, account);
      assert.deepEqual(await treeOf(files), account.files);
      assert.deepEqual(await treeOf(documents), account.documents);
      const large = Buffer.alloc(200_000, 7);
      const writes = {
        PUT: await files.put('new', Buffer.from('x')),
        'PUT of a large file': await files.put('new', large),
        DELETE: await files.remove('empty'),
        MKCOL: await files.makeFolder('folder'),
        MOVE: await files.move('empty', 'moved'),
        COPY: await files.copy('empty', 'copied'),
        PROPPATCH: await files.send('PROPPATCH', 'empty', { body: Buffer.from(proppatch) }),
        LOCK: await files.send('LOCK', 'empty', { body: Buffer.from(lock) }),
      };
      for (const [what, { status, body }] of Object.entries(writes)) {
        assert.equal(status, 503, `${what}: ${body.toString()}`);
        assert.match(body.toString(), /open for reading only/, what);
      }
      const health = await fetch(new URL('/health', server.url));
      const { reason } = (await health.json()) as { readonly reason: string };
      assert.deepEqual([health.status, reason], [503, 'read-only']);
      await byCommandLine(folder);
    } finally {
      await server.stop();
    }
    assert.deepEqual(bytesOf(folder), before);
    await byCommandLine(folder);
    assert.deepEqual(bytesOf(folder), before);
  });

  it('is only read also when its server was killed: nothing but the index of the log is made anew', async (t) => {
    const folder = unpacked(t, 'format-1-killed');
    const held = new DatabaseSync(join(folder.dataFolder, 'journal.db'));
    held.exec('PRAGMA wal_autocheckpoint = 0');
    held.exec(`UPDATE meta SET value = ${newestFormat + 1} WHERE key = 'format'`);
    held.exec(`INSERT INTO meta VALUES ('reads', 1)`);
    // What a crash leaves: the log as it is, and no index of it.
    const log = join(folder.dataFolder, 'journal.db-wal');
    const [database, bytes] = [readFileSync(join(folder.dataFolder, 'journal.db')), readFileSync(log)];
    held.close();
    writeFileSync(join(folder.dataFolder, 'journal.db'), database);
    writeFileSync(log, bytes);
    const before = bytesOf(folder);
    const account = firstOf(folder.kept);
    const server = await startServer({ dataFolder: folder.dataFolder });
    const { files } = vaultsOf(server.url, account);
    assert.deepEqual(await treeOf(files), account.files);
    assert.equal((await files.put('new', Buffer.from('x'))).status, 503);
    await server.stop();
    const after = new Map([...bytesOf(folder)].filter(([path]) => !path.endsWith('-shm')));
    assert.deepEqual(after, before);
  });

  it('is refused whole when this program cannot read it', async (t) => {
    const folder = unpacked(t, 'format-1-stopped');
    makeNewer(folder, newestFormat + 1);
    const before = bytesOf(folder);
    await assert.rejects(startServer({ dataFolder: folder.dataFolder }), (error) => {
      assert.ok(error instanceof NotStarted);
      assert.match(error.message, /written by a newer program/);
      return true;
    });
    for (const words of [['account', 'list'], ['verify'], ['upgrade'], ['upgrade', '--commit']]) {
      const { code, err } = await coffre([...words, '--data', folder.dataFolder]);
      assert.equal(code, 9, `${words.join(' ')}: ${err}`);
    }
    assert.deepEqual(bytesOf(folder), before);
  });
});

const proppatch =
  '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x xmlns="y">1</x></d:prop></d:set></d:propertyupdate>';
const lock =
  '<d:lockinfo xmlns:d="DAV:"><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockinfo>';

/** Beside a server and without one. */
async function byCommandLine({ scratch, dataFolder, kept, own }: Unpacked): Promise<void> {
  const { name } = firstOf(kept);
  assert.match(await ok(['ls', `${name}:/`, ...own]), /pictures/);
  assert.equal(
    await ok(['get', `${name}:/after the revocation.txt`, '-o', '-', ...own]),
    'sealed with the keys of epoch 2',
  );
  await ok(['log', name, ...own]);
  await ok(['versions', `${name}:/pictures/large.jpg`, ...own]);
  await ok(['trash', name, ...own]);
  await ok(['trace', name, ...own]);
  await ok(['account', 'list', '--data', dataFolder]);
  await ok(['operator-kit', 'status', '--data', dataFolder]);
  assert.match(await ok(['verify', ...own]), /No damage was found/);
  assert.match(await ok(['upgrade', '--data', dataFolder]), /for reading only/);
  const file = join(scratch, 'to put');
  writeFileSync(file, 'x');
  for (const [words, wanted] of [
    [['put', file, `${name}:/`, ...own], 1],
    [['rm', `${name}:/empty`, ...own], 1],
    [['account', 'quota', name, 'none', '--data', dataFolder], 1],
    [['reaper', 'run', '--data', dataFolder], 9],
  ] as const) {
    const { code, err } = await coffre(words);
    assert.equal(code, wanted, `${words[0]}: ${err}`);
    assert.match(err, /open for reading only/);
  }
}
