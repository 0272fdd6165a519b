import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { unlockByHeader } from '#accounts/instance.ts';
import { Throttle } from '#accounts/throttle.ts';
import { present } from '#base/assert.ts';
import { type ChunkId, parseChunkId, type VaultId } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { ed25519Sign, sha256 } from '#crypto/primitives.ts';
import { sealBody } from '#crypto/seals.ts';
import { encodeBody } from '#format/body.ts';
import { encodeHeader, encodeHeaderAad } from '#format/entry.ts';
import { findIdentity } from '#format/identity.ts';
import { makeControl } from '#server/control.ts';
import type { Control } from '#server/control-calls.ts';
import { realClock } from '#server/real-world.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { openFileDisk } from '#store/disk-files.ts';
import { openJournal } from '#store/journal/sqlite-journal.ts';
import { openJournalReader } from '#store/journal/sqlite-reader.ts';
import { signedBytes } from '#vault/chain.ts';
import { bodyCodec } from '#vault/compression.ts';
import { VaultKeys } from '#vault/vault-keys.ts';
import { answerOf, makeAccount, type TestAccount, withLocalCore } from '../../test/support/account.ts';
import { type OpenedVault, verify } from './verify.ts';
import type { Damage, HitFile, VerifyReport } from './verify-report.ts';

const pieceBytes = 4 * 1024 * 1024;
const scratch = mkdtempSync(join(tmpdir(), 'coffre-verify-'));
const folder = join(scratch, 'data');
let account: TestAccount;
let files: VaultId;

interface Findings {
  readonly report: VerifyReport;
  readonly damages: readonly Damage[];
  readonly hits: readonly HitFile[];
  readonly leftovers: readonly string[];
}

async function verifyFolder(kit?: string): Promise<Findings> {
  const journal = openJournalReader(folder);
  const damages: Damage[] = [];
  const hits: HitFile[] = [];
  const leftovers: string[] = [];
  try {
    const opened = new Map<VaultId, OpenedVault>();
    const key = kit === undefined ? undefined : new Secret(present(findIdentity(kit), 'identity'));
    for (const vault of key === undefined ? [] : await journal.vaults()) {
      const found = await unlockByHeader(journal, vault, present(key, 'key')).catch(() => undefined);
      if (found !== undefined)
        opened.set(vault, {
          keys: VaultKeys.unlock(vault, found.secrets.secret, found.header.epochs),
          holdsFiles: true,
        });
    }
    const report = await verify({
      journal,
      chunks: new ChunkFiles(openFileDisk(folder)),
      opened,
      sink: {
        damage: (damage) => damages.push(damage),
        hit: (file) => hits.push(file),
        leftover: (chunk) => leftovers.push(chunk),
        progress: () => undefined,
      },
    });
    return { report, damages, hits, leftovers };
  } finally {
    await journal.close();
  }
}

/** Past the guards of the schema: what a disk may do, no program of ours can. */
function withDatabase<Result>(work: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(join(folder, 'journal.db'));
  try {
    for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()) {
      database.exec(`DROP TRIGGER "${String(name)}"`);
    }
    database.exec('PRAGMA ignore_check_constraints = ON');
    return work(database);
  } finally {
    database.close();
  }
}

type Row = Record<string, SQLInputValue>;

/** One cell, and how to put it back. */
function overwrite(
  table: string,
  column: string,
  where: string,
  change: (value: SQLInputValue) => SQLInputValue,
): () => void {
  const before = withDatabase((database) => {
    const row = present(
      database.prepare(`SELECT ${column} AS value FROM ${table} WHERE ${where}`).get() as Row | undefined,
      where,
    );
    database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${where}`).run(change(present(row['value'], column)));
    return row['value'] as SQLInputValue;
  });
  return () =>
    withDatabase((database) =>
      database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${where} OR ${column} = ?`).run(before, change(before)),
    );
}

