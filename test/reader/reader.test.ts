import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createAccount, createAppPassword, revokeCredential } from '#accounts/account-commands.ts';
import { type Unlocked, unlockWithAppPassword, unlockWithPassword } from '#accounts/proofs.ts';
import { copyIdOf, parseVaultId } from '#base/ids.ts';
import { Copier } from '#copies/copier.ts';
import { joinPlace } from '#copies/copy-marker-check.ts';
import { randomBytes } from '#crypto/primitives.ts';
import { encodeIdentity } from '#format/identity.ts';
import { type Core, openLocalCore } from '#server/core.ts';
import { placesOf } from '#server/data-folder.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { openFileDisk } from '#store/disk-files.ts';
import { openJournalReader } from '#store/journal/sqlite-reader.ts';
import { openFolderPlace } from '#store/places/folder-place.ts';
import type { Caller } from '#vault/files/commands.ts';
import { pieces } from '#vault/files/pieces.ts';
import type { FilesPort } from '#vault/files/port.ts';

// Debian's own Python has Debian's python3-cryptography and python3-zstandard.
const python = '/usr/bin/python3';
const lacking =
  spawnSync(python, ['-c', 'import cryptography, zstandard']).status === 0
    ? false
    : 'needs python3-cryptography and python3-zstandard';
const folder = mkdtempSync(join(tmpdir(), 'coffre-reader-'));
after(() => rmSync(folder, { recursive: true, force: true }));

interface ReaderAnswer {
  readonly problems: readonly unknown[];
  readonly skipped?: readonly unknown[];
}

