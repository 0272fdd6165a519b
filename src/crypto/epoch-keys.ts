import { concat, noBytes, u32, utf8 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import { idBytes, type VaultId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import { aeadOpen, aeadSeal, hkdf, x25519Public } from './primitives.ts';

const previousVersion = 1;

/** The keys of one epoch of one vault (docs/format.md §2), derived once. */
export class EpochKeys {
  readonly vault: VaultId;
  readonly epoch: number;
  readonly secret: Secret;
  readonly entryKey: Secret;
  readonly contentKey: Secret;
  readonly tagKey: Secret;
  readonly checkpointKey: Secret;
  readonly ephemeralKey: Secret;
  readonly traceKey: Secret;
  readonly inboxPrivate: Secret;
  readonly inboxPublic: Uint8Array;

  constructor(vault: VaultId, epoch: number, secret: Secret) {
    this.vault = vault;
    this.epoch = epoch;
    this.secret = secret;
    const derive = (label: string): Secret =>
      new Secret(hkdf(secret.expose(), noBytes, label, epochContext(vault, epoch)));
    this.entryKey = derive('entry');
    this.contentKey = derive('content');
    this.tagKey = derive('tag');
    this.checkpointKey = derive('checkpoint');
    this.ephemeralKey = derive('ephemeral');
    this.traceKey = derive('trace');
    this.inboxPrivate = derive('inbox');
    this.inboxPublic = x25519Public(this.inboxPrivate.expose());
  }
}

function epochContext(vault: VaultId, epoch: number): Uint8Array {
  return concat(idBytes(vault), u32(epoch));
}

function previousKey(vault: VaultId, epoch: number, secret: Secret): Uint8Array {
  return hkdf(secret.expose(), noBytes, 'previous', epochContext(vault, epoch));
}

/** The secret of the epoch before `epoch`, sealed under that of `epoch`: one message per key. */
export function sealPrevious(vault: VaultId, epoch: number, secret: Secret, before: Secret): Uint8Array {
  const aad = concat(utf8('previous'), epochContext(vault, epoch));
  return concat(new Uint8Array([previousVersion]), aeadSeal(previousKey(vault, epoch, secret), aad, before.expose()));
}

/** @throws Fault `damaged` when it does not open. */
export function openPrevious(vault: VaultId, epoch: number, secret: Secret, sealed: Uint8Array): Secret {
  const aad = concat(utf8('previous'), epochContext(vault, epoch));
  const opened =
    sealed[0] === previousVersion ? aeadOpen(previousKey(vault, epoch, secret), aad, sealed.subarray(1)) : undefined;
  if (opened === undefined) {
    throw new Fault(
      'damaged',
      `The key of epoch ${epoch - 1} of a vault does not open. Its entries can be read from a copy.`,
    );
  }
  return new Secret(opened);
}
