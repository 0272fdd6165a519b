import assert from 'node:assert/strict';
import { it } from 'node:test';
import { utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { vaultIdOf } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { EpochKeys, sealPrevious } from '#crypto/epoch-keys.ts';
import { keysFor } from '../../test/vault/harness.ts';
import { Seeded } from '../../test/vectors/values.ts';
import { lastUseRow, lockRow, openEphemeral, sealEphemeral } from './ephemeral.ts';
import { type EpochRecord, VaultKeys } from './vault-keys.ts';

const vault = vaultIdOf(new Uint8Array(16).fill(8));
const secrets = [1, 2, 3].map((n) => new Secret(new Uint8Array(32).fill(n)));
const [one, two, three] = secrets as [Secret, Secret, Secret];
const isDamaged = (error: unknown): boolean => isFault(error, 'damaged');

function recordOf(epoch: number, secret: Secret, before: Secret | undefined): EpochRecord {
  const { inboxPublic } = new EpochKeys(vault, epoch, secret);
  return { epoch, inboxPublic, previous: before === undefined ? null : sealPrevious(vault, epoch, secret, before) };
}
const records = [recordOf(1, one, undefined), recordOf(2, two, one), recordOf(3, three, two)];

it('opens every epoch from the secret of the newest, whatever the order of the records', () => {
  for (const given of [records, records.toReversed()]) {
    const keys = VaultKeys.unlock(vault, three, given);
    assert.equal(keys.current.epoch, 3);
    assert.deepEqual(
      [1, 2, 3].map((epoch) => keys.epoch(epoch).secret.expose().toHex()),
      secrets.map((secret) => secret.expose().toHex()),
    );
    assert.throws(() => keys.epoch(0), isDamaged);
    assert.throws(() => keys.epoch(4), isDamaged);
  }
});

it('opens nothing with another secret, for another vault, or when a record is missing or changed', () => {
  assert.throws(() => VaultKeys.unlock(vault, two, records), isDamaged);
  assert.throws(() => VaultKeys.unlock(vaultIdOf(new Uint8Array(16)), three, records), isDamaged);
  const [first, second, third] = records as [EpochRecord, EpochRecord, EpochRecord];
  assert.throws(() => VaultKeys.unlock(vault, three, [first, { ...second, previous: null }, third]), isDamaged);
  assert.throws(
    () => VaultKeys.unlock(vault, three, [first, second, { ...third, previous: second.previous }]),
    isDamaged,
  );
  assert.throws(() => VaultKeys.unlock(vault, three, [first, third, third]), isDamaged);
});

it('opens a short-lived row of its kind and id, and answers undefined to any other', () => {
  const keys = keysFor('rows', 2);
  const id = utf8('0123456789abcdef');
  const sealed = sealEphemeral(keys, new Seeded('row'), lockRow, id, { a: 1 });
  assert.equal(openEphemeral(keys, lockRow, id, sealed)?.count('a'), 1);
  assert.equal(openEphemeral(keys, lastUseRow, id, sealed), undefined);
  assert.equal(openEphemeral(keys, lockRow, utf8('fedcba9876543210'), sealed), undefined);
  assert.equal(openEphemeral(keysFor('others', 2), lockRow, id, sealed), undefined);
  assert.equal(openEphemeral(keysFor('rows', 1), lockRow, id, sealed), undefined);
  for (let length = 0; length < sealed.length; length += 1)
    assert.equal(openEphemeral(keys, lockRow, id, sealed.subarray(0, length)), undefined);
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    assert.equal(
      openEphemeral(keys, lockRow, id, sealed.with(bit >> 3, (sealed[bit >> 3] ?? 0) ^ (1 << (bit & 7)))),
      undefined,
      `bit ${bit}`,
    );
  }
  const old = sealEphemeral(keysFor('rows', 1), new Seeded('row'), lockRow, id, { a: 2 });
  assert.equal(openEphemeral(VaultKeys.unlock(vault, three, records), lockRow, id, old), undefined);
});
