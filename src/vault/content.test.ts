import assert from 'node:assert/strict';
import { it } from 'node:test';
import { present } from '#base/assert.ts';
import { utf8 } from '#base/bytes.ts';
import { Fault, isFault } from '#base/fault.ts';
import type { ChunkId } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import type { Piece } from '#format/piece.ts';
import type { Chunk } from '#store/chunks/chunk.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import type { ChunkState } from '#store/journal/journal.ts';
import { JournalMemory } from '#store/journal/memory-journal.ts';
import { keysFor, makeWorld, nobody } from '../../test/vault/harness.ts';
import { Seeded } from '../../test/vectors/values.ts';
import { Content, type KnownPieces, openPiece } from './content.ts';

const nothing: KnownPieces = { pieceWithSum: () => undefined };
const large = new Seeded('large').bytes(200_000);

interface Stand {
  readonly content: Content;
  readonly memory: JournalMemory;
  readonly files: Map<ChunkId, Uint8Array>;
  readonly puts: ChunkId[];
}

function stand(epochs = 1, put: (chunk: Chunk) => Promise<void> = async () => undefined): Stand {
  const memory = new JournalMemory();
  const files = new Map<ChunkId, Uint8Array>();
  const puts: ChunkId[] = [];
  const chunks: ChunkStore = {
    put: async (chunk) => {
      puts.push(chunk.id);
      await put(chunk);
      files.set(chunk.id, Uint8Array.from(chunk.bytes));
    },
    get: async (id) => files.get(id)?.slice() ?? null,
    sizeBytes: async (id) => files.get(id)?.length ?? null,
    list: () => assert.fail('nobody lists'),
  };
  return { content: new Content(keysFor('content', epochs), memory.start(), chunks), memory, files, puts };
}

function setState({ memory }: Stand, id: ChunkId, state: ChunkState): void {
  const chunk = present(memory.chunks.get(id), 'chunk');
  memory.chunks.set(id, { ...chunk, record: { ...chunk.record, state, lease: null } });
}

it('gives back what was stored, in every size that has a rule of its own', async () => {
  const standing = stand();
  const sizes = [1, 63, 64, 1000, 65_000, 65_536, 65_537, 262_143, 262_144, 4_194_303, 4_194_304];
  for (const size of sizes) {
    for (const kind of ['zeros', 'noise', 'half']) {
      const bytes = new Uint8Array(size);
      const noise = Math.min(size, 70_000);
      if (kind !== 'zeros') bytes.set(new Seeded(`${size}`).bytes(kind === 'half' ? noise >> 1 : noise));
      const { piece, data } = await standing.content.store(bytes, nothing);
      const stored = data?.bytes ?? present(standing.files.get(piece.chunk), 'file');
      assert.equal(data === undefined, stored.length > 64 * 1024, `${kind} ${size}: small ones travel with the entry`);
      assert.equal(
        Buffer.compare(present(openPiece(keysFor('content'), piece, stored), 'plaintext'), bytes),
        0,
        `${kind} ${size}`,
      );
      assert.deepEqual([piece.sizeBytes, piece.sum.toHex()], [size, sha256(bytes).toHex()]);
    }
  }
});

it('leases an id before its bytes are written, and stores what comes twice at once only once', async () => {
  const standing = stand(1, async ({ id }) => assert.equal(standing.memory.chunks.get(id)?.record.state, 'leased'));
  const stored = await Promise.all([1, 2, 3].map(() => standing.content.store(large, nothing)));
  assert.equal(new Set(stored.map((each) => each.piece.chunk)).size, 1);
  assert.equal(standing.puts.length, 1);
});

it('tries again after a failed write, and says nothing is stored before', async () => {
  let full = true;
  const standing = stand(1, () => (full ? Promise.reject(new Fault('disk-full', 'full')) : Promise.resolve()));
  await assert.rejects(standing.content.store(large, nothing), (error) => isFault(error, 'disk-full'));
  full = false;
  const { piece } = await standing.content.store(large, nothing);
  assert.ok(standing.files.has(piece.chunk));
});

it('seals content anew when its id was given up: other generation, other id, other bytes', async () => {
  const standing = stand();
  const ids: ChunkId[] = [];
  for (const state of ['condemned', 'erased', 'condemned'] as const) {
    const { piece } = await standing.content.store(large, nothing);
    assert.ok(!ids.includes(piece.chunk));
    ids.push(piece.chunk);
    setState(standing, piece.chunk, state);
  }
  const { piece } = await standing.content.store(large, nothing);
  assert.equal(Buffer.compare(await standing.content.read(piece), large), 0);
  assert.ok(!ids.includes(piece.chunk));
});

