import { concat, equalBytes, utf8 } from '../base/bytes.ts';
import type { Randomness } from '../base/clock.ts';
import { Fault } from '../base/fault.ts';
import type { ChunkId, CredentialId, VaultId } from '../base/ids.ts';
import type { Secret } from '../base/secret.ts';
import { openBox, sealBox } from '../crypto/box.ts';
import { entryHash } from '../crypto/entry-hash.ts';
import { ed25519Sign, sha256 } from '../crypto/primitives.ts';
import { openBody, sealBody } from '../crypto/seals.ts';
import { decodeBody, type EntryBody, encodeBody } from '../format/body.ts';
import type { CborValue } from '../format/cbor.ts';
import { type DecodedHeader, decodeHeader, encodeHeader, encodeHeaderAad, readerVersion } from '../format/entry.ts';
import type { Head, NewEntry, StoredEntry } from '../store/journal/journal.ts';
import { bodyCodec } from './compression.ts';
import type { VaultKeys } from './vault-keys.ts';

export interface EntryDraft {
  readonly by: CredentialId | undefined;
  readonly operations: readonly CborValue[];
  readonly added: readonly ChunkId[];
  /** Makes it a drop entry, signed by the vault's signing key. */
  readonly drop?: { readonly listed: readonly ChunkId[]; readonly signSeed: Secret } | undefined;
}

export interface SealedEntry {
  readonly entry: NewEntry;
  readonly head: Head;
}

/** The next ordinary or drop entry after `head`; undefined when the batch is larger than one entry may be. */
export function sealEntry(
  keys: VaultKeys,
  head: Head,
  draft: EntryDraft,
  timeMs: number,
  random: Randomness,
): SealedEntry | undefined {
  const plaintext = encodeBody(draft, bodyCodec);
  if (plaintext === undefined) return undefined;
  const salt = random.bytes(32);
  const aad = encodeHeaderAad({
    minimumReader: readerVersion,
    type: draft.drop === undefined ? 'ordinary' : 'drop',
    vault: keys.vault,
    fork: head.fork,
    sequence: head.sequence + 1,
    timeMs,
    previousHash: head.hash,
    epoch: keys.current.epoch,
    salt,
    added: draft.added,
    listed: draft.drop?.listed ?? [],
  });
  const body = sealBody(keys.current.entryKey, salt, aad, plaintext);
  const signature =
    draft.drop === undefined ? null : ed25519Sign(draft.drop.signSeed.expose(), signedBytes(aad, sha256(body)));
  const header = encodeHeader(aad, signature);
  const hash = entryHash(header, sha256(body));
  return { entry: { header, body }, head: { fork: head.fork, sequence: head.sequence + 1, hash } };
}

export interface InboxDraft {
  readonly vault: VaultId;
  readonly epoch: number;
  /** Of that epoch; whoever writes this entry has no key of the vault. */
  readonly publicKey: Uint8Array;
  readonly by: CredentialId | undefined;
  readonly operations: readonly CborValue[];
  readonly added: readonly ChunkId[];
}

/** The next entry after `head`, from outside; undefined when it is larger than one entry may be. */
export function sealInboxEntry(
  draft: InboxDraft,
  head: Head,
  timeMs: number,
  random: Randomness,
): SealedEntry | undefined {
  const plaintext = encodeBody(draft, bodyCodec);
  if (plaintext === undefined) return undefined;
  const aad = encodeHeaderAad({
    minimumReader: readerVersion,
    type: 'inbox',
    vault: draft.vault,
    fork: head.fork,
    sequence: head.sequence + 1,
    timeMs,
    previousHash: head.hash,
    epoch: draft.epoch,
    salt: random.bytes(32),
    added: draft.added,
    listed: [],
  });
  const body = sealBox(draft.publicKey, 'inbox', aad, plaintext, random.bytes(32));
  const header = encodeHeader(aad, null);
  const hash = entryHash(header, sha256(body));
  return { entry: { header, body }, head: { fork: head.fork, sequence: head.sequence + 1, hash } };
}

/**
 * Checks that a stored entry is the one after `head` in this vault's chain (docs/format.md §5): vault, sequence, hash of the
 * entry before, and the hash of its body. Needs no key.
 * @throws Fault `damaged`.
 */
export function checkLink(
  vault: VaultKeys['vault'],
  head: Head,
  stored: StoredEntry,
): DecodedHeader & { readonly head: Head } {
  const decoded = decodeHeader(stored.header);
  const { header } = decoded;
  const where = `entry ${head.sequence + 1} of vault ${vault}`;
  if (
    header.vault !== vault ||
    header.sequence !== head.sequence + 1 ||
    header.fork < head.fork ||
    header.fork !== stored.fork
  ) {
    throw new Fault(
      'damaged',
      `Damaged journal: ${where} is another entry. What a copy holds of it can be brought back.`,
    );
  }
  if (!equalBytes(header.previousHash, head.hash)) {
    throw new Fault(
      'damaged',
      `Damaged journal: ${where} does not follow the one before it. What a copy holds of it can be brought back.`,
    );
  }
  if (stored.body !== null && !equalBytes(sha256(stored.body), stored.bodyHash)) {
    throw new Fault(
      'damaged',
      `Damaged journal: the body of ${where} is not what was written. What a copy holds of it can be brought back.`,
    );
  }
  return {
    ...decoded,
    head: { fork: header.fork, sequence: header.sequence, hash: entryHash(stored.header, stored.bodyHash) },
  };
}

/** @throws Fault `damaged` when the body does not authenticate, `missing` when it is gone. */
export function openEntryBody(keys: VaultKeys, decoded: DecodedHeader, stored: StoredEntry): EntryBody {
  const { header, aad } = decoded;
  if (stored.body === null)
    throw new Fault('missing', `The body of entry ${header.sequence} is beyond the history that is kept.`);
  const epoch = keys.epoch(header.epoch);
  const plaintext =
    header.type === 'inbox'
      ? openBox(epoch.inboxPrivate.expose(), 'inbox', aad, stored.body)
      : openBody(epoch.entryKey, header.salt, aad, stored.body);
  if (plaintext === undefined) {
    throw new Fault(
      'damaged',
      `Damaged journal: entry ${header.sequence} of vault ${keys.vault} does not open. What a copy holds of it can be brought back.`,
    );
  }
  return decodeBody(plaintext, bodyCodec);
}

/** What the signature of a drop or baseline entry covers. */
export function signedBytes(aad: Uint8Array, bodyHash: Uint8Array): Uint8Array {
  return concat(utf8('entry'), aad, bodyHash);
}
