import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import { Fault, isFault } from '#base/fault.ts';
import { Secret } from '#base/secret.ts';
import { randomBytes } from '#crypto/primitives.ts';
import { JournalMemory } from '#store/journal/memory-journal.ts';
import { VaultKeys } from '#vault/vault-keys.ts';
import { changePassword, createAccount, createAppPassword, revokeCredential } from './account-commands.ts';
import { Instance, unlockByHeader } from './instance.ts';
import { openWrap } from './keyring.ts';
import { type Unlocked, unlockWithAppPassword, unlockWithKit, unlockWithPassword } from './proofs.ts';

const cheap = { memoryKiB: 64, passes: 1 };
const password = 'correct horse';

interface World {
  readonly memory: JournalMemory;
  readonly instance: Instance;
  readonly key: Secret;
}

async function world(
  memory: JournalMemory = new JournalMemory(),
  key: Secret = new Secret(randomBytes(32)),
): Promise<World> {
  const clock: Clock = { nowMs: () => 1_700_000_000_000 };
  const parts = { journal: memory.start(), clock, random: { bytes: randomBytes }, passwordCost: cheap };
  return { memory, key, instance: await Instance.open(parts, key) };
}

async function account(instance: Instance, name: string): Promise<{ readonly kit: Secret; readonly owner: Unlocked }> {
  const made = await createAccount(instance, name, password);
  assert.equal(made.kind, 'created');
  return { kit: made.kind === 'created' ? made.kit : assert.fail(), owner: await unlocked(instance, name) };
}

async function unlocked(instance: Instance, name: string, given: string = password): Promise<Unlocked> {
  return (await unlockWithPassword(instance, name, given)) ?? assert.fail('the password opens nothing');
}

function hex(secret: Secret | undefined): string {
  return toHex(secret?.expose() ?? assert.fail());
}

function vaultOf(instance: Instance, owner: Unlocked, kind: 'files' | 'documents'): string {
  return instance.view.vaultsOf(owner.account.id).find((each) => each.kind === kind)?.id ?? assert.fail();
}

test('works: Accounts: an account opens with its password or its recovery kit, and with nothing else', async () => {
  const { instance } = await world();
  const { kit, owner } = await account(instance, 'alice');
  await account(instance, 'bob');
  assert.equal(owner.vaults.size, 2);
  assert.equal(unlockWithKit(instance, 'alice', kit)?.vaults.size, 2);
  assert.equal(await unlockWithPassword(instance, 'alice', 'correct horsf'), undefined);
  assert.equal(await unlockWithPassword(instance, 'nobody', password), undefined);
  assert.equal(unlockWithKit(instance, 'bob', kit), undefined);
});

test('names and passwords that do not fit are refused', async () => {
  const { instance } = await world();
  await account(instance, 'alice');
  assert.deepEqual(await createAccount(instance, 'alice', password), { kind: 'refused', why: 'name-taken' });
  for (const name of ['', 'Alice', 'a b', '../x', '-a', 'a'.repeat(65), 'é']) {
    assert.deepEqual(await createAccount(instance, name, password), { kind: 'refused', why: 'bad-name' }, name);
  }
  for (const given of ['', 'short', 'x'.repeat(1025), '\ud800'.repeat(9)]) {
    assert.deepEqual(await createAccount(instance, 'carol', given), { kind: 'refused', why: 'bad-password' });
  }
});

test('an instance is found again by its key, and refuses the key of another one', async () => {
  const first = await world();
  await account(first.instance, 'alice');
  const again = await world(first.memory, first.key);
  assert.ok(await unlockWithPassword(again.instance, 'alice', password));
  await assert.rejects(world(first.memory), (error) => isFault(error, 'bad-key'));
});

test('works: Accounts: an app password opens the vaults that were chosen for it and never gets the signing key', async () => {
  const { instance } = await world();
  const { owner } = await account(instance, 'alice');
  const made = await createAppPassword(instance, owner, 'laptop', ['files']);
  const text = made.kind === 'created' ? made.text : assert.fail();
  const app = unlockWithAppPassword(instance, 'alice', text.toUpperCase()) ?? assert.fail();
  assert.deepEqual([...app.vaults.keys()], [vaultOf(instance, owner, 'files')]);
  for (const secrets of app.vaults.values()) assert.equal(secrets.signSeed, undefined);
  assert.equal(unlockWithAppPassword(instance, 'bob', text), undefined);
  assert.equal(unlockWithAppPassword(instance, 'alice', `${text.slice(0, -1)}a`.replace(text, 'x')), undefined);
  assert.deepEqual(await createAppPassword(instance, owner, ' ', ['files']), { kind: 'refused', why: 'bad-label' });
  assert.deepEqual(await createAppPassword(instance, owner, 'a\nb', ['files']), { kind: 'refused', why: 'bad-label' });
  assert.deepEqual(await createAppPassword(instance, owner, 'none', []), { kind: 'refused', why: 'no-such-vault' });
});