it('a small file is stored again after its piece was given up', async () => {
  const world = makeWorld('small given up');
  const vault = await world.open();
  const small = utf8('a small piece');
  const meta = { mtimeMs: undefined, type: undefined };
  for (const state of ['condemned', 'erased'] as const) {
    const put = await vault.put(nobody, ['small'], small, [], meta);
    assert.equal(put.kind, 'done', state);
    for (const [id, row] of world.memory.chunks)
      if (row.record.state === 'live') world.memory.chunks.set(id, { ...row, record: { ...row.record, state } });
  }
  await vault.put(nobody, ['small'], small, [], meta);
  const plan = await vault.plan(['small'], 1000);
  assert.ok(plan.kind === 'plan' && plan.whole !== undefined);
  assert.equal(Buffer.compare(plan.whole, small), 0);
});

it('adopts a twin that the vault has, and none that is gone, dropped, damaged or given up', async () => {
  const standing = stand();
  const { piece } = await standing.content.store(large, nothing);
  const known: KnownPieces = { pieceWithSum: (sum) => (sum.toHex() === piece.sum.toHex() ? piece : undefined) };
  setState(standing, piece.chunk, 'live');
  const again = async (): Promise<boolean> => (await standing.content.store(large, known)).isNew;
  assert.equal(await again(), false);
  for (const state of ['dropped', 'condemned', 'erased'] as const) {
    setState(standing, piece.chunk, state);
    assert.equal(await again(), true, state);
  }
  setState(standing, piece.chunk, 'live');
  const bytes = present(standing.files.get(piece.chunk), 'file');
  standing.files.delete(piece.chunk);
  assert.equal(await again(), true, 'gone');
  assert.equal(
    Buffer.compare(present(standing.files.get(piece.chunk), 'file'), bytes),
    0,
    'written again in its place',
  );
  assert.equal(await again(), false);
});

it('gives a new epoch its own ids: what a revoked device knew opens nothing new', async () => {
  const [old, renewed] = [stand(1), stand(2)];
  const [before, after] = [await old.content.store(large, nothing), await renewed.content.store(large, nothing)];
  assert.notEqual(before.piece.chunk, after.piece.chunk);
  assert.deepEqual([before.piece.epoch, after.piece.epoch], [1, 2]);
});

it('calls a piece of an epoch that the vault never had damaged', async () => {
  const { piece, data } = await stand().content.store(utf8('some'), nothing);
  assert.throws(
    () => openPiece(keysFor('content'), { ...piece, epoch: 2 }, present(data, 'data').bytes),
    (error) => isFault(error, 'damaged'),
  );
});

it('reads what was repaired: a file beside damaged bytes of the database, and a file that became longer', async () => {
  const standing = stand();
  const small = utf8('a small piece');
  const { piece, data } = await standing.content.store(small, nothing);
  const stored = present(data, 'data').bytes;
  standing.files.set(piece.chunk, stored.with(3, 9));
  await assert.rejects(standing.content.read(piece), (error) => isFault(error, 'damaged'));
  standing.files.set(piece.chunk, Uint8Array.from(stored));
  assert.equal(Buffer.compare(await standing.content.read(piece), small), 0);

  const { piece: big } = await standing.content.store(large, nothing);
  const bytes = present(standing.files.get(big.chunk), 'file');
  standing.files.set(big.chunk, Uint8Array.from([...bytes, 1, 2, 3]));
  assert.equal(Buffer.compare(await standing.content.read(big), large), 0);
});

it('works: Files: a small file whose stored bytes rotted is whole again when it is uploaded again', async () => {
  const world = makeWorld('small rot');
  const vault = await world.open();
  const meta = { mtimeMs: undefined, type: undefined };
  const write = async (name: string): Promise<Piece> => {
    assert.equal((await vault.put(nobody, [name], utf8('a small file'), [], meta)).kind, 'done');
    const plan = await vault.plan([name], 0);
    assert.ok(plan.kind === 'plan');
    return present(plan.pieces[0], 'piece');
  };
  const piece = await write('f');
  const chunk = present(world.memory.chunks.get(piece.chunk), 'chunk');
  const bytes = present(chunk.bytes, 'bytes');
  world.memory.chunks.set(piece.chunk, { ...chunk, bytes: Uint8Array.from(bytes).with(9, (bytes[9] ?? 0) ^ 1) });
  await assert.rejects(vault.readPiece(piece), (error) => isFault(error, 'damaged'));
  const again = await write('f');
  assert.equal(Buffer.from(await vault.readPiece(again)).toString(), 'a small file');
});
