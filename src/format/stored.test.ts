// Formats that have few rules of their own: what was written comes back, and whatever else comes is damaged, never a crash.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { concat, u32, utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { accountIdOf, copyIdOf, credentialIdOf, mintNodeId, vaultIdOf } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { type CborValue, decodeCbor, encodeCbor } from './cbor.ts';
import { type CheckpointHeader, decodeCheckpoint, encodeCheckpointHeader, segmentSizeBytes } from './checkpoint.ts';
import {
  type InstanceOperation,
  instanceOperationFromCbor,
  instanceOperationToCbor,
  kitPlaces,
} from './instance-operations.ts';
import { decodePublicHeader, encodePublicHeaderBody, joinPublicHeader, type PublicHeader } from './public-header.ts';
import {
  decodeTraceFile,
  decodeTraceItems,
  encodeTraceItems,
  encodeTraceRecord,
  type TraceItem,
  type TraceRecord,
} from './trace.ts';

const plain = { noNullPrototype: true };
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const some = fc.uint8Array({ minLength: 1, maxLength: 60 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const vault = bytes(16).map(vaultIdOf);
const account = bytes(16).map(accountIdOf);
const credential = bytes(16).map(credentialIdOf);
const text = fc.string({ maxLength: 20 });
const epoch = fc.integer({ min: 1, max: 2 ** 32 - 1 });
const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

/** True when the bytes were refused in one of the two ways in which they may be. */
function isRefused(decode: () => unknown): boolean {
  try {
    decode();
    return false;
  } catch (error) {
    assert.ok(isFault(error, 'damaged') || isFault(error, 'newer-format'), String(error));
    return true;
  }
}

const copy = bytes(16).map(copyIdOf);
const secret = fc.string({ minLength: 1, maxLength: 20 }).map((each) => new Secret(utf8(each)));
const bucket = fc.record(
  {
    region: maybe(text),
    lock: maybe(fc.record({ mode: fc.constantFrom('COMPLIANCE', 'GOVERNANCE'), retentionMs: count }, plain)),
    credentials: fc.record({ accessKeyId: text, secretAccessKey: secret, sessionToken: maybe(secret) }, plain),
  },
  plain,
);
const password = fc.record({ salt: bytes(16), memoryKiB: count, passes: count }, plain);
const operation: fc.Arbitrary<InstanceOperation> = fc.oneof(
  fc.record({ o: fc.constant('account'), account, name: text, tag: text, quotaBytes: maybe(count) }, plain),
  fc.record(
    { o: fc.constant('vault'), vault, account, kind: fc.constantFrom('files', 'documents'), signPublic: bytes(32) },
    plain,
  ),
  fc.record({ o: fc.constant('epoch'), vault, epoch, inboxPublic: bytes(32), previous: maybe(some) }, plain),
  fc.record(
    {
      o: fc.constant('credential'),
      credential,
      account,
      kind: fc.constantFrom('password', 'app', 'kit', 'operator', 'passkey', 'escrow'),
      publicKey: bytes(32),
      label: maybe(text),
      password: maybe(password),
    },
    plain,
  ),
  fc.record({ o: fc.constant('wrap'), credential, vault, epoch, box: some }, plain),
  fc.record({ o: fc.constant('revoke'), credential }, plain),
  fc.record({ o: fc.constant('proven'), credential, place: maybe(fc.constantFrom(...kitPlaces)) }, plain),
  fc.record({ o: fc.constant('passkey'), credential, id: some, key: some, rp: text }, plain),
  fc.record({ o: fc.constant('escrow'), publicKey: fc.option(bytes(32), { nil: null }) }, plain),
  fc.record({ o: fc.constant('quota'), account, quotaBytes: fc.option(count, { nil: null }) }, plain),
  fc.record(
    {
      o: fc.constant('copy'),
      copy,
      kind: fc.constant('folder'),
      place: text,
      label: text,
      country: maybe(fc.constantFrom('CH', 'FR')),
      bucket: fc.constant(undefined),
    },
    plain,
  ),
  fc.record(
    {
      o: fc.constant('copy'),
      copy,
      kind: fc.constant('s3'),
      place: text,
      label: text,
      country: fc.constant(undefined),
      bucket,
    },
    plain,
  ),
  fc.record({ o: fc.constant('copy-paused'), copy, paused: fc.boolean() }, plain),
  fc.record({ o: fc.constant('copy-removed'), copy }, plain),
);

function exposed(operation: InstanceOperation | undefined): readonly unknown[] {
  const credentials = operation?.o === 'copy' ? operation.bucket?.credentials : undefined;
  return [credentials?.secretAccessKey.expose(), credentials?.sessionToken?.expose()].map(
    (each) => each && Array.from(each),
  );
}

it('gives every operation of the instance back as it was written', () => {
  fc.assert(
    fc.property(operation, (any) => {
      const again = instanceOperationFromCbor(decodeCbor(encodeCbor(instanceOperationToCbor(any)), 'test'));
      assert.deepEqual(again, any);
      // A secret hides what it holds from such a comparison.
      if (any.o === 'copy') assert.deepEqual(exposed(again), exposed(any));
    }),
    { numRuns: 300 },
  );
});

it('answers undefined to whatever is not an operation of the instance', () => {
  for (const wrong of [
    null,
    1,
    [],
    {},
    { o: 'later' },
    { o: 'revoke' },
    { o: 'revoke', credential: new Uint8Array(15) },
  ]) {
    assert.equal(instanceOperationFromCbor(wrong), undefined);
  }
  const anything = fc.anything({ withBigInt: true, withTypedArray: true, maxDepth: 2 });
  fc.assert(
    fc.property(operation, fc.nat(), anything, (any, at, value) => {
      const map = { ...(instanceOperationToCbor(any) as { readonly [key: string]: CborValue }) };
      const key = Object.keys(map)[at % Object.keys(map).length] ?? 'o';
      instanceOperationFromCbor({ ...map, [key]: value as CborValue });
      delete map[key];
      instanceOperationFromCbor(map);
    }),
    { numRuns: 500 },
  );
});

const publicHeader: fc.Arbitrary<PublicHeader> = fc.record(
  {
    vault,
    account,
    number: fc.integer({ min: 1, max: 1000 }),
    signPublic: bytes(32),
    epochs: fc.array(fc.record({ epoch, inboxPublic: bytes(32), previous: fc.option(some, { nil: null }) }, plain), {
      maxLength: 3,
    }),
    wraps: fc.array(fc.record({ credential, publicKey: bytes(32), epoch, box: some }, plain), { maxLength: 3 }),
  },
  plain,
);

it('gives a public header back as it was written, and refuses every truncation', () => {
  fc.assert(
    fc.property(publicHeader, bytes(64), (header, signature) => {
      const body = encodePublicHeaderBody(header);
      const whole = joinPublicHeader(signature, body);
      const decoded = decodePublicHeader(whole);
      assert.deepEqual(decoded.header, header);
      assert.deepEqual(
        [Buffer.from(decoded.signature), Buffer.from(decoded.body)],
        [Buffer.from(signature), Buffer.from(body)],
      );
      for (let length = 0; length < whole.length; length += 1)
        assert.ok(isRefused(() => decodePublicHeader(whole.subarray(0, length))));
      assert.ok(isRefused(() => decodePublicHeader(concat(whole, new Uint8Array(1)))));
    }),
    { numRuns: 20 },
  );
});

it('refuses a public header whose parts are not what they should be', () => {
  const good: { readonly [key: string]: CborValue } = {
    vault: new Uint8Array(16),
    account: new Uint8Array(16),
    number: 1,
    sign: new Uint8Array(32),
    epochs: [[1, new Uint8Array(32), null]],
    wraps: [[new Uint8Array(16), new Uint8Array(32), 1, new Uint8Array(49)]],
  };
  const decode = (change: { readonly [key: string]: CborValue }): unknown =>
    decodePublicHeader(joinPublicHeader(new Uint8Array(64), encodeCbor({ ...good, ...change })));
  assert.ok(!isRefused(() => decode({ later: 1 })));
  const wrong: readonly { readonly [key: string]: CborValue }[] = [
    { vault: new Uint8Array(15) },
    { account: 'x' },
    { number: -1 },
    { sign: new Uint8Array(31) },
    { epochs: 1 },
    { epochs: [1] },
    { epochs: [[]] },
    { epochs: [['1', new Uint8Array(32), null]] },
    { epochs: [[1, null, null]] },
    { epochs: [[1, new Uint8Array(32), 5]] },
    { wraps: [[new Uint8Array(15), new Uint8Array(32), 1, new Uint8Array(49)]] },
    { wraps: [[new Uint8Array(16), null, 1, new Uint8Array(49)]] },
    { wraps: [[new Uint8Array(16), new Uint8Array(32), '1', new Uint8Array(49)]] },
    { wraps: [[new Uint8Array(16), new Uint8Array(32), 1]] },
  ];
  for (const change of wrong)
    assert.ok(
      isRefused(() => decode(change)),
      JSON.stringify(change),
    );
});

const checkpoint: fc.Arbitrary<CheckpointHeader> = fc.record(
  {
    vault,
    epoch,
    fork: fc.integer({ min: 1, max: 255 }),
    sequence: count,
    hash: bytes(32),
    foldVersion: epoch,
    salt: bytes(32),
    imageSizeBytes: fc.integer({ min: 1, max: 3 * segmentSizeBytes }),
  },
  plain,
);

it('gives the parts of a checkpoint back, and refuses every truncation', () => {
  fc.assert(
    fc.property(checkpoint, fc.array(some, { minLength: 3, maxLength: 3 }), (header, parts) => {
      const segments = parts.slice(0, Math.ceil(header.imageSizeBytes / segmentSizeBytes));
      const aad = encodeCheckpointHeader(header);
      const whole = concat(aad, ...segments.flatMap((segment) => [u32(segment.length), segment]));
      const decoded = decodeCheckpoint(whole);
      assert.deepEqual(decoded.header, header);
      assert.deepEqual(
        decoded.segments.map((each) => Buffer.from(each)),
        segments.map((each) => Buffer.from(each)),
      );
      assert.deepEqual(Buffer.from(decoded.aad), Buffer.from(aad));
      for (let length = 0; length < whole.length; length += 1)
        assert.ok(isRefused(() => decodeCheckpoint(whole.subarray(0, length))));
      assert.ok(isRefused(() => decodeCheckpoint(concat(whole, u32(0)))));
    }),
    { numRuns: 30 },
  );
});

const item: fc.Arbitrary<TraceItem> = fc.record(
  {
    timeMs: count,
    account: maybe(account),
    credential: maybe(credential),
    action: text,
    node: maybe(fc.nat(1000).map((n) => mintNodeId(1, 1, n))),
    outcome: text,
    address: text,
    path: text,
  },
  plain,
);
const record: fc.Arbitrary<TraceRecord> = fc.record(
  {
    vault,
    timeMs: count,
    instanceEpoch: epoch,
    salt: bytes(32),
    instancePart: some,
    ownerPart: maybe(fc.record({ epoch, box: some }, plain)),
  },
  plain,
);

it('gives items of the trace back, without the path where it must not be', () => {
  fc.assert(
    fc.property(fc.array(item, { maxLength: 4 }), (items) => {
      assert.deepEqual(decodeTraceItems(encodeTraceItems(items, true)), items);
      assert.deepEqual(
        decodeTraceItems(encodeTraceItems(items, false)),
        items.map((each) => ({ ...each, path: '' })),
      );
    }),
  );
});

it('refuses items of the trace that are none', () => {
  const wrong: readonly CborValue[] = [
    1,
    {},
    [1],
    [[]],
    [['x']],
    [[1, new Uint8Array(15), null, 'a', null, 'b', 'c']],
    [[1, null, new Uint8Array(3), 'a', null, 'b', 'c']],
  ];
  for (const value of wrong)
    assert.ok(
      isRefused(() => decodeTraceItems(encodeCbor(value))),
      JSON.stringify(value),
    );
});

it('gives records of the trace back up to the one that was torn', () => {
  const bare = (records: readonly TraceRecord[]): unknown =>
    JSON.stringify(records, (_, value) => (value instanceof Uint8Array ? value.toHex() : value));
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 3 }), (records) => {
      const encoded = records.map(encodeTraceRecord);
      const whole = concat(...encoded);
      assert.equal(bare(decodeTraceFile(whole)), bare(records));
      for (let length = 0; length < whole.length; length += 1) {
        let complete = 0;
        for (let end = 0; complete < encoded.length; complete += 1) {
          end += encoded[complete]?.length ?? 0;
          if (end > length) break;
        }
        assert.equal(bare(decodeTraceFile(whole.subarray(0, length))), bare(records.slice(0, complete)));
      }
    }),
    { numRuns: 20 },
  );
});
