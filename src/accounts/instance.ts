import { assert, present } from '../base/assert.ts';
import { equalBytes } from '../base/bytes.ts';
import type { Clock, Randomness } from '../base/clock.ts';
import { Fault } from '../base/fault.ts';
import { type CredentialId, credentialIdOf, idBytes, parseVaultId, type VaultId, vaultIdOf } from '../base/ids.ts';
import type { Secret } from '../base/secret.ts';
import { type Argon2Cost, ed25519Public, x25519Public } from '../crypto/primitives.ts';
import type { CborValue, Fields } from '../format/cbor.ts';
import { type InstanceOperation, instanceOperationToCbor } from '../format/instance-operations.ts';
import type { PublicHeader } from '../format/public-header.ts';
import type { Journal } from '../store/journal/journal.ts';
import { lastUseRow, openEphemeral, receivedRow, sealEphemeral, sessionRow } from '../vault/ephemeral.ts';
import { OpenVault } from '../vault/open-vault.ts';
import { openPublicHeader, signPublicHeader } from '../vault/public-headers.ts';
import { VaultKeys } from '../vault/vault-keys.ts';
import { InstanceFold, type InstanceView } from './instance-view.ts';
import { makeVault, noAccount, openWrap, sealWrap, type VaultSecrets } from './keyring.ts';

export interface InstanceParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly passwordCost: Argon2Cost;
}

const instanceMeta = 'instance';
/** Each costs as many openings as there are sessions. */
const maxTraced = 100;

/** A row of a session that stands where it was not written. */
export interface MisplacedRow {
  readonly id: Uint8Array;
  /** What it holds, when it was written for the place of another row. */
  readonly fields: Fields | undefined;
}

interface SessionRows {
  readonly rows: readonly { readonly id: Uint8Array; readonly fields: Fields }[];
  readonly misplaced: readonly MisplacedRow[];
}

