// passkeys.json, and what of accounts is in instance-operations-3.json: docs/format.md §4, §8.
import { accountIdOf, credentialIdOf } from '#base/ids.ts';
import { passkeyInput, passkeyKey } from '#crypto/credential-keys.ts';
import { x25519Public } from '#crypto/primitives.ts';
import type { InstanceOperation } from '#format/instance-operations.ts';
import { hexed, type Json, Seeded } from './values.ts';

export function passkeyVectors(): Json {
  const random = new Seeded('passkeys');
  const passkeys = [random.bytes(32), new Uint8Array(32)].map((output) => {
    const credential = credentialIdOf(random.bytes(16));
    const key = passkeyKey(output, credential).expose();
    return hexed({ output, credential, privateKey: key, publicKey: x25519Public(key) });
  });
  return { about: 'docs/format.md §4: passkeys', input: Buffer.from(passkeyInput).toString(), passkeys };
}

export function accountOperations(random: Seeded): readonly InstanceOperation[] {
  const account = accountIdOf(random.bytes(16));
  const [passkey, escrow] = [credentialIdOf(random.bytes(16)), credentialIdOf(random.bytes(16))];
  const credential = { o: 'credential', account, password: undefined } as const;
  return [
    { ...credential, credential: passkey, kind: 'passkey', publicKey: random.bytes(32), label: 'Phone' },
    { o: 'passkey', credential: passkey, id: random.bytes(48), key: random.bytes(77), rp: 'cloud.example.org' },
    { o: 'escrow', publicKey: random.bytes(32) },
    { o: 'escrow', publicKey: null },
    { ...credential, credential: escrow, kind: 'escrow', publicKey: random.bytes(32), label: undefined },
  ];
}
