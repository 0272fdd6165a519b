// links.json, instance-operations-3.json: docs/format.md §4, §8: what came with format 3.
import { concat, noBytes } from '#base/bytes.ts';
import { accountIdOf, chunkIdOf, credentialIdOf, mintNodeId, rootNode, vaultIdOf } from '#base/ids.ts';
import { linkKey, linkProof } from '#crypto/credential-keys.ts';
import { argon2id, x25519Public } from '#crypto/primitives.ts';
import { encodeAppPassword } from '#format/app-password.ts';
import { type FileOperation, fileOperationToCbor } from '#format/file-operations.ts';
import { type InstanceOperation, instanceOperationToCbor } from '#format/instance-operations.ts';
import type { Piece } from '#format/piece.ts';
import { accountOperations } from './build-accounts.ts';
import { operationVectors } from './build-journal.ts';
import { hexed, type Json, Seeded } from './values.ts';

export async function linkVectors(): Promise<Json> {
  const random = new Seeded('links');
  const links: Json[] = [];
  for (const password of [undefined, 'pa\u0300sse \u{1f511}']) {
    const token = random.bytes(20);
    const credential = credentialIdOf(random.bytes(16));
    const cost = { memoryKiB: 64, passes: 2 };
    const stretched = password === undefined ? undefined : { text: password, salt: random.bytes(16), cost };
    const stretch = stretched === undefined ? noBytes : await argon2id(stretched.text, stretched.salt, cost);
    const key = await linkKey(token, credential, stretched);
    links.push({
      ...hexed({ token, text: encodeAppPassword(token), credential }),
      ...(stretched !== undefined &&
        hexed({ password: stretched.text, salt: stretched.salt, ...cost, argon2id: stretch })),
      ...hexed({
        derivedFrom: concat(token, stretch),
        privateKey: key.expose(),
        publicKey: x25519Public(key.expose()),
        proof: linkProof(token, credential),
      }),
    });
  }
  return { about: 'docs/format.md §4: links', links };
}

function operations(random: Seeded): readonly InstanceOperation[] {
  const account = accountIdOf(random.bytes(16));
  const vault = vaultIdOf(random.bytes(16));
  const [first, second] = [credentialIdOf(random.bytes(16)), credentialIdOf(random.bytes(16))];
  const password = { salt: random.bytes(16), memoryKiB: 65_536, passes: 3 };
  const credential = { o: 'credential', account, kind: 'link' } as const;
  const grant = { o: 'grant', vault, node: mintNodeId(1, 7, 0) } as const;
  return [
    { ...credential, credential: first, publicKey: random.bytes(32), label: 'Holidays', password: undefined },
    { ...credential, credential: second, publicKey: random.bytes(32), label: 'For the club', password },
    { ...grant, credential: first, right: 'read', proof: random.bytes(32), endsMs: undefined, limit: undefined },
    {
      ...grant,
      credential: second,
      right: 'receive',
      proof: random.bytes(32),
      endsMs: 1_900_000_000_000,
      limit: { bytes: 10_000_000_000, files: 500 },
    },
  ];
}

export function newerInstanceOperationVectors(): Json {
  const random = new Seeded('instance operations of format 3');
  const made = [...operations(random), ...accountOperations(random)].map(instanceOperationToCbor);
  return operationVectors('docs/format.md §8: the CBOR of each operation that format 3 added', made);
}

export function depositOperationVectors(): Json {
  const random = new Seeded('deposits');
  const piece = (sizeBytes: number): Piece => {
    const [chunk, tag, sum] = [random.bytes(32), random.bytes(32), random.bytes(32)];
    return { chunk: chunkIdOf(chunk), tag, sizeBytes, epoch: 0, sum };
  };
  const operations: readonly FileOperation[] = [
    {
      o: 'deposit',
      place: { parent: mintNodeId(1, 7, 0), name: 'summer.jpg' },
      sizeBytes: 4_194_404,
      sha256: random.bytes(32),
      pieces: [piece(4_194_304), piece(100)],
      mtimeMs: 1_700_000_000_000,
      type: 'image/jpeg',
    },
    {
      o: 'deposit',
      place: { parent: rootNode, name: 'empty' },
      sizeBytes: 0,
      sha256: random.bytes(32),
      pieces: [],
      mtimeMs: undefined,
      type: undefined,
    },
    { o: 'take', entry: 70_000 },
  ];
  return operationVectors(
    'docs/format.md §7: the CBOR of a deposit and of what takes it in',
    operations.map(fileOperationToCbor),
  );
}
