import { unreachable } from '../base/assert.ts';
import { toHex } from '../base/bytes.ts';
import type { AccountId, CopyId, CredentialId, NodeId, VaultId } from '../base/ids.ts';
import type { CborValue } from '../format/cbor.ts';
import type { CopyDescription } from '../format/copy-description.ts';
import {
  type CredentialKind,
  type GrantLimit,
  type GrantRight,
  type InstanceOperation,
  instanceOperationFromCbor,
  type KitPlace,
  type PasswordParameters,
  type VaultKind,
} from '../format/instance-operations.ts';
import type { PasskeyFacts } from '../format/passkey.ts';
import type { Fold, Position } from '../vault/open-vault.ts';
import type { EpochRecord } from '../vault/vault-keys.ts';

export interface Account {
  readonly id: AccountId;
  readonly name: string;
  /** The account's own part of personal URLs. */
  readonly tag: string;
  readonly quotaBytes: number | undefined;
  readonly createdMs: number;
  /** Runs the instance as well; sees counts and states, never content. */
  readonly isOperator: boolean;
}

export interface VaultRecord {
  readonly id: VaultId;
  readonly account: AccountId;
  readonly kind: VaultKind;
  readonly signPublic: Uint8Array;
  readonly epochs: readonly EpochRecord[];
}

export interface CredentialRecord {
  readonly id: CredentialId;
  readonly account: AccountId;
  readonly kind: CredentialKind;
  readonly publicKey: Uint8Array;
  readonly label: string | undefined;
  readonly password: PasswordParameters | undefined;
  readonly createdMs: number;
  readonly revokedMs: number | undefined;
  readonly proven: boolean;
  /** Of a kit: where its owner says that it is kept. */
  readonly place: KitPlace | undefined;
  /** Of a link, and only of one. */
  readonly grant: Grant | undefined;
  /** Of a passkey, and only of one. */
  readonly passkey: PasskeyFacts | undefined;
  /** The newest wrap for each vault that this credential opens. */
  readonly wraps: ReadonlyMap<VaultId, Wrap>;
}

/** What a link opens. */
export interface Grant {
  readonly vault: VaultId;
  readonly node: NodeId;
  readonly right: GrantRight;
  readonly proof: Uint8Array;
  readonly endsMs: number | undefined;
  readonly limit: GrantLimit | undefined;
}

export function isOver({ endsMs }: Grant, nowMs: number): boolean {
  return endsMs !== undefined && endsMs <= nowMs;
}

export interface CopyRecord extends CopyDescription {
  readonly paused: boolean;
}

interface Wrap {
  readonly epoch: number;
  readonly box: Uint8Array;
}

interface Tables {
  accounts: ReadonlyMap<AccountId, Account>;
  vaults: ReadonlyMap<VaultId, VaultRecord>;
  credentials: ReadonlyMap<CredentialId, CredentialRecord>;
  copies: ReadonlyMap<CopyId, CopyRecord>;
  escrow: Uint8Array | undefined;
}

/** Who there is and what opens what, at one of the two instants of InstanceFold. Small, so that plain maps do. */
export class InstanceView {
  readonly #tables: () => Tables;

  constructor(tables: () => Tables) {
    this.#tables = tables;
  }

