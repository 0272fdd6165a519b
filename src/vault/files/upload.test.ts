import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import { present } from '#base/assert.ts';
import { Fault, isFault } from '#base/fault.ts';
import { chunkIdOf, mintVersionId } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import { type FileOperation, fileOperationFromCbor } from '#format/file-operations.ts';
import { pieceSizeBytes } from '#format/frame.ts';
import type { Content, StoredPiece } from '../content.ts';
import { type DeclaredSum, Upload, type UploadParts } from './upload.ts';

const whole = new Uint8Array(pieceSizeBytes);
const ending = new Uint8Array([1, 2, 3]);

type Stage = Extract<FileOperation, { o: 'stage' }>;

interface Stand {
  readonly upload: Upload;
  readonly stages: Stage[];
  /** Numbers of the pieces in the order in which they were stored. */
  readonly stored: number[];
}

interface Behaviour {
  readonly dataBytes?: number;
  readonly delay?: (piece: number) => Promise<void>;
  readonly execute?: UploadParts['execute'];
  readonly declared?: readonly DeclaredSum[];
  readonly quotaBytes?: number;
}

/** An upload whose content is stored by nobody: each piece is told by its number. */
function stand(behaviour: Behaviour = {}): Stand {
  const stages: Stage[] = [];
  const stored: number[] = [];
  let count = 0;
  const store = async (bytes: Uint8Array): Promise<StoredPiece> => {
    const number = count;
    count += 1;
    await behaviour.delay?.(number);
    stored.push(number);
    const id = chunkIdOf(sha256(new Uint8Array([number >> 8, number & 255])));
    const piece = {
      chunk: id,
      tag: new Uint8Array(32),
      sizeBytes: bytes.length,
      epoch: number,
      sum: new Uint8Array(32),
    };
    const data = behaviour.dataBytes === undefined ? undefined : { id, bytes: new Uint8Array(behaviour.dataBytes) };
    return { piece, isNew: true, data: data as StoredPiece['data'] };
  };
  let sequence = 0;
  const execute: UploadParts['execute'] = async (decide) => {
    sequence += 1;
    const decision = decide({ fork: 1, sequence, timeMs: 0 });
    assert.ok(decision.kind === 'change' && decision.added.length <= 4096);
    for (const value of decision.operations) stages.push(fileOperationFromCbor(value) as Stage);
    return { kind: 'done', result: decision.result };
  };
  const parts: UploadParts = {
    content: { store } as unknown as Content,
    known: { pieceWithSum: () => undefined },
    execute: behaviour.execute ?? execute,
    // What was staged is kept by the vault, and counts there.
    mayAdd: (sizeBytes) => {
      const keptBytes = stages.flatMap((stage) => stage.pieces).reduce((sum, piece) => sum + piece.sizeBytes, 0);
      return keptBytes + sizeBytes <= (behaviour.quotaBytes ?? Number.POSITIVE_INFINITY);
    },
  };
  return { upload: new Upload(parts, behaviour.declared ?? []), stages, stored };
}

