import { Fault } from '../base/fault.ts';
import {
  type AccountId,
  accountIdOf,
  type CopyId,
  type CredentialId,
  copyIdOf,
  credentialIdOf,
  idBytes,
  type NodeId,
  parseNodeId,
  type VaultId,
  vaultIdOf,
} from '../base/ids.ts';
import { type CborValue, cborMap, Fields } from './cbor.ts';
import { type CopyDescription, copyFromCbor, copyToCbor } from './copy-description.ts';
import { type PasskeyFacts, passkeyFromCbor, passkeyToCbor } from './passkey.ts';

/** Operations of the instance vault, docs/format.md §8. */
export const vaultKinds: readonly ['files', 'documents'] = ['files', 'documents'];
export type VaultKind = (typeof vaultKinds)[number];
export type CredentialKind = 'password' | 'app' | 'kit' | 'operator' | 'link' | 'passkey' | 'escrow';
/** What the bearer of a link may do with what was shared. */
export const grantRights: readonly ['read', 'receive'] = ['read', 'receive'];
export type GrantRight = (typeof grantRights)[number];

/** Where an owner says that a kit is kept: a choice and never a text, because the operator's journal holds it. */
export const kitPlaces: readonly ['home', 'elsewhere', 'person', 'digital'] = [
  'home',
  'elsewhere',
  'person',
  'digital',
];
export type KitPlace = (typeof kitPlaces)[number];

export interface PasswordParameters {
  readonly salt: Uint8Array;
  readonly memoryKiB: number;
  readonly passes: number;
}

export interface GrantLimit {
  readonly bytes: number;
  readonly files: number;
}

export type InstanceOperation =
  | {
      readonly o: 'account';
      readonly account: AccountId;
      readonly name: string;
      readonly tag: string;
      readonly quotaBytes: number | undefined;
    }
  | {
      readonly o: 'vault';
      readonly vault: VaultId;
      readonly account: AccountId;
      readonly kind: VaultKind;
      readonly signPublic: Uint8Array;
    }
  | {
      readonly o: 'epoch';
      readonly vault: VaultId;
      readonly epoch: number;
      readonly inboxPublic: Uint8Array;
      readonly previous: Uint8Array | undefined;
    }
  | {
      readonly o: 'credential';
      readonly credential: CredentialId;
      readonly account: AccountId;
      readonly kind: CredentialKind;
      readonly publicKey: Uint8Array;
      readonly label: string | undefined;
      readonly password: PasswordParameters | undefined;
    }
  | {
      readonly o: 'wrap';
      readonly credential: CredentialId;
      readonly vault: VaultId;
      readonly epoch: number;
      readonly box: Uint8Array;
    }
  | { readonly o: 'revoke'; readonly credential: CredentialId }
  | {
      readonly o: 'grant';
      readonly credential: CredentialId;
      readonly vault: VaultId;
      readonly node: NodeId;
      readonly right: GrantRight;
      /** Of the token in the link, so that a wrong one is told from a missing password. */
      readonly proof: Uint8Array;
      readonly endsMs: number | undefined;
      /** How much the link may receive in all. */
      readonly limit: GrantLimit | undefined;
    }
  | { readonly o: 'quota'; readonly account: AccountId; readonly quotaBytes: number | null }
  | { readonly o: 'proven'; readonly credential: CredentialId; readonly place: KitPlace | undefined }
  | ({ readonly o: 'passkey'; readonly credential: CredentialId } & PasskeyFacts)
  /** The escrow that the operator offers from here on; null for none. */
  | { readonly o: 'escrow'; readonly publicKey: Uint8Array | null }
  | ({ readonly o: 'copy' } & CopyDescription)
  | { readonly o: 'copy-paused'; readonly copy: CopyId; readonly paused: boolean }
  | { readonly o: 'copy-removed'; readonly copy: CopyId }
  /** Whether the person also runs the instance. */
  | { readonly o: 'operator'; readonly account: AccountId; readonly isOperator: boolean };

export function instanceOperationToCbor(operation: InstanceOperation): CborValue {
  switch (operation.o) {
    case 'account':
      return cborMap({
        o: 'account',
        account: idBytes(operation.account),
        name: operation.name,
        tag: operation.tag,
        quota: operation.quotaBytes,
      });
    case 'vault':
      return {
        o: 'vault',
        vault: idBytes(operation.vault),
        account: idBytes(operation.account),
        kind: operation.kind,
        sign: operation.signPublic,
      };
    case 'epoch':
      return cborMap({
        o: 'epoch',
        vault: idBytes(operation.vault),
        epoch: operation.epoch,
        inbox: operation.inboxPublic,
        previous: operation.previous,
      });
    case 'credential':
      return cborMap({
        o: 'credential',
        credential: idBytes(operation.credential),
        account: idBytes(operation.account),
        kind: operation.kind,
        public: operation.publicKey,
        label: operation.label,
        salt: operation.password?.salt,
        memory: operation.password?.memoryKiB,
        passes: operation.password?.passes,
      });
    case 'wrap':
      return {
        o: 'wrap',
        credential: idBytes(operation.credential),
        vault: idBytes(operation.vault),
        epoch: operation.epoch,
        box: operation.box,
      };
    case 'revoke':
      return { o: 'revoke', credential: idBytes(operation.credential) };
    case 'proven':
      return cborMap({ o: 'proven', credential: idBytes(operation.credential), place: operation.place });
    case 'passkey':
      return passkeyToCbor(operation.credential, operation);
    case 'escrow':
      return { o: operation.o, public: operation.publicKey };
    case 'grant':
      return grantToCbor(operation);
    case 'operator':
      return { o: 'operator', account: idBytes(operation.account), is: operation.isOperator };
    case 'quota':
      return { o: 'quota', account: idBytes(operation.account), quota: operation.quotaBytes };
    case 'copy':
      return copyToCbor(operation);
    case 'copy-paused':
      return { o: 'copy-paused', copy: idBytes(operation.copy), paused: operation.paused };
    case 'copy-removed':
      return { o: 'copy-removed', copy: idBytes(operation.copy) };
  }
}

