import { concat } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import {
  type AccountId,
  accountIdOf,
  type CredentialId,
  credentialIdOf,
  idBytes,
  type VaultId,
  vaultIdOf,
} from '../base/ids.ts';
import { BinaryReader } from './binary.ts';
import { type CborValue, decodeCbor, encodeCbor, Fields } from './cbor.ts';

/** docs/format.md §10: what lets a copy be opened with a kit alone. */
export interface PublicHeader {
  readonly vault: VaultId;
  readonly account: AccountId;
  readonly number: number;
  readonly signPublic: Uint8Array;
  readonly epochs: readonly {
    readonly epoch: number;
    readonly inboxPublic: Uint8Array;
    readonly previous: Uint8Array | null;
  }[];
  readonly wraps: readonly {
    readonly credential: CredentialId;
    readonly publicKey: Uint8Array;
    readonly epoch: number;
    readonly box: Uint8Array;
  }[];
}

const headerVersion = 1;

export function encodePublicHeaderBody(header: PublicHeader): Uint8Array {
  return encodeCbor({
    vault: idBytes(header.vault),
    account: idBytes(header.account),
    number: header.number,
    sign: header.signPublic,
    epochs: header.epochs.map((each): CborValue => [each.epoch, each.inboxPublic, each.previous]),
    wraps: header.wraps.map((each): CborValue => [idBytes(each.credential), each.publicKey, each.epoch, each.box]),
  });
}

export function joinPublicHeader(signature: Uint8Array, body: Uint8Array): Uint8Array {
  return concat(new Uint8Array([headerVersion]), signature, body);
}

/** The signature is checked by the caller, over "public header" and `body`. @throws Fault `damaged`, `newer-format`. */
export function decodePublicHeader(bytes: Uint8Array): {
  readonly header: PublicHeader;
  readonly signature: Uint8Array;
  readonly body: Uint8Array;
} {
  const reader = new BinaryReader(bytes, 'public header');
  const version = reader.u8();
  if (version !== headerVersion) throw new Fault('newer-format', `A public header has the unknown version ${version}.`);
  const signature = reader.bytes(64);
  const body = reader.rest();
  const fields = new Fields(decodeCbor(body, 'public header'), 'public header');
  const header: PublicHeader = {
    vault: vaultIdOf(fields.bytes('vault', 16)),
    account: accountIdOf(fields.bytes('account', 16)),
    number: fields.count('number'),
    signPublic: fields.bytes('sign', 32),
    epochs: fields.list('epochs').map((row) => {
      const [epoch, inboxPublic, previous] = rowOf(row, fields, 'epochs');
      if (typeof epoch !== 'number' || !(inboxPublic instanceof Uint8Array)) throw fields.wrong('epochs');
      if (previous !== null && !(previous instanceof Uint8Array)) throw fields.wrong('epochs');
      return { epoch, inboxPublic, previous };
    }),
    wraps: fields.list('wraps').map((row) => {
      const [credential, publicKey, epoch, box] = rowOf(row, fields, 'wraps');
      if (!(credential instanceof Uint8Array) || credential.length !== 16) throw fields.wrong('wraps');
      if (!(publicKey instanceof Uint8Array) || typeof epoch !== 'number' || !(box instanceof Uint8Array))
        throw fields.wrong('wraps');
      return { credential: credentialIdOf(credential), publicKey, epoch, box };
    }),
  };
  return { header, signature, body };
}

function rowOf(row: CborValue, fields: Fields, key: string): readonly CborValue[] {
  if (!Array.isArray(row)) throw fields.wrong(key);
  return row as readonly CborValue[];
}