  accounts(): Account[] {
    return [...this.#tables().accounts.values()];
  }

  account(id: AccountId): Account | undefined {
    return this.#tables().accounts.get(id);
  }

  accountNamed(name: string): Account | undefined {
    return this.accounts().find((each) => each.name === name);
  }

  vaultsOf(account: AccountId): VaultRecord[] {
    return [...this.#tables().vaults.values()].filter((each) => each.account === account);
  }

  vaults(): VaultRecord[] {
    return [...this.#tables().vaults.values()];
  }

  vault(id: VaultId): VaultRecord | undefined {
    return this.#tables().vaults.get(id);
  }

  credential(id: CredentialId): CredentialRecord | undefined {
    return this.#tables().credentials.get(id);
  }

  /** Those that were not revoked. */
  credentialsOf(account: AccountId): CredentialRecord[] {
    return [...this.#tables().credentials.values()].filter(
      (each) => each.account === account && each.revokedMs === undefined,
    );
  }

  /** Those that open a vault, whoever's they are. */
  credentialsHolding(vault: VaultId): CredentialRecord[] {
    return [...this.#tables().credentials.values()].filter((each) => each.wraps.has(vault));
  }

  credentialWithKey(account: AccountId, publicKey: Uint8Array): CredentialRecord | undefined {
    const wanted = toHex(publicKey);
    return this.credentialsOf(account).find((each) => toHex(each.publicKey) === wanted);
  }

  /** By WebAuthn's id, when it was not revoked. */
  passkeyWithId(id: Uint8Array): CredentialRecord | undefined {
    const wanted = toHex(id);
    return [...this.#tables().credentials.values()].find(
      (each) => each.passkey !== undefined && each.revokedMs === undefined && toHex(each.passkey.id) === wanted,
    );
  }

  /** Public key of the escrow that the operator offers. */
  escrow(): Uint8Array | undefined {
    return this.#tables().escrow;
  }

  /** In the order in which they were added. */
  copies(): CopyRecord[] {
    return [...this.#tables().copies.values()];
  }
}

/** Folds the instance vault. */
export class InstanceFold implements Fold {
  #now: Tables = {
    accounts: new Map(),
    vaults: new Map(),
    credentials: new Map(),
    copies: new Map(),
    escrow: undefined,
  };
  #before: Tables | undefined;
  #skipped = 0;
  /**
   * What everybody looks at. Keys of a change that is not durable yet must be given to nobody: what was sealed with them
   * meanwhile would open for nobody once the change failed.
   */
  readonly durable: InstanceView = new InstanceView(() => this.#before ?? this.#now);
  /** What a change is decided on: with those of its batch that stand before it. */
  readonly deciding: InstanceView = new InstanceView(() => this.#now);

  begin(): void {
    this.#before = { ...this.#now };
  }

  commit(): void {
    this.#before = undefined;
  }

  rollback(): void {
    if (this.#before !== undefined) this.#now = this.#before;
    this.#before = undefined;
  }

  apply(operations: readonly CborValue[], position: Position): void {
    for (const value of operations) {
      const operation = instanceOperationFromCbor(value);
      if (operation === undefined || !this.#applyOne(operation, position)) this.#skipped += 1;
    }
  }

  /** Operations that could not be applied. */
  get skipped(): number {
    return this.#skipped;
  }

  #applyOne(operation: InstanceOperation, position: Position): boolean {
    const { accounts, vaults, credentials } = this.#now;
    switch (operation.o) {
      case 'account': {
        if (accounts.has(operation.account) || this.deciding.accountNamed(operation.name) !== undefined) return false;
        const { name, tag, quotaBytes } = operation;
        return this.#setAccount({
          id: operation.account,
          name,
          tag,
          quotaBytes,
          createdMs: position.timeMs,
          isOperator: false,
        });
      }
      case 'operator': {
        const account = accounts.get(operation.account);
        return account !== undefined && this.#setAccount({ ...account, isOperator: operation.isOperator });
      }
      case 'quota': {
        const account = accounts.get(operation.account);
        return account !== undefined && this.#setAccount({ ...account, quotaBytes: operation.quotaBytes ?? undefined });
      }
      case 'vault': {
        if (vaults.has(operation.vault)) return false;
        const { account, kind, signPublic } = operation;
        return this.#setVault({ id: operation.vault, account, kind, signPublic, epochs: [] });
      }
      case 'epoch': {
        const vault = vaults.get(operation.vault);
        if (vault === undefined || operation.epoch !== vault.epochs.length + 1) return false;
        const { epoch, inboxPublic, previous } = operation;
        return this.#setVault({
          ...vault,
          epochs: [...vault.epochs, { epoch, inboxPublic, previous: previous ?? null }],
        });
      }
      case 'credential': {
        if (credentials.has(operation.credential)) return false;
        const { account, kind, publicKey, label, password } = operation;
        const fresh = {
          createdMs: position.timeMs,
          revokedMs: undefined,
          proven: false,
          place: undefined,
          grant: undefined,
          passkey: undefined,
          wraps: new Map(),
        };
        return this.#setCredential({ id: operation.credential, account, kind, publicKey, label, password, ...fresh });
      }
      case 'wrap': {
        const credential = credentials.get(operation.credential);
        if (credential === undefined) return false;
        const wraps = new Map(credential.wraps).set(operation.vault, { epoch: operation.epoch, box: operation.box });
        return this.#setCredential({ ...credential, wraps });
      }
      case 'revoke': {
        const credential = credentials.get(operation.credential);
        return (
          credential !== undefined &&
          this.#setCredential({ ...credential, revokedMs: position.timeMs, wraps: new Map() })
        );
      }
      case 'proven': {
        const credential = credentials.get(operation.credential);
        return (
          credential !== undefined &&
          this.#setCredential({ ...credential, proven: true, place: operation.place ?? credential.place })
        );
      }
      case 'grant':
        return this.#applyGrant(operation);
      case 'passkey': {
        const { id, key, rp } = operation;
        const credential = credentials.get(operation.credential);
        const isNew = credential?.kind === 'passkey' && credential.passkey === undefined;
        return isNew && this.#setCredential({ ...credential, passkey: { id, key, rp } });
      }
      case 'escrow':
        this.#now.escrow = operation.publicKey ?? undefined;
        return true;
      default:
        return this.#applyToCopies(operation);
    }
  }

  #applyGrant(operation: Extract<InstanceOperation, { readonly o: 'grant' }>): boolean {
    const credential = this.#now.credentials.get(operation.credential);
    const isNew = credential?.kind === 'link' && credential.grant === undefined && credential.revokedMs === undefined;
    if (!isNew || !this.#now.vaults.has(operation.vault)) return false;
    const { vault, node, right, proof, endsMs, limit } = operation;
    return this.#setCredential({ ...credential, grant: { vault, node, right, proof, endsMs, limit } });
  }

  #applyToCopies(
    operation: Extract<InstanceOperation, { readonly o: 'copy' | 'copy-paused' | 'copy-removed' }>,
  ): boolean {
    const copies = new Map(this.#now.copies);
    const known = copies.get(operation.copy);
    switch (operation.o) {
      case 'copy': {
        const { o: _, ...description } = operation;
        copies.set(operation.copy, { ...description, paused: false });
        break;
      }
      case 'copy-paused':
        if (known === undefined) return false;
        copies.set(operation.copy, { ...known, paused: operation.paused });
        break;
      case 'copy-removed':
        if (!copies.delete(operation.copy)) return false;
        break;
      default:
        return unreachable(operation);
    }
    this.#now.copies = copies;
    return true;
  }

  #setAccount(account: Account): true {
    this.#now.accounts = new Map(this.#now.accounts).set(account.id, account);
    return true;
  }

  #setVault(vault: VaultRecord): true {
    this.#now.vaults = new Map(this.#now.vaults).set(vault.id, vault);
    return true;
  }

  #setCredential(credential: CredentialRecord): true {
    this.#now.credentials = new Map(this.#now.credentials).set(credential.id, credential);
    return true;
  }
}
