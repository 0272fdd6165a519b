import { concat, noBytes, utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { aeadOpen, aeadSeal, hmacSha256, x25519Public, x25519Shared } from './primitives.ts';

/**
 * HPKE, RFC 9180, base mode, single shot: DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, AES-256-GCM 0x0002.
 * Stored as `u8 1 ‖ enc ‖ ciphertext` (docs/format.md §3).
 */
const boxVersion = 1;
const versionLabel = utf8('HPKE-v1');
const kemSuite = concat(utf8('KEM'), new Uint8Array([0x00, 0x20]));
const suite = concat(utf8('HPKE'), new Uint8Array([0x00, 0x20, 0x00, 0x01, 0x00, 0x02]));
const modeBase: Uint8Array = new Uint8Array([0]);

// RFC 9180 §4: LabeledExtract and LabeledExpand.
function labeledExtract(suiteId: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return hmacSha256(salt.length === 0 ? new Uint8Array(32) : salt, versionLabel, suiteId, utf8(label), ikm);
}

function labeledExpand(
  suiteId: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  // One HKDF block is enough: no output here is longer than 32 bytes.
  const lengthBytes = new Uint8Array([length >> 8, length & 255]);
  const block = hmacSha256(prk, lengthBytes, versionLabel, suiteId, utf8(label), info, new Uint8Array([1]));
  return block.subarray(0, length);
}

// RFC 9180 §4.1: ExtractAndExpand.
function kemShared(dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array): Uint8Array {
  const prk = labeledExtract(kemSuite, noBytes, 'eae_prk', dh);
  return labeledExpand(kemSuite, prk, 'shared_secret', concat(enc, recipient), 32);
}

// RFC 9180 §5.1: KeySchedule with mode_base and no pre-shared key.
function keySchedule(shared: Uint8Array, info: Uint8Array): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  const pskIdHash = labeledExtract(suite, noBytes, 'psk_id_hash', noBytes);
  const infoHash = labeledExtract(suite, noBytes, 'info_hash', info);
  const context = concat(modeBase, pskIdHash, infoHash);
  const secret = labeledExtract(suite, shared, 'secret', noBytes);
  return {
    key: labeledExpand(suite, secret, 'key', context, 32),
    nonce: labeledExpand(suite, secret, 'base_nonce', context, 12),
  };
}

/** `ephemeral` is 32 fresh random bytes, an X25519 private key used for this box only. */
export function sealBox(
  recipient: Uint8Array,
  label: string,
  aad: Uint8Array,
  plaintext: Uint8Array,
  ephemeral: Uint8Array,
): Uint8Array {
  const enc = x25519Public(ephemeral);
  const { key, nonce } = keySchedule(kemShared(x25519Shared(ephemeral, recipient), enc, recipient), utf8(label));
  return concat(new Uint8Array([boxVersion]), enc, aeadSeal(key, aad, plaintext, nonce));
}

/**
 * Undefined when the box was not made for this key, label and associated data.
 * @throws Fault `newer-format` for an unknown version, `damaged` when it is too short.
 */
export function openBox(
  privateKey: Uint8Array,
  label: string,
  aad: Uint8Array,
  box: Uint8Array,
): Uint8Array | undefined {
  if (box.length < 1 + 32 + 16) throw new Fault('damaged', 'A sealed box is cut short.');
  if (box[0] !== boxVersion) throw new Fault('newer-format', `A sealed box has the unknown version ${box[0]}.`);
  const enc = box.subarray(1, 33);
  const recipient = x25519Public(privateKey);
  const { key, nonce } = keySchedule(kemShared(x25519Shared(privateKey, enc), enc, recipient), utf8(label));
  return aeadOpen(key, aad, box.subarray(33), nonce);
}