function flipped(bit: number): (value: SQLInputValue) => SQLInputValue {
  return (value) => {
    if (typeof value === 'number') return value ^ (1 << bit);
    assert.ok(value instanceof Uint8Array);
    const at = bit % (value.length * 8);
    return value.with(at >> 3, (value[at >> 3] ?? 0) ^ (1 << (at & 7)));
  };
}

function rows(sql: string): readonly Row[] {
  return withDatabase((database) => database.prepare(sql).all() as Row[]);
}

const vaultNumber = (): number => Number(rows(`SELECT no FROM vault WHERE id = x'${files}'`)[0]?.['no']);

async function put(control: Control, ticket: string, path: readonly string[], bytes: Uint8Array): Promise<void> {
  async function* content(): AsyncGenerator<Uint8Array> {
    if (bytes.length > 0) yield bytes;
  }
  const answer = await control.run({ command: 'put', args: { ticket, vault: 'files', path }, content: content() });
  assert.equal(answer.kind, 'done');
}

/** Bytes that do not compress, other ones for each number. */
function noise(length: number, number: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = number + 1;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}

before(async () => {
  account = await makeAccount(folder);
  await withLocalCore(folder, async (core) => {
    const control = makeControl({ core, throttle: new Throttle(realClock), sessions: undefined });
    const unlock = async (): Promise<string> =>
      (await answerOf<{ readonly ticket: string }>(control, 'unlock', { name: account.name, kit: account.kit })).ticket;
    const ticket = await unlock();
    await answerOf(control, 'mkdir', { ticket, vault: 'files', path: ['photos'] });
    await put(control, ticket, ['photos', 'small.txt'], noise(1000, 1));
    await put(control, ticket, ['photos', 'large.jpg'], noise(2 * pieceBytes + 5, 2));
    await put(control, ticket, ['photos', 'small.txt'], noise(2000, 3));
    await put(control, ticket, ['gone.jpg'], noise(200_000, 4));
    await answerOf(control, 'remove', { ticket, vault: 'files', path: ['gone.jpg'] });
    // A new epoch: a second public header, and content under another key.
    await answerOf(control, 'app-password.revoke', { ticket, credential: 'test' });
    await put(control, await unlock(), ['photos', 'later.jpg'], noise(300_000, 5));
    files = present(
      core.instance.view
        .vaultsOf(present(core.instance.view.accountNamed(account.name), 'account').id)
        .find((each) => each.kind === 'files'),
      'vault',
    ).id;
  });
});

after(() => rmSync(scratch, { recursive: true, force: true }));

/** Verifies with something changed, and puts it back. */
async function whileDamaged(putBack: () => void, kit?: string): Promise<Findings> {
  try {
    return await verifyFolder(kit);
  } finally {
    putBack();
  }
}