test('works: Accounts: a revoked app password opens nothing, and its vaults have new keys that the others hold without being there', async () => {
  const { instance } = await world();
  const { kit, owner } = await account(instance, 'alice');
  const lost = await createAppPassword(instance, owner, 'lost phone', ['files']);
  const kept = await createAppPassword(instance, owner, 'laptop', ['files']);
  assert.ok(lost.kind === 'created' && kept.kind === 'created');
  const held = unlockWithAppPassword(instance, 'alice', lost.text) ?? assert.fail();
  const files = vaultOf(instance, owner, 'files') as Parameters<typeof held.vaults.get>[0];
  await revokeCredential(instance, owner, held.credential);

  assert.equal(unlockWithAppPassword(instance, 'alice', lost.text), undefined);
  const record = instance.view.vault(files) ?? assert.fail();
  assert.equal(record.epochs.length, 2);
  for (const open of [
    unlockWithAppPassword(instance, 'alice', kept.text),
    unlockWithKit(instance, 'alice', kit),
    await unlocked(instance, 'alice'),
  ]) {
    const secrets = open?.vaults.get(files) ?? assert.fail();
    assert.equal(secrets.epoch, 2);
    // The secret of epoch 1 is reached from that of epoch 2: nothing older is lost.
    const keys = VaultKeys.unlock(files, secrets.secret, record.epochs);
    assert.equal(hex(keys.epoch(1).secret), hex(held.vaults.get(files)?.secret));
  }
  assert.equal(unlockWithAppPassword(instance, 'alice', kept.text)?.vaults.get(files)?.signSeed, undefined);
  // What the revoked one kept does not open the new epoch, and nothing new was sealed to it.
  assert.equal(instance.view.credential(held.credential.id)?.wraps.size, 0);
  const old = held.vaults.get(files)?.secret ?? assert.fail();
  assert.notEqual(hex(old), hex((await unlocked(instance, 'alice')).vaults.get(files)?.secret));
  const documents = vaultOf(instance, owner, 'documents') as typeof files;
  assert.equal(instance.view.vault(documents)?.epochs.length, 1, 'a vault that it never held keeps its key');
});

test('works: Accounts: a new password replaces the old one; app passwords and the kit stay good', async () => {
  const { instance } = await world();
  const { kit } = await account(instance, 'alice');
  const app = await createAppPassword(instance, await unlocked(instance, 'alice'), 'laptop', ['files', 'documents']);
  assert.equal(await changePassword(instance, await unlocked(instance, 'alice'), 'new and longer'), 'changed');
  assert.equal(await unlockWithPassword(instance, 'alice', password), undefined);
  assert.equal((await unlocked(instance, 'alice', 'new and longer')).vaults.size, 2);
  assert.equal(unlockWithAppPassword(instance, 'alice', app.kind === 'created' ? app.text : '')?.vaults.size, 2);
  const byKit = unlockWithKit(instance, 'alice', kit) ?? assert.fail();
  assert.equal(await changePassword(instance, byKit, 'recovered by kit'), 'changed');
  assert.equal((await unlocked(instance, 'alice', 'recovered by kit')).vaults.size, 2);
  assert.equal(await changePassword(instance, byKit, 'short'), 'bad-password');
});

test('a kit alone opens its vaults by their public headers, after new epochs too', async () => {
  const { instance } = await world();
  const { kit, owner } = await account(instance, 'alice');
  const app = await createAppPassword(instance, owner, 'x', ['files']);
  const held = unlockWithAppPassword(instance, 'alice', app.kind === 'created' ? app.text : '') ?? assert.fail();
  await revokeCredential(instance, owner, held.credential);
  for (const { id } of instance.view.vaultsOf(owner.account.id)) {
    const { header, secrets } = await unlockByHeader(instance.parts.journal, id, kit);
    assert.equal(header.epochs.length, secrets.epoch);
    VaultKeys.unlock(id, secrets.secret, header.epochs);
  }
  const [vault] = instance.view.vaultsOf(owner.account.id);
  await assert.rejects(
    unlockByHeader(instance.parts.journal, vault?.id ?? assert.fail(), new Secret(randomBytes(32))),
    (error) => isFault(error, 'bad-key'),
  );
});

