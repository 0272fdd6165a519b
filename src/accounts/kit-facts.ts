import type { Secret } from '../base/secret.ts';
import { checkWordsDigest } from '../crypto/credential-keys.ts';
import { x25519Public } from '../crypto/primitives.ts';
import { checkWords, encodeIdentity, encodeRecipient } from '../format/identity.ts';

/** What a kit shows (docs/format.md §4). The identity opens everything that the kit opens. */
export interface KitFacts {
  readonly identity: string;
  readonly recipient: string;
  readonly words: readonly string[];
}

export function kitFacts(key: Secret): KitFacts {
  return {
    identity: encodeIdentity(key.expose()),
    recipient: encodeRecipient(x25519Public(key.expose())),
    words: checkWords(checkWordsDigest(key)),
  };
}
