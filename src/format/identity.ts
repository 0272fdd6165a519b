import { bech32 } from '@scure/base';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { present } from '../base/assert.ts';

/** age identities and recipients (docs/format.md §4): Bech32 (BIP-173) of 32 bytes. */
const identityPrefix = 'age-secret-key-';
const recipientPrefix = 'age';
const identityLine = 'AGE-SECRET-KEY-1';

export function encodeIdentity(privateKey: Uint8Array): string {
  return bech32.encodeFromBytes(identityPrefix, privateKey).toUpperCase();
}

export function encodeRecipient(publicKey: Uint8Array): string {
  return bech32.encodeFromBytes(recipientPrefix, publicKey);
}

/** The private key in the first line of a kit that starts with AGE-SECRET-KEY-1, or undefined when there is none. */
export function findIdentity(text: string): Uint8Array | undefined {
  const line = text
    .split(/\r?\n/)
    .map((each) => each.trim())
    .find((each) => each.startsWith(identityLine));
  if (line === undefined || line.length > 90) return undefined;
  try {
    const { prefix, bytes } = bech32.decodeToBytes(line);
    return prefix === identityPrefix && bytes.length === 32 ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** The public key of an age recipient, or undefined when it is none. */
export function findRecipient(text: string): Uint8Array | undefined {
  const trimmed = text.trim();
  if (trimmed.length > 90) return undefined;
  try {
    const { prefix, bytes } = bech32.decodeToBytes(trimmed);
    return prefix === recipientPrefix && bytes.length === 32 ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Four words; `digest` is SHA-256 of the label "check words" and the private key. */
export function checkWords(digest: Uint8Array): readonly string[] {
  const bits = Array.from(digest.subarray(0, 6), (byte) => byte.toString(2).padStart(8, '0')).join('');
  return [0, 1, 2, 3].map((i) => present(wordlist[Number.parseInt(bits.slice(i * 11, i * 11 + 11), 2)], 'check word'));
}