/** Numbers of all pieces: staged ones, then those that come with the write. */
async function order({ upload, stages }: Stand): Promise<readonly number[]> {
  const content = await upload.finish();
  assert.ok(content.kind === 'finished');
  assert.ok(
    stages.every((stage) => stage.content === content.staged),
    'all under one id',
  );
  return [...stages.flatMap((stage) => stage.pieces), ...content.pieces.map((each) => each.piece)].map(
    (piece) => piece.epoch,
  );
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

it('stages pieces in their order, under one id, and gives the rest to the write', async () => {
  const standing = stand({ dataBytes: 1024 * 1024 });
  for (const _ of upTo(20)) await standing.upload.add(whole);
  await standing.upload.add(ending);
  assert.ok(standing.stages.length >= 2);
  assert.deepEqual(await order(standing), upTo(21));
});

it('keeps the order of pieces that are sent without waiting, however long each takes, also into the write', async () => {
  for (const spread of [1, 7, 20]) {
    const delay = async (piece: number): Promise<void> => {
      for (let turns = (piece * 13) % spread; turns > 0; turns -= 1)
        await new Promise((resolve) => setImmediate(resolve));
    };
    const standing = stand({ dataBytes: 1024 * 1024, delay });
    const adds = upTo(20).map(() => standing.upload.add(whole));
    const finished = order(standing);
    await Promise.all(adds);
    assert.deepEqual(await finished, upTo(20), `spread ${spread}`);
    assert.ok(standing.stages.length > 0);
  }
});

it('counts every byte against the quota once, whether it was staged or not', async () => {
  const { upload } = stand({ dataBytes: 4 * 1024 * 1024, quotaBytes: 10 * pieceSizeBytes });
  for (const n of upTo(10)) assert.equal(await upload.add(whole), 'stored', `piece ${n}`);
  assert.equal(await upload.add(ending), 'over-quota');
});

it('uses no id of an entry that was never written', async () => {
  // Decided at one place, then, after a conflict, at another: the id belongs to where it came to stand.
  const ids: (bigint | undefined)[] = [];
  const execute: UploadParts['execute'] = async (decide) => {
    decide({ fork: 1, sequence: 5, timeMs: 0 });
    const decision = decide({ fork: 1, sequence: 9, timeMs: 0 });
    ids.push(decision.result);
    return { kind: 'done', result: decision.result };
  };
  const { upload } = stand({ dataBytes: 8 * 1024 * 1024, execute });
  await upload.add(whole);
  const content = await upload.finish();
  assert.deepEqual(ids, [mintVersionId(1, 9, 1)]);
  assert.ok(content.kind === 'finished' && content.staged === mintVersionId(1, 9, 1));
});

it('does not finish when a stage failed', async () => {
  const execute = (): Promise<never> => Promise.reject(new Fault('disk-full', 'full'));
  const { upload } = stand({ dataBytes: 8 * 1024 * 1024, execute });
  await assert.rejects(upload.add(whole), (error) => isFault(error, 'disk-full'));
  await assert.rejects(upload.finish(), (error) => isFault(error, 'disk-full'));
});

it('does not finish when a piece could not be stored', async () => {
  const delay = (piece: number): Promise<void> =>
    piece === 1 ? Promise.reject(new Fault('io', 'broken')) : Promise.resolve();
  const { upload } = stand({ delay });
  await upload.add(whole);
  await assert.rejects(upload.add(whole), (error) => isFault(error, 'io'));
  await assert.rejects(upload.finish(), (error) => isFault(error, 'io'));
});

it('checks every checksum that was declared, and the sum of the whole', async () => {
  const content = Buffer.concat([whole, ending]);
  const algorithms = [
    ['SHA1', 'sha1'],
    ['md5', 'md5'],
    ['SHA256', 'sha256'],
    ['SHA3-256', 'sha3-256'],
    ['SHA512', 'sha512'],
  ] as const;
  const declared = algorithms.map(([name, algorithm]) => ({
    name,
    hex: createHash(algorithm).update(content).digest('hex'),
  }));
  const unknown = { name: 'ADLER32', hex: '00000000' };
  const send = async (sums: readonly DeclaredSum[]): Promise<Awaited<ReturnType<Upload['finish']>>> => {
    const { upload } = stand({ declared: sums });
    await upload.add(whole);
    await upload.add(ending);
    return upload.finish();
  };
  const fine = await send([...declared.map((each) => ({ ...each, hex: each.hex.toUpperCase() })), unknown]);
  assert.ok(fine.kind === 'finished');
  assert.equal(fine.sha256.toHex(), createHash('sha256').update(content).digest('hex'));
  assert.deepEqual([...fine.sums.keys()].sort(), ['MD5', 'SHA1', 'SHA256', 'SHA3-256', 'SHA512']);
  assert.equal(fine.sums.get('MD5'), present(declared[1], 'md5').hex);
  for (const { name, hex } of declared) {
    for (const wrong of [
      hex.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
      hex.slice(2),
      '',
      `${hex}00`,
      'xyz',
    ]) {
      assert.equal((await send([{ name, hex: wrong }])).kind, 'wrong-checksum', `${name} ${wrong}`);
    }
  }
});

it('has the sum of nothing for an empty file', async () => {
  const { upload } = stand({ declared: [{ name: 'SHA1', hex: 'da39a3ee5e6b4b0d3255bfef95601890afd80709' }] });
  const content = await upload.finish();
  assert.ok(content.kind === 'finished');
  assert.equal(content.sha256.toHex(), createHash('sha256').digest('hex'));
  assert.deepEqual([content.sizeBytes, content.pieces.length], [0, 0]);
});