test('a wrap opens for its own credential, vault and epoch only: rows of one account pointed at another open nothing', async () => {
  const { instance } = await world();
  const { kit, owner } = await account(instance, 'alice');
  const { owner: bob } = await account(instance, 'bob');
  const [mine] = unlockWithKit(instance, 'alice', kit)?.credential.wraps ?? assert.fail();
  const [theirs] = bob.credential.wraps;
  assert.ok(mine && theirs);
  const [vault, { epoch, box }] = mine;
  const credential = unlockWithKit(instance, 'alice', kit)?.credential.id ?? assert.fail();
  openWrap(kit, credential, vault, epoch, box);
  for (const wrong of [
    () => openWrap(kit, bob.credential.id, vault, epoch, box),
    () => openWrap(kit, credential, theirs[0], epoch, box),
    () => openWrap(kit, credential, vault, epoch + 1, box),
    () => openWrap(kit, credential, theirs[0], theirs[1].epoch, theirs[1].box),
    () => openWrap(owner.vaults.get(vault)?.secret ?? assert.fail(), credential, vault, epoch, box),
  ]) {
    assert.throws(wrong, (error) => isFault(error, 'bad-key'));
  }
});

test('works: Accounts: an operator kit opens the instance when the instance key is lost', async () => {
  const { memory, instance } = await world();
  await account(instance, 'alice');
  const kit = new Secret(randomBytes(32));
  await instance.addOperatorKit(kit);
  assert.equal(instance.operatorKitProven, false);
  assert.equal(await instance.proveOperatorKit(new Secret(randomBytes(32))), false);
  assert.equal(await instance.proveOperatorKit(kit), true);
  assert.equal(instance.operatorKitProven, true);
  const again = await world(memory, kit);
  assert.ok(await unlockWithPassword(again.instance, 'alice', password));
});

/** Runs `look` while an append of the instance vault is on its way, and lets it fail afterwards. */
async function whileAppending(
  { instance }: World,
  change: () => Promise<unknown>,
  look: () => Promise<void> | void,
): Promise<void> {
  const { journal } = instance.parts;
  const { append } = journal;
  journal.append = async () => {
    await look();
    throw new Fault('disk-full', 'No room.');
  };
  try {
    await assert.rejects(change(), (error) => isFault(error, 'disk-full'));
  } finally {
    journal.append = append;
  }
}

test('works: Keys: keys of a new epoch are given to nobody before they are durable', async () => {
  const standing = await world();
  const { instance } = standing;
  const { owner } = await account(instance, 'alice');
  const [phone, laptop] = await Promise.all(
    ['phone', 'laptop'].map(async (label) => {
      const made = await createAppPassword(instance, owner, label, ['files']);
      return made.kind === 'created' ? made : assert.fail();
    }),
  );
  const lost = instance.view.credential(phone?.credential ?? assert.fail()) ?? assert.fail();
  const before = unlockWithAppPassword(instance, 'alice', laptop?.text ?? '') ?? assert.fail();
  const files = instance.view.vaultsOf(owner.account.id).find((each) => each.kind === 'files')?.id ?? assert.fail();
  let looked = 0;
  await whileAppending(
    standing,
    () => revokeCredential(instance, owner, lost),
    () => {
      looked += 1;
      const now = unlockWithAppPassword(instance, 'alice', laptop?.text ?? '') ?? assert.fail();
      assert.equal(now.vaults.get(files)?.epoch, 1);
      assert.equal(hex(now.vaults.get(files)?.secret), hex(before.vaults.get(files)?.secret));
      assert.equal(instance.view.vault(files)?.epochs.length, 1);
    },
  );
  assert.equal(looked, 1);
  assert.notEqual(unlockWithAppPassword(instance, 'alice', phone?.text ?? ''), undefined, 'nothing was revoked');
});

test('a password that is replaced while it is looked at opens nothing any more', async () => {
  const { instance } = await world();
  const { owner } = await account(instance, 'alice');
  const old = instance.view.credentialsOf(owner.account.id).find(({ kind }) => kind === 'password') ?? assert.fail();
  const looking = unlockWithPassword(instance, 'alice', password);
  await instance.change(undefined, () => [{ o: 'revoke', credential: old.id }]);
  assert.equal(await looking, undefined);
});

test('of two accounts of one name that are made at once one is refused', async () => {
  const { instance } = await world();
  const results = await Promise.all([
    createAccount(instance, 'eve', password),
    createAccount(instance, 'eve', password),
  ]);
  assert.deepEqual(results.map(({ kind }) => kind).sort(), ['created', 'refused']);
});
