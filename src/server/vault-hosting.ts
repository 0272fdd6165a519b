import { toHex } from '../base/bytes.ts';
import type { Clock, Randomness } from '../base/clock.ts';
import { Fault, isFault } from '../base/fault.ts';
import type { AccountId, VaultId } from '../base/ids.ts';
import type { Secret } from '../base/secret.ts';
import { sha256 } from '../crypto/primitives.ts';
import type { ChunkStore } from '../store/chunks/chunk-store.ts';
import type { Disk } from '../store/disk.ts';
import type { Journal } from '../store/journal/journal.ts';
import { readCheckpoint, writeCheckpoint } from '../vault/checkpoint.ts';
import { FilesVault } from '../vault/files/files-vault.ts';
import type { MassDeletionNotice } from '../vault/files/removal-count.ts';
import { type EpochRecord, VaultKeys } from '../vault/vault-keys.ts';

/** What opens a vault: passed from where the proof was checked to where the vault is hosted. */
export interface OpenRequest {
  readonly vault: VaultId;
  readonly account: AccountId;
  readonly secret: Secret;
  readonly epochs: readonly EpochRecord[];
  readonly quotaBytes: number | undefined;
}

/** Whose answer it is; compared with whose request it was before a byte leaves. */
export interface Stamp {
  readonly vault: VaultId;
  readonly account: AccountId;
}

export interface Hosted {
  readonly vault: FilesVault;
  readonly stamp: Stamp;
}

interface Open extends Hosted {
  /** SHA-256 of the newest epoch secret: a view is found by the key that was shown, never by its name alone. */
  readonly digest: string;
  readonly keys: VaultKeys;
  quotaBytes: number | undefined;
  usedMs: number;
  checkpointSequence: number;
  checkpointMs: number;
}

export interface HostingParts {
  readonly journal: Journal;
  readonly chunks: ChunkStore;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Randomness;
  /** What all views of this host may take together. */
  readonly memoryBudgetBytes: number;
  readonly onMassDeletion?: (notice: MassDeletionNotice) => void;
  /** The folder is only read: no checkpoints. */
  readonly isReadOnly?: boolean;
}

/** A vault is closed when nobody used it for so long (DESIGN: 30 minutes for app passwords). */
const closeAfterMs: number = 30 * 60_000;
const checkpointAfterEntries = 5000;
const checkpointEveryMs: number = 60 * 60_000;

/** Opened vaults of one thread or process. */
export class VaultHosting {
  readonly #parts: HostingParts;
  readonly #open = new Map<VaultId, Promise<Open>>();
  /** Views that finish what is under way; none is opened beside them. */
  readonly #closing = new Map<VaultId, Promise<void>>();
  /** Below so many epochs the keys of a vault are given up: who was let in with them must prove again. */
  readonly #leastEpochs = new Map<VaultId, number>();

  constructor(parts: HostingParts) {
    this.#parts = parts;
  }