describe('verify', () => {
  it('finds nothing in a folder that is whole, and says what it read', async () => {
    const { report, damages, hits, leftovers } = await verifyFolder();
    assert.deepEqual([damages, hits, leftovers], [[], [], []]);
    const vault = present(
      report.vaults.find((each) => each.vault === files),
      'vault',
    );
    const expected = {
      opened: false,
      entries: 7,
      bodies: 7,
      chunks: 7,
      headers: 2,
      leased: 0,
      files: undefined,
      damages: 0,
    };
    assert.deepEqual(pick(vault, Object.keys(expected)), expected);
    assert.equal(report.vaults.length, 3);
  });

  it('opens everything with a kit, across epochs, and both readers agree', async () => {
    const { report, damages } = await verifyFolder(account.kit);
    assert.deepEqual(damages, []);
    const vault = present(
      report.vaults.find((each) => each.vault === files),
      'vault',
    );
    assert.deepEqual([vault.opened, vault.files, vault.skipped], [true, 3, 0]);
    assert.equal(report.vaults.filter((each) => each.opened).length, 2);
  });

  it('blames the entry whose header has a flipped bit, and no other', async () => {
    const no = vaultNumber();
    for (const sequence of [1, 2, 3, 5, 6]) {
      const size = Number(
        rows(`SELECT length(header) AS value FROM entry WHERE vault = ${no} AND sequence = ${sequence}`)[0]?.['value'],
      );
      // Over all entries each field is met, another bit of a byte each time.
      for (let byte = sequence; byte < size; byte += 23) {
        const putBack = overwrite(
          'entry',
          'header',
          `vault = ${no} AND sequence = ${sequence}`,
          flipped(byte * 8 + ((byte + sequence) % 8)),
        );
        const { damages } = await whileDamaged(putBack);
        assert.deepEqual(
          damages.map((each) => [each.kind, each.vault, each.sequence]),
          [['entry', files, sequence]],
          `byte ${byte} of entry ${sequence}`,
        );
      }
    }
  });

  it('blames the entry whose hash of its body has a flipped bit, or that is missing', async () => {
    const place = `vault = ${vaultNumber()} AND sequence = 3`;
    const hash = await whileDamaged(overwrite('entry', 'body_hash', place, flipped(77)));
    assert.deepEqual(
      hash.damages.map((each) => [each.kind, each.sequence]),
      [['entry', 3]],
    );
    const missing = await whileDamaged(overwrite('entry', 'sequence', place, () => 3000));
    assert.deepEqual(
      missing.damages.map((each) => [each.kind, each.sequence]),
      [['entry', 3]],
    );
  });

  it('finds a flipped bit in a body, the last one too, and goes on without it', async () => {
    for (const sequence of [1, 4, 7]) {
      const place = `vault = ${vaultNumber()} AND sequence = ${sequence}`;
      for (const kit of [undefined, account.kit]) {
        const { damages, report } = await whileDamaged(overwrite('entry', 'body', place, flipped(sequence * 31)), kit);
        assert.deepEqual(
          damages.map((each) => [each.kind, each.sequence]),
          [['body', sequence]],
        );
        assert.equal(report.vaults.find((each) => each.vault === files)?.entries, 7);
      }
    }
  });

  it('finds a head that is not that of the last entry', async () => {
    for (const [column, bit] of [
      ['hash', 9],
      ['sequence', 0],
      ['fork', 1],
    ] as const) {
      const { damages } = await whileDamaged(overwrite('vault', column, `id = x'${files}'`, flipped(bit)));
      assert.deepEqual(
        damages.map((each) => [each.kind, each.vault]),
        [['head', files]],
        column,
      );
    }
    const last = await whileDamaged(
      overwrite('entry', 'header', `vault = ${vaultNumber()} AND sequence = 7`, flipped(100 * 8)),
    );
    assert.deepEqual(
      last.damages.map((each) => each.kind),
      ['head'],
    );
  });

  it('finds a flipped bit in every public header, wherever it is', async () => {
    for (const number of [1, 2]) {
      for (const bit of [3, 300, 600, 1500, 2500]) {
        const { damages } = await whileDamaged(
          overwrite('public_header', 'bytes', `vault = ${vaultNumber()} AND number = ${number}`, flipped(bit)),
        );
        assert.deepEqual(
          damages.map((each) => [each.kind, each.vault, each.number]),
          [['header', files, number]],
          `bit ${bit} of header ${number}`,
        );
      }
    }
  });

  it('finds a vault without public headers', async () => {
    const { damages } = await whileDamaged(
      (() => {
        const hide = (from: number, to: number): void =>
          withDatabase((database) => database.exec(`UPDATE public_header SET vault = ${to} WHERE vault = ${from}`));
        const no = vaultNumber();
        hide(no, 9999);
        return () => hide(9999, no);
      })(),
    );
    assert.deepEqual(
      damages.map((each) => [each.kind, each.number]),
      [['header', undefined]],
    );
  });

  it('finds a flipped bit in each small chunk of the database', async () => {
    const stored = rows('SELECT no FROM chunk_data');
    assert.ok(stored.length >= 2);
    for (const { no } of stored) {
      const { damages } = await whileDamaged(overwrite('chunk_data', 'bytes', `no = ${no}`, flipped(1234)));
      assert.deepEqual(
        damages.map((each) => each.kind),
        ['chunk-damaged'],
      );
    }
  });

  it('finds rows of chunks that say something else than they should', async () => {
    const [chunk] = rows(`SELECT hex(id) AS id FROM chunk WHERE vault = ${vaultNumber()} AND data IS NULL ORDER BY id`);
    const place = `id = x'${chunk?.['id']}'`;
    const kinds = async (column: string, change: (value: SQLInputValue) => SQLInputValue): Promise<readonly string[]> =>
      (await whileDamaged(overwrite('chunk', column, place, change))).damages.map((each) => each.kind);
    assert.deepEqual(await kinds('size', flipped(3)), ['chunk-row']);
    assert.deepEqual(await kinds('state', () => 3), ['chunk-row']);
    assert.deepEqual(await kinds('state', () => 5), ['chunk-row']);
    assert.deepEqual(await kinds('state', () => 1), ['chunk-row']);
    assert.deepEqual(await kinds('vault', () => 9999), ['chunk-row']);
    const wrongId = await kinds('id', flipped(200));
    assert.deepEqual(wrongId, ['chunk-row', 'chunk-missing']);
  });
});

