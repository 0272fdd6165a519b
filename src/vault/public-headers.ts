import { concat, utf8 } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';
import type { Secret } from '#base/secret.ts';
import { ed25519Sign, ed25519Verify } from '#crypto/primitives.ts';
import {
  decodePublicHeader,
  encodePublicHeaderBody,
  joinPublicHeader,
  type PublicHeader,
} from '#format/public-header.ts';

/** docs/format.md §10. */
export function signPublicHeader(header: PublicHeader, signSeed: Secret): Uint8Array {
  const body = encodePublicHeaderBody(header);
  return joinPublicHeader(ed25519Sign(signSeed.expose(), concat(utf8('public header'), body)), body);
}

/** @throws Fault `damaged` when the signature is not that of the vault's signing key. */
export function openPublicHeader(bytes: Uint8Array): PublicHeader {
  const { header, signature, body } = decodePublicHeader(bytes);
  if (!ed25519Verify(header.signPublic, concat(utf8('public header'), body), signature)) {
    throw new Fault(
      'damaged',
      `The public header of vault ${header.vault} does not verify. A copy may have a good one.`,
    );
  }
  return header;
}
