import { concat, noBytes, utf8 } from '../base/bytes.ts';
import { type CredentialId, idBytes } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import { type Argon2Cost, argon2id, hkdf, sha256 } from './primitives.ts';

/** Every credential unlocks its own X25519 key (docs/format.md §4); these derive the private half. */
export async function passwordKey(
  password: string,
  credential: CredentialId,
  salt: Uint8Array,
  cost: Argon2Cost,
): Promise<Secret> {
  return new Secret(hkdf(await argon2id(password, salt, cost), noBytes, 'password', idBytes(credential)));
}

/** 160 random bits need no slow hash, so a request of a DAV client is cheap. */
export function appPasswordKey(bytes: Uint8Array): Secret {
  return new Secret(hkdf(bytes, noBytes, 'app'));
}

/** Of a link: its token, and when it has a password that too, so that the token alone opens nothing. */
export async function linkKey(
  token: Uint8Array,
  credential: CredentialId,
  password: { readonly text: string; readonly salt: Uint8Array; readonly cost: Argon2Cost } | undefined,
): Promise<Secret> {
  const stretched = password === undefined ? noBytes : await argon2id(password.text, password.salt, password.cost);
  return new Secret(hkdf(concat(token, stretched), noBytes, 'link', idBytes(credential)));
}

/** Tells a right token from a wrong one; says nothing about the key. */
export function linkProof(token: Uint8Array, credential: CredentialId): Uint8Array {
  return hkdf(token, noBytes, 'link proof', idBytes(credential));
}

/** What a passkey's PRF is asked for; the browser hashes it with a text of its own (WebAuthn §10.1.4). */
export const passkeyInput: Uint8Array = utf8('passkey vault key v1');
export const passkeyOutputBytes = 32;

export function passkeyKey(output: Uint8Array, credential: CredentialId): Secret {
  return new Secret(hkdf(output, noBytes, 'passkey', idBytes(credential)));
}

/** What the check words of a kit are taken from. */
export function checkWordsDigest(privateKey: Secret): Uint8Array {
  return sha256(concat(utf8('check words'), privateKey.expose()));
}