describe('verify of chunk files', () => {
  const chunkFiles = (): readonly string[] =>
    readdirSync(join(folder, 'chunks')).flatMap((prefix) =>
      readdirSync(join(folder, 'chunks', prefix)).map((name) => join(folder, 'chunks', prefix, name)),
    );

  function spoil(path: string, change: (bytes: Uint8Array) => Uint8Array | undefined): () => void {
    const good = readFileSync(path);
    const bad = change(good);
    if (bad === undefined) rmSync(path);
    else writeFileSync(path, bad);
    return () => writeFileSync(path, good);
  }

  it('finds a flipped bit, a cut end, an added one, and a missing file, and names the files that are hit', async () => {
    const paths = chunkFiles();
    assert.equal(paths.length, 4);
    const named = new Set<string>();
    for (const [index, path] of paths.entries()) {
      const changes: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array | undefined])[] = [
        ['chunk-damaged', (bytes) => bytes.with(index * 1000, (bytes[index * 1000] ?? 0) ^ 1)],
        ['chunk-damaged', (bytes) => bytes.subarray(0, bytes.length - 1)],
        ['chunk-damaged', (bytes) => Buffer.concat([bytes, new Uint8Array(1)])],
        ['chunk-damaged', () => new Uint8Array(0)],
        ['chunk-missing', () => undefined],
      ];
      for (const [kind, change] of changes) {
        const { damages, hits } = await whileDamaged(spoil(path, change), account.kit);
        assert.deepEqual(
          damages.map((each) => [each.kind, each.chunk]),
          [[kind, path.split('/').at(-1)]],
        );
        assert.equal(hits.length, 1);
        named.add(`${hits[0]?.state} ${hits[0]?.path.join('/')} ${hits[0]?.isCurrent}`);
      }
    }
    assert.deepEqual([...named].sort(), [
      'here photos/large.jpg true',
      'here photos/later.jpg true',
      'trashed gone.jpg true',
    ]);
  });

  it('names an earlier version that is hit as such', async () => {
    // Small chunks: the earlier content of small.txt, the one it has now, and the end of large.jpg.
    const hit = new Set<string>();
    for (const { no } of rows('SELECT no FROM chunk_data')) {
      const { hits } = await whileDamaged(overwrite('chunk_data', 'bytes', `no = ${no}`, flipped(99)), account.kit);
      for (const { path, isCurrent, versions } of hits) hit.add(`${path.join('/')} ${isCurrent} ${versions.length}`);
    }
    assert.deepEqual([...hit].sort(), [
      'photos/large.jpg true 1',
      'photos/small.txt false 1',
      'photos/small.txt true 1',
    ]);
  });

  it('finds the bytes of one chunk under the name of another', async () => {
    const [one = '', other = ''] = chunkFiles();
    const swap = (): void => {
      renameSync(one, `${one}.x`);
      renameSync(other, one);
      renameSync(`${one}.x`, other);
    };
    swap();
    const { damages, hits } = await whileDamaged(swap, account.kit);
    assert.deepEqual(
      damages.map((each) => each.kind),
      ['chunk-damaged', 'chunk-damaged'],
    );
    assert.ok(hits.length >= 1);
  });

  it('counts files that nothing names as leftovers, not as damage', async () => {
    const id = 'ab'.repeat(32);
    mkdirSync(join(folder, 'chunks/ab'), { recursive: true });
    appendFileSync(join(folder, 'chunks/ab', id), 'what a crash left');
    const { report, damages, leftovers } = await whileDamaged(() => rmSync(join(folder, 'chunks/ab', id)));
    assert.deepEqual([damages, leftovers, report.leftovers, report.leftoverBytes], [[], [id], 1, 17]);
  });

  it('changes nothing', async () => {
    const state = (): string => JSON.stringify(rows('SELECT hex(id) AS id, sequence, hex(hash) AS hash FROM vault'));
    const before = state();
    await verifyFolder(account.kit);
    assert.equal(state(), before);
  });
});

