import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '#base/bytes.ts';
import { Fault, isFault } from '#base/fault.ts';
import { type CredentialId, credentialIdOf } from '#base/ids.ts';
import type { Journal } from '#store/journal/journal.ts';
import { makeWorld, nobody, type World } from '../../../test/vault/harness.ts';
import type { Caller } from './commands.ts';
import type { FilesVault } from './files-vault.ts';
import type { LockRequest, LockResult } from './port.ts';
import type { Lock, Path, WriteResult } from './types.ts';

const phone: CredentialId = credentialIdOf(new Uint8Array(16).fill(1));
const laptop: CredentialId = credentialIdOf(new Uint8Array(16).fill(2));
const meta = { mtimeMs: undefined, type: undefined };

function by(who: CredentialId, ...tokens: string[]): Caller {
  return { by: who, conditions: { tokens } };
}

class HandClock {
  ms = 1_000_000;
  nowMs(): number {
    return this.ms;
  }
}

/** The same journal with some methods replaced. */
function over(journal: Journal, replaced: Partial<Journal>): Journal {
  return new Proxy(journal, {
    get: (target, key) => {
      const value: unknown = Reflect.get(Object.hasOwn(replaced, key) ? replaced : target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

interface Stand {
  readonly world: World;
  readonly vault: FilesVault;
  readonly clock: HandClock;
}

/** f, g, and a folder with a file in it. */
async function stand(name: string): Promise<Stand> {
  const world = makeWorld(`locks ${name}`);
  const clock = new HandClock();
  const vault = await world.open({ clock });
  for (const file of ['f', 'g']) await vault.put(nobody, [file], utf8(file), [], meta);
  await vault.makeFolder(nobody, ['folder']);
  await vault.put(nobody, ['folder', 'in'], utf8('in'), [], meta);
  return { world, vault, clock };
}

const exclusive: LockRequest = { infinite: true, exclusive: true, owner: '<o/>', timeoutMs: 60_000 };
const shared: LockRequest = { ...exclusive, exclusive: false };

async function take(
  vault: FilesVault,
  path: Path,
  request: LockRequest = exclusive,
  who: CredentialId = phone,
): Promise<Lock> {
  return taken(await vault.lock(by(who), path, request));
}

function taken(result: LockResult): Lock {
  assert.ok(result.kind === 'locked', result.kind === 'refused' ? result.why : '');
  return result.lock;
}

function why(result: WriteResult | LockResult): string {
  return result.kind === 'refused' ? result.why : result.kind;
}

const put = (vault: FilesVault, caller: Caller, ...path: Path): Promise<WriteResult> =>
  vault.put(caller, path, utf8('new'), [], meta);

describe('an exclusive lock', () => {
  it('keeps everybody out who does not show its token, also its owner from another device', async () => {
    const { vault } = await stand('exclusive');
    const { token } = await take(vault, ['f']);
    for (const caller of [nobody, by(phone), by(laptop), by(laptop, token)]) {
      assert.equal(why(await put(vault, caller, 'f')), 'locked');
      assert.equal(why(await vault.trash(caller, ['f'])), 'locked');
      assert.equal(why(await vault.move(caller, { from: ['f'], to: ['h'], overwrite: false })), 'locked');
      assert.equal(why(await vault.move(caller, { from: ['g'], to: ['f'], overwrite: true })), 'locked');
      assert.equal(why(await vault.copy(caller, { from: ['g'], to: ['f'], overwrite: true })), 'locked');
      assert.equal(why(await vault.setProperties(caller, ['f'], { set: [], remove: [] })), 'locked');
    }
    assert.equal(why(await put(vault, by(phone, token), 'f')), 'done');
    assert.equal(why(await put(vault, nobody, 'g')), 'done');
  });

  it('stands alone, and one of two that are asked for at once is refused', async () => {
    const { vault } = await stand('alone');
    const [one, two] = await Promise.all([
      vault.lock(by(phone), ['f'], exclusive),
      vault.lock(by(laptop), ['f'], exclusive),
    ]);
    assert.deepEqual([one, two].map(why).sort(), ['locked', 'locked']);
    assert.equal([one, two].filter((each) => each.kind === 'locked').length, 1);
    assert.equal(why(await vault.lock(by(laptop), ['f'], shared)), 'locked');
    assert.equal((await vault.locksOn(['f'])).length, 1);
  });

  it('on a folder covers what is in it and what comes into it', async () => {
    const { vault } = await stand('folder');
    const { token } = await take(vault, ['folder']);
    assert.equal(why(await put(vault, nobody, 'folder', 'in')), 'locked');
    assert.equal(why(await put(vault, nobody, 'folder', 'new')), 'locked');
    assert.equal(why(await vault.makeFolder(nobody, ['folder', 'deep'])), 'locked');
    assert.equal(why(await vault.trash(nobody, ['folder', 'in'])), 'locked');
    assert.equal(why(await vault.move(nobody, { from: ['g'], to: ['folder', 'g'], overwrite: false })), 'locked');
    assert.equal(why(await vault.lock(by(laptop), ['folder', 'in'], exclusive)), 'locked');
    assert.equal(why(await put(vault, by(phone, token), 'folder', 'new')), 'done');
    assert.equal((await vault.locksOn(['folder', 'new'])).length, 1);
  });

  it('inside a folder keeps the folder from going, and from being locked as a whole', async () => {
    const { vault } = await stand('inside');
    const { token } = await take(vault, ['folder', 'in']);
    assert.equal(why(await vault.trash(nobody, ['folder'])), 'locked');
    assert.equal(why(await vault.move(nobody, { from: ['folder'], to: ['moved'], overwrite: false })), 'locked');
    assert.equal(why(await vault.lock(by(laptop), ['folder'], exclusive)), 'locked');
    assert.equal(why(await vault.rewind(nobody, [], 0)), 'locked');
    assert.equal(why(await put(vault, nobody, 'folder', 'other')), 'done');
    assert.equal(why(await vault.trash(by(phone, token), ['folder'])), 'done');
  });
});

it('shared locks stand beside each other; one of their tokens is enough', async () => {
  const { vault } = await stand('shared');
  const mine = await take(vault, ['f'], shared, phone);
  const theirs = await take(vault, ['f'], shared, laptop);
  assert.notEqual(mine.token, theirs.token);
  assert.equal(why(await vault.lock(nobody, ['f'], exclusive)), 'locked');
  assert.equal(why(await put(vault, nobody, 'f')), 'locked');
  assert.equal(why(await put(vault, by(laptop, theirs.token), 'f')), 'done');
});

it('a lock ends when its time is over, is renewed by its owner, and is given back by its owner only', async () => {
  const { vault, clock } = await stand('time');
  const { token } = await take(vault, ['f']);
  clock.ms += 50_000;
  assert.equal(why(await vault.refreshLock(by(laptop, token), ['f'], 60_000)), 'precondition-failed');
  assert.equal(why(await vault.refreshLock(by(phone, token), ['f'], 60_000)), 'locked');
  clock.ms += 50_000;
  assert.equal(why(await put(vault, nobody, 'f')), 'locked');
  clock.ms += 10_000;
  assert.equal(why(await put(vault, nobody, 'f')), 'done');
  assert.deepEqual(await vault.locksOn(['f']), []);

  const second = await take(vault, ['f']);
  assert.equal(await vault.unlock(by(phone), ['f'], second.token), 'unlocked');
  const third = await take(vault, ['f']);
  const refusal = await vault.unlock(by(laptop), ['f'], third.token);
  assert.equal(refusal === 'unlocked' ? refusal : refusal.why, 'locked');
  const unknown = await vault.unlock(by(phone), ['f'], second.token);
  assert.equal(unknown === 'unlocked' ? unknown : unknown.why, 'no-such-lock');
});

it('a lock survives a restart, and nothing of it is stored in clear', async () => {
  const { vault, world, clock } = await stand('restart');
  const lock = await take(vault, ['folder', 'in']);
  const again = await world.open({ clock });
  assert.deepEqual(await again.locksOn(['folder', 'in']), [lock]);
  assert.equal(why(await put(again, nobody, 'folder', 'in')), 'locked');
  for (const row of world.memory.ephemeral.values()) {
    const stored = Buffer.from(row.sealed).toString('latin1');
    assert.ok(!stored.includes('<o/>') && !stored.includes('folder') && !stored.includes(phone));
  }
  await again.unlock(by(phone), ['folder', 'in'], lock.token);
  assert.deepEqual(await (await world.open({ clock })).locksOn(['folder', 'in']), []);
});

it('a lock that could not be made durable is none', async () => {
  const { world, clock } = await stand('not durable');
  let full = true;
  const journal = over(world.journal, {
    putEphemeral: (row) => (full ? Promise.reject(new Fault('disk-full', 'full')) : world.journal.putEphemeral(row)),
  });
  const vault = await world.open({ clock, journal });
  await assert.rejects(vault.lock(by(phone), ['f'], exclusive), (error) => isFault(error, 'disk-full'));
  full = false;
  assert.equal(why(await put(vault, nobody, 'f')), 'done');
  taken(await vault.lock(by(laptop), ['f'], exclusive));
});

it('a lock does not go with what is moved, and goes with what is trashed', async () => {
  const { vault } = await stand('moves');
  const file = await take(vault, ['f']);
  assert.equal(why(await vault.move(by(phone, file.token), { from: ['f'], to: ['moved'], overwrite: false })), 'done');
  assert.deepEqual(await vault.locksOn(['moved']), []);
  const inside = await take(vault, ['folder', 'in']);
  assert.equal(why(await vault.trash(by(phone, inside.token), ['folder'])), 'done');
  const [trashed] = await vault.trashed();
  assert.ok(trashed !== undefined);
  assert.equal(why(await vault.restore(nobody, trashed.id)), 'done');
  assert.deepEqual(await vault.locksOn(['folder', 'in']), []);
});

it('locking a name where nothing is makes an empty file, which is no version once something is written', async () => {
  const { vault } = await stand('null');
  const result = await vault.lock(by(phone), ['new'], exclusive);
  assert.ok(result.kind === 'locked' && result.created);
  assert.equal((await vault.stat(['new']))?.sizeBytes, 0);
  assert.equal(why(await put(vault, by(phone, result.lock.token), 'new')), 'done');
  assert.equal((await vault.versions(['new']))?.length, 1);
});

it('a folder that is locked by itself gets no member back from a rewind', async () => {
  const { vault } = await stand('rewind into');
  const { sequence } = vault.head;
  await vault.trash(nobody, ['folder', 'in']);
  const { token } = await take(vault, ['folder'], { ...exclusive, infinite: false });
  assert.equal(why(await vault.rewind(nobody, ['folder', 'in'], sequence)), 'locked');
  assert.equal(await vault.stat(['folder', 'in']), undefined);
  assert.equal(why(await vault.rewind(by(phone, token), ['folder', 'in'], sequence)), 'done');
});

it('a folder that is locked by itself loses no member to the rewind of another one', async () => {
  const { vault } = await stand('rewind out of');
  await vault.makeFolder(nobody, ['other']);
  const { sequence } = vault.head;
  await vault.move(nobody, { from: ['folder', 'in'], to: ['other', 'in'], overwrite: false });
  const { token } = await take(vault, ['other'], { ...exclusive, infinite: false });
  assert.equal(why(await vault.rewind(nobody, ['folder'], sequence)), 'locked');
  assert.equal(await vault.stat(['folder', 'in']), undefined);
  assert.equal(why(await vault.rewind(by(phone, token), ['folder'], sequence)), 'done');
});

it('a lock on something that took the place of its empty file did not make it', async () => {
  const { world, clock } = await stand('made way');
  let moving: Promise<WriteResult> | undefined;
  const journal = over(world.journal, {
    append: (request) => {
      // Waits behind the empty file, and stands before the lock.
      moving ??= vault.move(nobody, { from: ['folder'], to: ['new'], overwrite: true });
      return world.journal.append(request);
    },
  });
  const vault = await world.open({ clock, journal });
  const result = await vault.lock(by(phone), ['new'], exclusive);
  assert.equal(why((await moving) ?? assert.fail()), 'done');
  assert.ok(result.kind === 'locked');
  assert.deepEqual([result.node.isFolder, result.created], [true, false]);
});

it('a lock that is given back while it is renewed is not there any more', async () => {
  const { vault, world, clock } = await stand('renewed');
  const { token } = await take(vault, ['f']);
  const givingBack = vault.unlock(by(phone), ['f'], token);
  const renewed = await vault.refreshLock(by(phone, token), ['f'], 60_000);
  assert.equal(await givingBack, 'unlocked');
  assert.equal(why(renewed), 'precondition-failed');
  assert.deepEqual(await vault.locksOn(['f']), []);
  assert.deepEqual(await (await world.open({ clock })).locksOn(['f']), []);
});

it('nothing is kept of locks whose time is over', async () => {
  const { vault, world, clock } = await stand('over');
  for (const file of ['f', 'g']) await take(vault, [file]);
  assert.equal(world.memory.ephemeral.size, 2);
  clock.ms += 60_000;
  await vault.locksOn(['f']);
  await take(vault, ['f']);
  assert.equal(world.memory.ephemeral.size, 1);
  clock.ms += 60_000;
  const again = await world.open({ clock });
  await take(again, ['g']);
  assert.equal(world.memory.ephemeral.size, 1);
});