function reader(...args: readonly string[]): ReaderAnswer {
  const run = spawnSync(python, [join(import.meta.dirname, 'reader.py'), ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.equal(run.status, 0, `${run.stdout}\n${run.stderr}`);
  return JSON.parse(run.stdout) as ReaderAnswer;
}

const mtimeMs = 1_700_000_000_000;
const caller: Caller = { by: undefined, conditions: {} };
const meta = { mtimeMs, type: undefined };

class Owner {
  readonly core: Core;
  readonly #name: string;
  #unlocked: Unlocked;

  private constructor(core: Core, name: string, unlocked: Unlocked) {
    this.core = core;
    this.#name = name;
    this.#unlocked = unlocked;
  }

  static async create(core: Core, name: string, kitFile: string): Promise<Owner> {
    const made = await createAccount(core.instance, name, 'correct horse');
    assert.equal(made.kind, 'created');
    if (made.kind === 'created') writeFileSync(kitFile, `Kit of ${name}\n\n${encodeIdentity(made.kit.expose())}\n`);
    return new Owner(core, name, (await unlockWithPassword(core.instance, name, 'correct horse')) ?? assert.fail());
  }

  get files(): FilesPort {
    return this.core.files(this.#unlocked, 'files') ?? assert.fail();
  }

  async newEpoch(): Promise<void> {
    const made = await createAppPassword(this.core.instance, this.#unlocked, 'lost', ['files']);
    const lost =
      unlockWithAppPassword(this.core.instance, this.#name, made.kind === 'created' ? made.text : '') ?? assert.fail();
    await this.core.closeVault(this.files.id, 2);
    await revokeCredential(this.core.instance, this.#unlocked, lost.credential);
    this.#unlocked = (await unlockWithPassword(this.core.instance, this.#name, 'correct horse')) ?? assert.fail();
  }

  async put(path: readonly string[], bytes: Uint8Array): Promise<void> {
    const upload = this.files.upload(undefined, []);
    for await (const piece of pieces([bytes].values() as unknown as AsyncIterable<Uint8Array>)) await upload.add(piece);
    await ok(upload.write(caller, path, meta));
  }
}

async function ok(result: Promise<{ readonly kind: string }>): Promise<void> {
  assert.equal((await result).kind, 'done');
}

/** Every kind of operation, epoch and content, and what is left of it in the end. */
async function fill(owner: Owner): Promise<void> {
  const { files } = owner;
  await ok(files.makeFolder(caller, ['album']));
  await ok(files.makeFolder(caller, ['album', 'deep']));
  await owner.put(['album', 'text é\n.md'], Buffer.from('lorem ipsum '.repeat(50_000)));
  await owner.put(['album', 'empty'], new Uint8Array(0));
  await owner.put(['album', 'deep', 'noise.bin'], randomBytes(9_000_001));
  await owner.put(['album', 'deep', 'twin.bin'], randomBytes(70_000));
  await ok(files.copy(caller, { from: ['album'], to: ['copy of album'], overwrite: false }));
  await owner.put(['album', 'empty'], Buffer.from('not empty any more'));
  await owner.put(['versioned'], Buffer.from('one'));
  await owner.put(['versioned'], Buffer.from('two'));
  const [, first] = (await files.versions(['versioned'])) ?? assert.fail();
  await ok(files.pickVersion(caller, ['versioned'], first?.version ?? assert.fail()));
  const before = await files.sequenceAt(Number.MAX_SAFE_INTEGER);
  await owner.put(['tmp'], Buffer.from('moved over'));
  await owner.put(['target'], Buffer.from('target'));
  await ok(files.move(caller, { from: ['tmp'], to: ['target'], overwrite: true }));
  await ok(files.move(caller, { from: ['album', 'deep'], to: ['moved'], overwrite: false }));
  await ok(files.trash(caller, ['album']));
  await ok(
    files.setProperties(caller, ['target'], {
      set: [{ namespace: 'urn:x', name: 'p', xml: '<p xmlns="urn:x">1</p>' }],
      remove: [],
    }),
  );
  await ok(files.rewind(caller, [], before));
  await owner.put(['gone'], Buffer.from('gone'));
  await ok(files.trash(caller, ['gone']));
  await ok(
    files.end(
      caller,
      (await files.trashed()).map((each) => each.id),
    ),
  );
}

async function tree(files: FilesPort, path: readonly string[]): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for (const child of (await files.list(path))?.children ?? []) {
    const at = [...path, child.name];
    if (child.isFolder) {
      for (const [name, bytes] of await tree(files, at)) found.set(name, bytes);
      continue;
    }
    const plan = await files.plan(at, 0);
    const parts =
      plan.kind === 'plan' ? await Promise.all(plan.pieces.map((piece) => files.readPiece(piece))) : assert.fail();
    found.set(at.join('/'), Buffer.concat(parts));
  }
  return found;
}

function treeOnDisk(root: string): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile()) continue;
    assert.equal(statSync(path).mtimeMs, mtimeMs, path);
    found.set(path.slice(root.length + 1), readFileSync(path));
  }
  return found;
}

test('works: Format: an independent reader in Python gets every file back from a data folder with the recovery kit alone', {
  skip: lacking,
}, async () => {
  const places = placesOf(join(folder, 'data'));
  const core = await openLocalCore(places, { passwordCost: { memoryKiB: 64, passes: 1 } });
  const kit = join(folder, 'kit.txt');
  const owner = await Owner.create(core, 'alice', kit);
  const other = await Owner.create(core, 'bob', join(folder, 'kit-of-bob.txt'));
  await other.put(['secret of bob'], Buffer.from('not for alice'));
  await fill(owner);
  await owner.newEpoch();
  await owner.put(['after the new epoch'], randomBytes(5_000_000));
  const wanted = await tree(owner.files, []);
  const vault = owner.files.id;
  await core.close();

  const out = join(folder, 'out');
  const answer = reader('extract', '--data', places.dataFolder, '--kit', kit, '--to', out);
  assert.deepEqual(answer.problems, []);
  const got = treeOnDisk(join(out, vault));
  assert.deepEqual([...got.keys()].sort(), [...wanted.keys()].sort());
  for (const [path, bytes] of wanted) assert.ok(Buffer.compare(bytes, got.get(path) ?? assert.fail()) === 0, path);
  assert.ok(wanted.size >= 9);
  assert.ok(readdirSync(out).length <= 2, 'vaults of others stay closed');

  assert.deepEqual(reader('verify', '--data', places.dataFolder).problems, []);
  assert.deepEqual(reader('instance', '--data', places.dataFolder, '--key', places.keyFile).problems, []);
});

/** As the program makes it: from sealed bytes, with no key. */
async function copyTo(dataFolder: string, copy: string): Promise<void> {
  const journal = openJournalReader(dataFolder);
  mkdirSync(copy);
  const place = await openFolderPlace(copy);
  const instance = parseVaultId((await journal.meta('instance')) ?? '') ?? assert.fail();
  const identity = { copy: copyIdOf(randomBytes(16)), instance };
  await joinPlace(place, { ...identity, createdMs: 1, country: 'CH' });
  const copier = new Copier(identity, {
    place,
    journal,
    chunks: new ChunkFiles(openFileDisk(dataFolder)),
    atATime: 4,
    budgetBytes: 16 * 1024 * 1024,
    bandwidth: undefined,
    stopping: new AbortController().signal,
    onSent: () => undefined,
    onLost: () => assert.fail('nothing is lost'),
    onHead: () => undefined,
  });
  for (const { kind } of (await copier.follow()).values()) assert.equal(kind, 'whole');
  await journal.close();
}

test('works: Format: an independent reader in Python gets every file back from a copy with the recovery kit alone', {
  skip: lacking,
}, async () => {
  const places = placesOf(join(folder, 'copied'));
  const core = await openLocalCore(places, { passwordCost: { memoryKiB: 64, passes: 1 } });
  const kit = join(folder, 'kit-of-carol.txt');
  const owner = await Owner.create(core, 'carol', kit);
  await fill(owner);
  await owner.newEpoch();
  await owner.put(['after the new epoch'], randomBytes(5_000_000));
  const wanted = await tree(owner.files, []);
  const vault = owner.files.id;
  await core.close();
  const copy = join(folder, 'copy');
  await copyTo(places.dataFolder, copy);

  const out = join(folder, 'out of the copy');
  assert.deepEqual(reader('extract', '--data', copy, '--kit', kit, '--to', out).problems, []);
  const got = treeOnDisk(join(out, vault));
  assert.deepEqual([...got.keys()].sort(), [...wanted.keys()].sort());
  for (const [path, bytes] of wanted) assert.ok(Buffer.compare(bytes, got.get(path) ?? assert.fail()) === 0, path);
  assert.deepEqual(reader('verify', '--data', copy).problems, []);
  assert.deepEqual(reader('instance', '--data', copy, '--key', places.keyFile).problems, []);
});

test('the independent reader agrees with every vector', { skip: lacking }, () => {
  assert.deepEqual(reader('vectors', join(import.meta.dirname, '..', 'vectors')).problems, []);
});