function firstDefined<Item, Value>(items: readonly Item[], of: (item: Item) => Value | undefined): Value | undefined {
  for (const item of items) {
    const value = of(item);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The opened instance vault: who there is, and what opens what. */
export class Instance {
  readonly parts: InstanceParts;
  /** Of what is durable. */
  readonly view: InstanceView;
  readonly #fold: InstanceFold = new InstanceFold();
  readonly #vault: OpenVault;
  readonly #secrets: VaultSecrets;
  readonly #keys: VaultKeys;

  private constructor(parts: InstanceParts, keys: VaultKeys, secrets: VaultSecrets) {
    this.parts = parts;
    this.view = this.#fold.durable;
    this.#secrets = secrets;
    this.#keys = keys;
    this.#vault = new OpenVault(
      { ...parts, keys, fold: this.#fold },
      { fork: 1, sequence: 0, hash: new Uint8Array(32) },
    );
  }

  /** Whether this journal holds an instance already. */
  static async exists(journal: Journal): Promise<boolean> {
    return (await journal.meta(instanceMeta)) !== null;
  }

  /**
   * Opens the instance with its key, or makes it when the journal is empty.
   * @throws Fault `bad-key` when the key is that of another instance, `damaged`.
   */
  static async open(parts: InstanceParts, instanceKey: Secret): Promise<Instance> {
    const known = await parts.journal.meta(instanceMeta);
    const vault = known === null ? await createInstance(parts, instanceKey) : parseVaultId(known);
    if (vault === undefined)
      throw new Fault('damaged', 'The data folder does not say which instance it is. Restore it from a copy.');
    const { header, secrets } = await unlockByHeader(parts.journal, vault, instanceKey);
    const instance = new Instance(parts, VaultKeys.unlock(vault, secrets.secret, header.epochs), secrets);
    await instance.#vault.catchUp();
    return instance;
  }

  /** Folds what was brought back from elsewhere. */
  catchUp(): Promise<void> {
    return this.#vault.refresh();
  }

  get vault(): VaultId {
    return this.#vault.id;
  }

  /** Key of the instance's part of the trace (docs/format.md §12). */
  get traceKey(): { readonly epoch: number; readonly key: Secret } {
    return { epoch: this.#keys.current.epoch, key: this.#keys.current.traceKey };
  }

  /** When a credential was last used, and from where; kept beside the journal, because it is not worth an entry. */
  async noteUse(credential: CredentialId, address: string): Promise<void> {
    await this.putRow(lastUseRow, idBytes(credential), { time: this.parts.clock.nowMs(), address });
  }

  async lastUses(): Promise<ReadonlyMap<CredentialId, { readonly timeMs: number; readonly address: string }>> {
    const uses = new Map<CredentialId, { readonly timeMs: number; readonly address: string }>();
    for (const { id, fields } of await this.rows(lastUseRow))
      uses.set(credentialIdOf(id), { timeMs: fields.count('time'), address: fields.text('address') });
    return uses;
  }

  /** What a link has received in all. */
  async received(link: CredentialId): Promise<{ readonly bytes: number; readonly files: number }> {
    const id = idBytes(link);
    const rows = await this.parts.journal.ephemeral(this.vault, receivedRow);
    const row = rows.find((each) => equalBytes(each.id, id));
    const fields = row === undefined ? undefined : openEphemeral(this.#keys, receivedRow, id, row.sealed);
    return { bytes: fields?.count('bytes') ?? 0, files: fields?.count('files') ?? 0 };
  }

  /** One more file. Crash before this: the file counts with nobody, which is one more at most. */
  async noteReceived(link: CredentialId, sizeBytes: number): Promise<void> {
    const { journal, random } = this.parts;
    const id = idBytes(link);
    const { bytes, files } = await this.received(link);
    const value = { bytes: bytes + sizeBytes, files: files + 1 };
    const sealed = sealEphemeral(this.#keys, random, receivedRow, id, value);
    await journal.putEphemeral({
      vault: this.vault,
      kind: receivedRow,
      id,
      expiresMs: Number.MAX_SAFE_INTEGER,
      sealed,
    });
  }

  /** Rows of web sessions (docs/format.md §9). One that does not open where it stands means nothing, and is told apart. */
  async sessionRows(): Promise<SessionRows> {
    const stored = await this.parts.journal.ephemeral(this.vault, sessionRow);
    const open = (id: Uint8Array, sealed: Uint8Array): Fields | undefined =>
      openEphemeral(this.#keys, sessionRow, id, sealed);
    const rows: { readonly id: Uint8Array; readonly fields: Fields }[] = [];
    const misplaced: MisplacedRow[] = [];
    for (const { id, sealed } of stored) {
      const fields = open(id, sealed);
      if (fields !== undefined) rows.push({ id, fields });
      else if (misplaced.length < maxTraced)
        misplaced.push({ id, fields: firstDefined(stored, (other) => open(other.id, sealed)) });
      else misplaced.push({ id, fields: undefined });
    }
    return { rows, misplaced };
  }

  /** Those that open; kinds and what they hold: docs/format.md §9. */
  async rows(kind: number): Promise<readonly { readonly id: Uint8Array; readonly fields: Fields }[]> {
    const stored = await this.parts.journal.ephemeral(this.vault, kind);
    return stored.flatMap(({ id, sealed }) => {
      const fields = openEphemeral(this.#keys, kind, id, sealed);
      return fields === undefined ? [] : [{ id, fields }];
    });
  }

  async putRow(
    kind: number,
    id: Uint8Array,
    value: CborValue,
    expiresMs: number = Number.MAX_SAFE_INTEGER,
  ): Promise<void> {
    const { journal, random } = this.parts;
    const sealed = sealEphemeral(this.#keys, random, kind, id, value);
    await journal.putEphemeral({ vault: this.vault, kind, id, expiresMs, sealed });
  }

  async removeRow(kind: number, id: Uint8Array): Promise<void> {
    await this.parts.journal.removeEphemeral(this.vault, kind, id);
  }

  newId(): Uint8Array {
    return this.parts.random.bytes(16);
  }

  /**
   * Appends operations that were decided on the view as it will be before them. `decide` runs again after a conflict;
   * undefined means that nothing is to be done.
   */
  async change(
    by: CredentialId | undefined,
    decide: (view: InstanceView) => readonly InstanceOperation[] | undefined,
  ): Promise<boolean> {
    const outcome = await this.#vault.execute(
      by,
      () => {
        const operations = decide(this.#fold.deciding);
        if (operations === undefined) return { kind: 'none', result: false };
        return {
          kind: 'change',
          operations: operations.map(instanceOperationToCbor),
          added: [],
          data: [],
          result: true,
        };
      },
      (changed) => changed,
    );
    assert(outcome.kind === 'done', 'an instance entry is small and adds no chunks');
    return outcome.result;
  }

  /**
   * One more operator kit: it opens the instance vault as the instance key does.
   * @param privateKey of the new kit.
   */
  async addOperatorKit(privateKey: Secret): Promise<void> {
    const { journal, random } = this.parts;
    const newest = await newestHeader(journal, this.vault);
    const credential = { id: credentialIdOf(this.newId()), publicKey: x25519Public(privateKey.expose()) };
    const box = sealWrap(credential, this.vault, this.#secrets, random);
    const wraps = [
      ...newest.wraps,
      { credential: credential.id, publicKey: credential.publicKey, epoch: this.#secrets.epoch, box },
    ];
    await putHeader(
      journal,
      { ...newest, number: newest.number + 1, wraps },
      present(this.#secrets.signSeed, 'signing seed'),
    );
    await this.change(undefined, () => [
      {
        o: 'credential',
        credential: credential.id,
        account: noAccount,
        kind: 'operator',
        publicKey: credential.publicKey,
        label: 'operator kit',
        password: undefined,
      },
    ]);
  }

  /** Notes that a kit was read back. False when it is not a kit of this instance. */
  proveOperatorKit(privateKey: Secret): Promise<boolean> {
    const publicKey = x25519Public(privateKey.expose());
    return this.change(undefined, (view) => {
      const kit = view.credentialWithKey(noAccount, publicKey);
      return kit === undefined ? undefined : [{ o: 'proven', credential: kit.id, place: undefined }];
    });
  }

  /** Whether an operator kit was saved and read back; until then a warning stays. */
  get operatorKitProven(): boolean {
    return this.view.credentialsOf(noAccount).some((each) => each.kind === 'operator' && each.proven);
  }
}

/** Crash before the last line: no instance is named, and the next start makes one. */
async function createInstance(parts: InstanceParts, instanceKey: Secret): Promise<VaultId> {
  const { journal, random } = parts;
  for (const vault of await journal.vaults()) {
    if ((await journal.head(vault)).sequence === 0) continue;
    throw new Fault(
      'damaged',
      'The journal has entries but does not say which instance it is. Nothing was changed; restore it from a copy.',
    );
  }
  const vault = vaultIdOf(random.bytes(16));
  const made = makeVault(vault, random);
  const credential = { id: credentialIdOf(random.bytes(16)), publicKey: x25519Public(instanceKey.expose()) };
  const box = sealWrap(credential, vault, made.secrets, random);
  const header: PublicHeader = {
    vault,
    account: noAccount,
    number: 1,
    signPublic: made.signPublic,
    epochs: [made.firstEpoch],
    wraps: [{ credential: credential.id, publicKey: credential.publicKey, epoch: 1, box }],
  };
  await putHeader(journal, header, made.secrets.signSeed);
  await journal.setMeta(instanceMeta, vault);
  return vault;
}

export async function putHeader(journal: Journal, header: PublicHeader, signSeed: Secret): Promise<void> {
  await journal.putPublicHeader(header.vault, { number: header.number, bytes: signPublicHeader(header, signSeed) });
}

/** A rescue or a check has a reader only. */
type Headers = Pick<Journal, 'publicHeaders'>;

/** @throws Fault `missing` when the vault has none, `damaged` when the newest does not verify. */
export async function newestHeader(journal: Headers, vault: VaultId): Promise<PublicHeader> {
  const row = (await journal.publicHeaders(vault)).reduce<{ number: number; bytes: Uint8Array } | undefined>(
    (best, each) => (best === undefined || each.number > best.number ? each : best),
    undefined,
  );
  if (row === undefined)
    throw new Fault('missing', `The public header of vault ${vault} is missing. A copy may have it.`);
  return openPublicHeader(row.bytes);
}

/**
 * Opens a vault by the wraps of its public header alone, as a rescue does.
 * @throws Fault `bad-key` when no wrap is for this key.
 */
export async function unlockByHeader(
  journal: Headers,
  vault: VaultId,
  privateKey: Secret,
): Promise<{ readonly header: PublicHeader; readonly secrets: VaultSecrets }> {
  const header = await newestHeader(journal, vault);
  const publicKey = x25519Public(privateKey.expose());
  const wrap = header.wraps.find((each) => equalBytes(each.publicKey, publicKey));
  if (wrap === undefined) {
    throw new Fault(
      'bad-key',
      'This key belongs to another instance or vault. Nothing was opened or changed; use the key that belongs to this data folder.',
    );
  }
  const secrets = openWrap(privateKey, wrap.credential, vault, wrap.epoch, wrap.box);
  checkOwnHeader(header, secrets);
  return { header, secrets };
}

/**
 * A header signs itself; that it is the vault's own, and that what is sealed to its inbox keys can be opened, is known from the
 * secrets in the wrap (docs/format.md §10).
 */
function checkOwnHeader(header: PublicHeader, secrets: VaultSecrets): void {
  const keys = VaultKeys.unlock(header.vault, secrets.secret, header.epochs);
  const seed = secrets.signSeed?.expose();
  const isSignedByOwn = seed !== undefined && equalBytes(ed25519Public(seed), header.signPublic);
  const hasOwnInboxes = header.epochs.every((each) => equalBytes(each.inboxPublic, keys.epoch(each.epoch).inboxPublic));
  if (isSignedByOwn && hasOwnInboxes) return;
  throw new Fault('damaged', `The public header of vault ${header.vault} is not its own. A copy may have a good one.`);
}
