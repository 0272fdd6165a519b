// A data folder in memory that grows, and what must hold of a copy of it.
import assert from 'node:assert/strict';
import { present } from '#base/assert.ts';
import { toHex, utf8 } from '#base/bytes.ts';
import { accountIdOf, type ChunkId, chunkIdOf, copyIdOf, type VaultId } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import type { CopyIdentity } from '#copies/copy-marker-check.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { ed25519Public, sha256 } from '#crypto/primitives.ts';
import { encodeCopyMarker } from '#format/copy-marker.ts';
import { chunkName, headersPrefix, lostName, markerName, parseCopyName, segmentsPrefix } from '#format/copy-names.ts';
import { decodeHeader } from '#format/entry.ts';
import { decodeSegment } from '#format/segment.ts';
import { Chunk } from '#store/chunks/chunk.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { MemoryDisk } from '#store/disk-memory.ts';
import type { ChunkData, Head, Journal } from '#store/journal/journal.ts';
import { maxDataBytes } from '#store/journal/journal.ts';
import { entryAfter, headOf, vaultNamed } from '#store/journal/journal-samples.contract.ts';
import { JournalMemory } from '#store/journal/memory-journal.ts';
import type { MemoryObjects } from '#store/places/memory-place.ts';
import { signPublicHeader } from '#vault/public-headers.ts';

export const instance: VaultId = vaultNamed('instance');
export const identity: CopyIdentity = { copy: copyIdOf(sha256(utf8('copy')).subarray(0, 16)), instance };
export const marker: Uint8Array = encodeCopyMarker({ ...identity, createdMs: 1, country: undefined });

export class Primary {
  readonly disk: MemoryDisk = new MemoryDisk();
  readonly memory: JournalMemory = new JournalMemory();
  readonly journal: Journal = this.memory.start();
  readonly chunks: ChunkFiles = new ChunkFiles(this.disk.start());

  async putHeader(vault: VaultId, number = 1): Promise<void> {
    const seed = new Secret(sha256(utf8(`sign ${vault}`)));
    const header = {
      vault,
      account: accountIdOf(new Uint8Array(16)),
      number,
      signPublic: ed25519Public(seed.expose()),
      epochs: [],
      wraps: [],
    };
    await this.journal.putPublicHeader(vault, { number, bytes: signPublicHeader(header, seed) });
  }

  /** An entry with new chunks of these sizes; the same text makes the same entry on the same chain. */
  async append(vault: VaultId, text: string, sizes: readonly number[] = [], fork?: number): Promise<Head> {
    const head = await this.journal.head(vault);
    const added = sizes.map((size, at) => Chunk.of(bytesOf(`${vault} ${text} ${at}`, size)));
    const data: ChunkData[] = added.filter(({ bytes }) => bytes.length <= maxDataBytes);
    const files = added.filter(({ bytes }) => bytes.length > maxDataBytes);
    if (files.length > 0)
      await this.journal.lease({ vault, chunks: files.map(({ id, bytes }) => ({ id, sizeBytes: bytes.length })) });
    for (const file of files) await this.chunks.put(file);
    const entry = entryAfter(vault, head, {
      body: utf8(text),
      added: added.map(({ id }) => id),
      ...(fork === undefined ? {} : { fork }),
    });
    return headOf(await this.journal.append({ vault, expected: head, entries: [entry], data }));
  }

  async live(vault: VaultId): Promise<readonly ChunkId[]> {
    return (await this.journal.chunks(vault, null, 10_000)).filter(({ state }) => state === 'live').map(({ id }) => id);
  }

  /** Those that are files. */
  async files(vault: VaultId): Promise<readonly ChunkId[]> {
    return (await this.journal.chunks(vault, null, 10_000)).filter(({ place }) => place === 'file').map(({ id }) => id);
  }
}

function bytesOf(text: string, size: number): Uint8Array {
  const out = new Uint8Array(size);
  const sum = sha256(utf8(text));
  for (let at = 0; at < size; at += sum.length) out.set(sum.subarray(0, Math.min(sum.length, size - at)), at);
  return out;
}

/** docs/format.md §13, as it must hold at every moment. */
export function assertWhole({ objects }: Pick<MemoryObjects, 'objects'>): void {
  for (const [name, bytes] of objects) {
    const named = present(parseCopyName(name), `${name} is an object of a copy`);
    assert.deepEqual(objects.get(markerName), marker, 'nothing stands without the marker');
    if (named.kind === 'chunk') assert.equal(chunkIdOf(sha256(bytes)), named.id);
    if (named.kind !== 'segment') continue;
    assert.ok([...objects.keys()].some((each) => each.startsWith(headersPrefix(named.vault))));
    const { vault, entries } = decodeSegment(bytes);
    assert.equal(vault, named.vault);
    let hash: Uint8Array | undefined;
    for (const [index, entry] of entries.entries()) {
      const { header } = decodeHeader(entry.header);
      assert.equal(header.sequence, named.first + index);
      if (hash !== undefined) assert.equal(toHex(header.previousHash), toHex(hash));
      else assert.ok(isThere(header.previousHash, objects, vault), 'what is before is there');
      hash = entryHash(entry.header, entry.bodyHash);
      for (const id of header.added)
        assert.ok(objects.has(chunkName(id)) || objects.has(lostName(id)), `${name} ${id}`);
    }
    assert.equal(toHex(present(hash, 'hash')), toHex(named.hash));
  }
}

function isThere(previous: Uint8Array, objects: ReadonlyMap<string, Uint8Array>, vault: VaultId): boolean {
  const wanted = toHex(previous);
  if (wanted === '00'.repeat(32)) return true;
  return [...objects.keys()].some((name) => name.startsWith(segmentsPrefix(vault)) && name.endsWith(wanted));
}