  /** The vault, opened with this key; a view opened with another key is closed first (the epoch changed). */
  async open(request: OpenRequest): Promise<Hosted> {
    const digest = digestOf(request.secret);
    for (;;) {
      this.#assertNewest(request);
      const closing = this.#closing.get(request.vault);
      // What it still writes would be missing in a view that is opened meanwhile.
      if (closing !== undefined) {
        await closing;
        continue;
      }
      const known = this.#open.get(request.vault);
      if (known === undefined) break;
      const open = await known;
      if (open.digest === digest) {
        open.quotaBytes = request.quotaBytes;
        return this.#touched(open);
      }
      await this.#close(request.vault);
    }
    // No await between the look above and `set`: of two requests only one opens.
    const opening = this.#makeRoom([...this.#open.values()]).then(() => this.#load(request, digest));
    this.#open.set(request.vault, opening);
    opening.catch(() => {
      if (this.#open.get(request.vault) === opening) this.#open.delete(request.vault);
    });
    return opening;
  }

  /** A request that was let in before the keys changed would seal what it writes with a key that was taken from somebody. */
  #assertNewest(request: OpenRequest): void {
    if (request.epochs.length >= (this.#leastEpochs.get(request.vault) ?? 0)) return;
    throw new Fault(
      'unavailable',
      'The keys of this vault were changed meanwhile. Nothing was changed; send it again.',
    );
  }

  /** Undefined when it is not open, or was opened with another key. */
  async find(vault: VaultId, digest: string): Promise<Hosted | undefined> {
    const open = await this.#open.get(vault);
    return open?.digest === digest ? this.#touched(open) : undefined;
  }

  #touched(open: Open): Hosted {
    open.usedMs = this.#parts.clock.nowMs();
    return open;
  }

  async #load(request: OpenRequest, digest: string): Promise<Open> {
    const keys = VaultKeys.unlock(request.vault, request.secret, request.epochs);
    const checkpoint = await readCheckpoint(this.#parts.disk, keys);
    const now = this.#parts.clock.nowMs();
    const opened: { open: Open | undefined } = { open: undefined };
    const parts = {
      ...this.#parts,
      keys,
      quotaBytes: () => (opened.open === undefined ? request.quotaBytes : opened.open.quotaBytes),
    };
    const vault = await openFrom(parts, checkpoint);
    opened.open = {
      vault,
      stamp: { vault: request.vault, account: request.account },
      digest,
      keys,
      quotaBytes: request.quotaBytes,
      usedMs: now,
      checkpointSequence: checkpoint?.head.sequence ?? 0,
      checkpointMs: 0,
    };
    await this.#takeIn(opened.open);
    return opened.open;
  }

  /** What came while the vault was closed; what is in the way of it is in the way of nothing else. */
  async #takeIn({ vault }: Open): Promise<void> {
    if (this.#parts.isReadOnly !== true) await vault.takeIn().catch(ignoreFault);
  }

  /** Something came for a vault: when it is open that takes effect now. */
  async received(vault: VaultId): Promise<void> {
    const open = await this.#open.get(vault)?.catch(() => undefined);
    if (open !== undefined) await this.#takeIn(open);
  }

  /** Least recently used views go first; the one that is asked for always gets its place. */
  async #makeRoom(others: readonly Promise<Open>[]): Promise<void> {
    const sizes = await Promise.all(others.map((opening) => sizeOf(opening)));
    const known = sizes.filter((each) => each !== undefined);
    let total = known.reduce((sum, each) => sum + each.sizeBytes, 0);
    for (const { open, opening, sizeBytes } of known.toSorted((a, b) => a.open.usedMs - b.open.usedMs)) {
      if (total <= this.#parts.memoryBudgetBytes) return;
      // One that was opened anew meanwhile may itself be waiting for this one.
      if (this.#open.get(open.stamp.vault) === opening) await this.#close(open.stamp.vault);
      total -= sizeBytes;
    }
  }

  /** Closes what was not used, and writes checkpoints where the tail is long. Called once a minute or so. */
  async tidy(): Promise<void> {
    const now = this.#parts.clock.nowMs();
    for (const opening of [...this.#open.values()]) {
      const open = await opening.catch(() => undefined);
      if (open === undefined) continue;
      if (now - open.usedMs > closeAfterMs) await this.#close(open.stamp.vault);
      else if (now - open.checkpointMs > checkpointEveryMs) await this.#checkpoint(open, checkpointAfterEntries);
    }
  }

  async #checkpoint(open: Open, afterEntries: number): Promise<void> {
    if (this.#parts.isReadOnly === true) return;
    const { image, head } = await open.vault.atRest((view, at) => ({
      head: at,
      image: at.sequence - open.checkpointSequence >= afterEntries ? view.serialize() : undefined,
    }));
    if (image === undefined) return;
    await writeCheckpoint(this.#parts.disk, open.keys, head, image, this.#parts.random);
    open.checkpointSequence = head.sequence;
    open.checkpointMs = this.#parts.clock.nowMs();
  }

  /** @param leastEpochs from here on the vault is opened only by requests that know so many epochs. */
  async close(vault: VaultId, leastEpochs: number): Promise<void> {
    this.#leastEpochs.set(vault, leastEpochs);
    await this.#close(vault);
  }

  async #close(vault: VaultId): Promise<void> {
    const opening = this.#open.get(vault);
    if (opening === undefined) return this.#closing.get(vault);
    this.#open.delete(vault);
    const closing = this.#finish(opening).finally(() => this.#closing.delete(vault));
    this.#closing.set(vault, closing);
    return closing;
  }

  async #finish(opening: Promise<Open>): Promise<void> {
    const open = await opening.catch(() => undefined);
    if (open === undefined) return;
    await this.#checkpoint(open, checkpointOnCloseAfterEntries).catch(ignoreFault);
    await open.vault.close();
  }

  async closeAll(): Promise<void> {
    for (const vault of [...this.#open.keys()]) await this.#close(vault);
  }

  get openVaults(): number {
    return this.#open.size;
  }
}

/** Undefined for one that could not be opened, or was closed meanwhile: it takes no room. */
async function sizeOf(
  opening: Promise<Open>,
): Promise<{ readonly open: Open; readonly opening: Promise<Open>; readonly sizeBytes: number } | undefined> {
  try {
    const open = await opening;
    return { open, opening, sizeBytes: await open.vault.atRest((view) => view.sizeBytes()) };
  } catch (error) {
    ignoreFault(error);
    return undefined;
  }
}

/** Closing is a good moment, so a shorter tail is enough. */
const checkpointOnCloseAfterEntries = 500;

/** A checkpoint only saves time: when the disk is full the journal is folded next time. */
function ignoreFault(error: unknown): void {
  if (!isFault(error)) throw error;
}

/** A checkpoint that does not fit the journal is left aside and the journal folded from its first entry. */
async function openFrom(
  parts: Parameters<typeof FilesVault.open>[0],
  checkpoint: Parameters<typeof FilesVault.open>[1],
): Promise<FilesVault> {
  if (checkpoint === undefined) return FilesVault.open(parts);
  try {
    return await FilesVault.open(parts, checkpoint);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'damaged') throw error;
    checkpoint.view.close();
    return FilesVault.open(parts);
  }
}

export function digestOf(secret: Secret): string {
  return toHex(sha256(secret.expose()));
}
