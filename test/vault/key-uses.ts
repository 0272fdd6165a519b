// Which AES key sealed which message: computed from what is stored, with the keys of the vault.
import { present } from '#base/assert.ts';
import { toHex } from '#base/bytes.ts';
import { hkdf, sha256 } from '#crypto/primitives.ts';
import { chunkKey } from '#crypto/seals.ts';
import { decodeHeader } from '#format/entry.ts';
import { fileOperationFromCbor } from '#format/file-operations.ts';
import type { Piece } from '#format/piece.ts';
import type { StoredEntry } from '#store/journal/journal.ts';
import { openEntryBody } from '#vault/chain.ts';
import { lockRow } from '#vault/ephemeral.ts';
import type { World } from './harness.ts';

export interface KeyUse {
  readonly key: string;
  /** SHA-256 of the sealed bytes: one key and nonce give different bytes for different messages. */
  readonly message: string;
}

function use(key: Uint8Array, sealed: Uint8Array): KeyUse {
  return { key: toHex(key), message: toHex(sha256(sealed)) };
}

export async function keysUsed(world: World): Promise<readonly KeyUse[]> {
  const { keys } = world.parts;
  const uses: KeyUse[] = [];
  const pieces = new Map<string, Piece>();
  for (const stored of await allEntries(world)) {
    const decoded = decodeHeader(stored.header);
    const { entryKey } = keys.epoch(decoded.header.epoch);
    uses.push(use(hkdf(entryKey.expose(), decoded.header.salt, 'body'), present(stored.body, 'body')));
    for (const value of openEntryBody(keys, decoded, stored).operations) {
      const operation = fileOperationFromCbor(value);
      if (operation !== undefined && 'pieces' in operation)
        for (const piece of operation.pieces) pieces.set(piece.chunk, piece);
    }
  }
  for (const piece of pieces.values()) {
    const stored = (await world.journal.chunkData(piece.chunk)) ?? (await world.chunks.get(piece.chunk));
    uses.push(use(chunkKey(keys.epoch(piece.epoch).contentKey, piece.tag), present(stored, 'chunk')));
  }
  for (const row of await world.journal.ephemeral(keys.vault, lockRow)) {
    uses.push(
      use(hkdf(keys.current.ephemeralKey.expose(), row.sealed.subarray(5, 37), 'row'), row.sealed.subarray(37)),
    );
  }
  return uses;
}

async function allEntries({ journal, parts }: World): Promise<readonly StoredEntry[]> {
  const all: StoredEntry[] = [];
  for (;;) {
    const more = await journal.entries(parts.keys.vault, all.length, 500);
    if (more.length === 0) return all;
    all.push(...more);
  }
}