function grantToCbor(operation: Extract<InstanceOperation, { readonly o: 'grant' }>): CborValue {
  return cborMap({
    o: 'grant',
    credential: idBytes(operation.credential),
    vault: idBytes(operation.vault),
    node: operation.node,
    right: operation.right,
    proof: operation.proof,
    ends: operation.endsMs,
    bytes: operation.limit?.bytes,
    files: operation.limit?.files,
  });
}

/** Undefined for an operation that this program does not know or that is malformed. */
export function instanceOperationFromCbor(value: CborValue): InstanceOperation | undefined {
  try {
    return decodeOperation(new Fields(value, 'operation'));
  } catch (error) {
    if (error instanceof Fault && error.code === 'damaged') return undefined;
    throw error;
  }
}

function decodeOperation(fields: Fields): InstanceOperation | undefined {
  const o = fields.text('o');
  const account = (): AccountId => accountIdOf(fields.bytes('account', 16));
  const credential = (): CredentialId => credentialIdOf(fields.bytes('credential', 16));
  const vault = (): VaultId => vaultIdOf(fields.bytes('vault', 16));
  switch (o) {
    case 'account':
      return {
        o,
        account: account(),
        name: fields.text('name'),
        tag: fields.text('tag'),
        quotaBytes: fields.has('quota') ? fields.count('quota') : undefined,
      };
    case 'vault': {
      const kind = vaultKinds.find((each) => each === fields.text('kind'));
      return kind === undefined
        ? undefined
        : { o, vault: vault(), account: account(), kind, signPublic: fields.bytes('sign', 32) };
    }
    case 'epoch':
      return {
        o,
        vault: vault(),
        epoch: fields.count('epoch'),
        inboxPublic: fields.bytes('inbox', 32),
        previous: fields.has('previous') ? fields.bytes('previous') : undefined,
      };
    case 'credential':
      return decodeCredential(fields, credential(), account());
    case 'wrap':
      return { o, credential: credential(), vault: vault(), epoch: fields.count('epoch'), box: fields.bytes('box') };
    case 'revoke':
      return { o, credential: credential() };
    case 'passkey':
      return { o, credential: credential(), ...passkeyFromCbor(fields) };
    case 'escrow':
      return { o, publicKey: fields.value('public') === null ? null : fields.bytes('public', 32) };
    case 'grant':
      return decodeGrant(fields, credential(), vault());
    case 'proven': {
      const place = fields.has('place') ? fields.text('place') : undefined;
      return { o, credential: credential(), place: kitPlaces.find((each) => each === place) };
    }
    case 'operator':
      return { o, account: account(), isOperator: fields.value('is') === true };
    case 'quota':
      return { o, account: account(), quotaBytes: fields.value('quota') === null ? null : fields.count('quota') };
    default:
      return decodeCopyOperation(fields, o);
  }
}

function decodeCopyOperation(fields: Fields, o: string): InstanceOperation | undefined {
  switch (o) {
    case 'copy': {
      const description = copyFromCbor(fields);
      return description === undefined ? undefined : { o, ...description };
    }
    case 'copy-paused':
      return { o, copy: copyIdOf(fields.bytes('copy', 16)), paused: fields.flag('paused') };
    case 'copy-removed':
      return { o, copy: copyIdOf(fields.bytes('copy', 16)) };
    default:
      return undefined;
  }
}

function decodeGrant(fields: Fields, credential: CredentialId, vault: VaultId): InstanceOperation | undefined {
  const right = grantRights.find((each) => each === fields.text('right'));
  const node = parseNodeId(fields.big('node'));
  if (right === undefined || node === undefined) return undefined;
  return {
    o: 'grant',
    credential,
    vault,
    node,
    right,
    proof: fields.bytes('proof', 32),
    endsMs: fields.has('ends') ? fields.count('ends') : undefined,
    limit: fields.has('bytes') ? { bytes: fields.count('bytes'), files: fields.count('files') } : undefined,
  };
}

const credentialKinds: readonly CredentialKind[] = ['password', 'app', 'kit', 'operator', 'link', 'passkey', 'escrow'];

function decodeCredential(fields: Fields, credential: CredentialId, account: AccountId): InstanceOperation | undefined {
  const kind = credentialKinds.find((each) => each === fields.text('kind'));
  if (kind === undefined) return undefined;
  return {
    o: 'credential',
    credential,
    account,
    kind,
    publicKey: fields.bytes('public', 32),
    label: fields.has('label') ? fields.text('label') : undefined,
    password: fields.has('salt')
      ? { salt: fields.bytes('salt', 16), memoryKiB: fields.count('memory'), passes: fields.count('passes') }
      : undefined,
  };
}