describe('verify of drops', () => {
  async function appendDrop(
    listed: ChunkId,
    sign: (seed: Uint8Array, message: Uint8Array) => Uint8Array,
  ): Promise<void> {
    const disk = openFileDisk(folder);
    const journal = await openJournal(folder, disk, { create: false });
    try {
      const { header, secrets } = await unlockByHeader(
        journal,
        files,
        new Secret(present(findIdentity(account.kit), 'identity')),
      );
      const keys = VaultKeys.unlock(files, secrets.secret, header.epochs);
      const head = await journal.head(files);
      const salt = noise(32, head.sequence);
      const aad = encodeHeaderAad({
        minimumReader: 1,
        type: 'drop',
        vault: files,
        fork: head.fork,
        sequence: head.sequence + 1,
        timeMs: 1,
        previousHash: head.hash,
        epoch: keys.current.epoch,
        salt,
        added: [],
        listed: [listed],
      });
      const plaintext = present(encodeBody({ by: undefined, operations: [] }, bodyCodec), 'body');
      const body = sealBody(keys.current.entryKey, salt, aad, plaintext);
      const signature = sign(present(secrets.signSeed, 'seed').expose(), signedBytes(aad, sha256(body)));
      const entry = { header: encodeHeader(aad, signature), body };
      const { kind } = await journal.append({ vault: files, expected: head, entries: [entry], data: [] });
      assert.equal(kind, 'appended');
    } finally {
      await journal.close();
    }
  }

  it('lets a chunk go that a signed drop lists, and only then', async () => {
    const [first, second] = rows(
      `SELECT hex(id) AS id FROM chunk WHERE vault = ${vaultNumber()} AND data IS NULL ORDER BY id`,
    ).map((row) => present(parseChunkId(String(row['id']).toLowerCase()), 'chunk id'));
    assert.ok(first !== undefined && second !== undefined);
    await appendDrop(first, ed25519Sign);
    assert.deepEqual((await verifyFolder(account.kit)).damages, []);

    const file = join(folder, 'chunks', first.slice(0, 2), first);
    const bytes = readFileSync(file);
    rmSync(file);
    const early = await verifyFolder();
    assert.deepEqual(
      early.damages.map((each) => each.kind),
      ['chunk-missing'],
      'dropped is not erased yet',
    );
    const erased = await whileDamaged(overwrite('chunk', 'state', `id = x'${first}'`, () => 5));
    assert.deepEqual(erased.damages, []);
    writeFileSync(file, bytes);

    await appendDrop(second, (_seed, message) => ed25519Sign(noise(32, 9), message));
    const forged = await verifyFolder();
    assert.deepEqual(
      forged.damages.map((each) => [each.kind, each.sequence, each.chunk]),
      [
        ['signature', 9, undefined],
        ['chunk-row', undefined, second],
      ],
    );
  });
});

function pick(value: object, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => keys.includes(key)));
}
