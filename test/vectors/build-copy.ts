// copy.json: docs/format.md §13.
import { present } from '#base/assert.ts';
import { toHex } from '#base/bytes.ts';
import { type ChunkId, chunkIdOf, copyIdOf, type VaultId, vaultIdOf } from '#base/ids.ts';
import { entryHash } from '#crypto/entry-hash.ts';
import { sha256 } from '#crypto/primitives.ts';
import { decodeCbor } from '#format/cbor.ts';
import { type CopyMarker, encodeCopyMarker } from '#format/copy-marker.ts';
import { chunkName, headerName, lostName, markerName, segmentName } from '#format/copy-names.ts';
import { decodeHeader, encodeHeader, encodeHeaderAad } from '#format/entry.ts';
import { encodeSegment, type SegmentEntry } from '#format/segment.ts';
import { diagnostic, hexed, type Json, Seeded } from './values.ts';

/** A chain of three; the last one was written after a deliberate fork. */
function chain(random: Seeded, vault: VaultId, added: readonly ChunkId[]): readonly SegmentEntry[] {
  const entries: SegmentEntry[] = [];
  let previousHash = new Uint8Array(32);
  for (const [index, fork] of [1, 1, 2].entries()) {
    const body = random.bytes(40 + index);
    const aad = encodeHeaderAad({
      minimumReader: 1,
      type: 'ordinary',
      vault,
      fork,
      sequence: 41 + index,
      timeMs: Date.UTC(2026, 0, 1) + index,
      previousHash,
      epoch: 1,
      salt: random.bytes(32),
      added: index === 1 ? added : [],
      listed: [],
    });
    const entry = { header: encodeHeader(aad, null), bodyHash: sha256(body), body };
    entries.push(entry);
    previousHash = Uint8Array.from(entryHash(entry.header, entry.bodyHash));
  }
  return entries;
}

function segmentCase(vault: VaultId, name: string, entries: readonly SegmentEntry[]): Json {
  const [first, last] = [entries[0], entries.at(-1)].map((each) => decodeHeader(present(each, 'entry').header).header);
  const end = present(entries.at(-1), 'last entry');
  const hash = entryHash(end.header, end.bodyHash);
  const place = {
    vault,
    first: present(first, 'first header').sequence,
    last: present(last, 'last header').sequence,
    fork: present(last, 'last header').fork,
    hash,
  };
  return {
    about: name,
    vault,
    entries: entries.map(({ header, bodyHash, body }) => hexed({ header, bodyHash, body })),
    lastHash: toHex(hash),
    name: segmentName(place),
    bytes: toHex(encodeSegment({ vault, entries })),
  };
}

function markerCase(marker: CopyMarker): Json {
  const bytes = encodeCopyMarker(marker);
  const { country, ...rest } = marker;
  const cbor = bytes.subarray(1);
  const content = diagnostic(decodeCbor(cbor, 'marker'));
  return hexed({ ...rest, ...(country === undefined ? {} : { country }), content, cbor, bytes });
}

export function copyVectors(): Json {
  const random = new Seeded('copy');
  const vault = vaultIdOf(random.bytes(16));
  const chunk = chunkIdOf(random.bytes(32));
  const entries = chain(random, vault, [chunk]);
  const withoutBody = entries.map((each, index) => (index === 1 ? { ...each, body: null } : each));
  const marker = { copy: copyIdOf(random.bytes(16)), instance: vaultIdOf(random.bytes(16)) };

  return {
    about: 'docs/format.md §13: the objects of a copy',
    markers: [
      markerCase({ ...marker, createdMs: Date.UTC(2026, 0, 1), country: undefined }),
      markerCase({ ...marker, createdMs: Date.UTC(2026, 0, 2), country: 'CH' }),
    ],
    segments: [
      segmentCase(vault, 'one entry', entries.slice(0, 1)),
      segmentCase(vault, 'two entries, the second with a chunk', entries.slice(0, 2)),
      segmentCase(vault, 'three entries, the second without its body, the third after a fork', withoutBody),
    ],
    names: [markerName, headerName(vault, 1), headerName(vault, 4_294_967_296), chunkName(chunk), lostName(chunk)],
    foreign: [
      'coffre-copy.new',
      `${chunkName(chunk)}.new`,
      `chunks/${chunk}`,
      `lost/zz/${chunk}`,
      `chunks/zz/${chunk}`,
      chunkName(chunk).toUpperCase(),
      `vaults/${vault}/headers/1`,
      `vaults/${vault}/headers/0000000000`,
      `vaults/${vault}/segments/0000000001-0000000002-001-${chunk}`,
      `vaults/${vault}/segments/0000001025-0000000001-001-${chunk}`,
      `vaults/${vault}/segments/0000000001-0000000001-256-${chunk}`,
      `vaults/${vault}/segments/0000000001-0000000001-000-${chunk}`,
    ],
  };
}
