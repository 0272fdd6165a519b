import { Fault, isFault } from '#base/fault.ts';
import type { VaultId } from '#base/ids.ts';
import type { ChunkStore } from '../chunks/chunk-store.ts';
import { chunkFolderProblem } from '../chunks/folder-check.ts';
import type { HeadsFile } from './heads-file.ts';
import type { AppendRequest, AppendResult, ForkableJournal, Journal, JournalReader } from './journal.ts';
import { standing } from './standing.ts';

/** Whatever changes a journal. */
export type JournalWrites = Pick<
  Journal,
  'append' | 'lease' | 'putPublicHeader' | 'putEphemeral' | 'removeEphemeral' | 'setMeta'
>;

/** What brings a vault on that is read-only. `startFork` takes the lowest number that will do. */
export type JournalRecovery = Pick<ForkableJournal, 'append' | 'lease' | 'putPublicHeader' | 'startFork'>;

/** Why a vault must not be written, by what copies hold; bounded in time. */
export type AskCopies = (vault: VaultId) => Promise<string | undefined>;

export interface GateStatus {
  /** Why nothing at all is written. */
  readonly everything: string | undefined;
  /** Why single vaults are not. */
  readonly vaults: readonly { readonly vault: VaultId; readonly why: string }[];
  /** While the operator works on the instance: nothing is written either. */
  readonly maintenance?: Maintenance | undefined;
}

/** What the operator says to everybody meanwhile; may be empty. */
export interface Maintenance {
  readonly message: string;
  readonly sinceMs: number;
}

/** In `meta`; empty when there is none. */
const maintenanceKey = 'maintenance';

export interface GateParts {
  readonly journal: ForkableJournal;
  readonly heads: HeadsFile;
  readonly chunks: Pick<ChunkStore, 'sizeBytes' | 'list'>;
}

/**
 * What stands between every write and the journal (DESIGN §6). A vault whose journal is behind what was acknowledged is read
 * and not written: to go on from there would bury what is missing. It needs no key.
 */
export class WriteGate {
  readonly #parts: GateParts;
  /** Against the heads file. */
  readonly #lost: Map<VaultId, string> = new Map();
  /** Against copies. */
  readonly #elsewhere: Map<VaultId, string> = new Map();
  readonly #asked: Map<VaultId, Promise<void>> = new Map();
  #ask: AskCopies = async () => undefined;
  #everything: string | undefined;
  #looking: Promise<void> | undefined;
  #maintenance: Maintenance | undefined;

  private constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** Before the first write of a start. */
  static async open(parts: GateParts): Promise<WriteGate> {
    const gate = new WriteGate(parts);
    for (const vault of parts.heads.heads.keys()) {
      await gate.#compare(vault).catch((error: unknown) => {
        // A damaged vault refuses what is appended by itself, and must not stop the others.
        if (!isFault(error, 'damaged')) throw error;
      });
    }
    await gate.lookAtChunks();
    gate.#maintenance = maintenanceOf(await parts.journal.meta(maintenanceKey));
    return gate;
  }

  /** Begins or ends maintenance, also over restarts: reading goes on, and whoever is signed in stays so. */
  async maintain(maintenance: Maintenance | undefined): Promise<void> {
    await this.#parts.journal.setMeta(maintenanceKey, maintenance === undefined ? '' : JSON.stringify(maintenance));
    this.#maintenance = maintenance;
  }

  get status(): GateStatus {
    const vaults = [...new Map([...this.#elsewhere, ...this.#lost])].map(([vault, why]) => ({ vault, why }));
    return { everything: this.#everything, vaults, maintenance: this.#maintenance };
  }

  /** From here on copies are asked about a vault before its first write. */
  consult(ask: AskCopies): void {
    this.#ask = ask;
    this.#asked.clear();
  }

  /** What a later look at the copies found: one of them may have come back. */
  report(vault: VaultId, why: string | undefined): void {
    if (why === undefined) this.#elsewhere.delete(vault);
    else this.#elsewhere.set(vault, why);
  }

  /** Also when a read finds a stored piece missing: the folder may have gone while the program ran. */
  lookAtChunks(): Promise<void> {
    this.#looking ??= this.#lookAtChunks().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookAtChunks(): Promise<void> {
    const problem = await chunkFolderProblem(this.#parts.journal, this.#parts.chunks);
    this.#everything =
      problem === undefined
        ? undefined
        : `Nothing is written: ${problem}. It may be a disk that is not mounted, or the folder of another instance. ` +
          'Nothing was deleted. Bring the right folder back: writing goes on by itself.';
  }

  async #compare(vault: VaultId): Promise<void> {
    const { journal, heads } = this.#parts;
    const remembered = heads.heads.get(vault);
    const stands = remembered === undefined ? 'on' : await standing(journal, vault, remembered);
    if (remembered === undefined || stands === 'on') {
      this.#lost.delete(vault);
      return;
    }
    const { sequence } = await journal.head(vault);
    const what = stands === 'behind' ? `the journal ends at entry ${sequence}` : 'the journal holds another one';
    this.#lost.set(
      vault,
      `Vault ${vault} is read-only: entry ${remembered.sequence} was acknowledged, and ${what}. Nothing was deleted, and ` +
        'reading goes on. Bring the journal back as it was, or what a copy holds of it.',
    );
  }

  /** @throws Fault `read-only`. */
  async admit(vault: VaultId): Promise<void> {
    if (this.#maintenance !== undefined) throw new Fault('read-only', maintenanceText(this.#maintenance));
    await this.#admit(vault);
  }

  async #admit(vault: VaultId): Promise<void> {
    // The folder may be back.
    if (this.#everything !== undefined) await this.lookAtChunks();
    this.#assertWhole();
    const why = await this.behind(vault);
    if (why !== undefined) throw new Fault('read-only', why);
  }

  /** Why what stands in the journal may be an older state than what was seen of it, or another branch; asks the copies once. */
  async behind(vault: VaultId): Promise<string | undefined> {
    let asked = this.#asked.get(vault);
    if (asked === undefined) {
      asked = this.#ask(vault).then((why) => this.report(vault, why));
      this.#asked.set(vault, asked);
    }
    await asked;
    return this.#lost.get(vault) ?? this.#elsewhere.get(vault);
  }

  #assertWhole(): void {
    if (this.#everything !== undefined) throw new Fault('read-only', this.#everything);
  }

  /** Looks at the vault again after entries were brought back or a fork was decided; its next write asks the copies anew. */
  async #lookAgain(vault: VaultId): Promise<void> {
    this.#elsewhere.delete(vault);
    this.#asked.delete(vault);
    await this.#compare(vault);
  }

  /**
   * For what brings a read-only vault on: entries that continue it, and the decision to go on without what is missing. The
   * chunk folder must be there all the same.
   */
  get recovery(): JournalRecovery {
    const { journal, heads } = this.#parts;
    return {
      append: async (request) => {
        this.#assertWhole();
        const result = await this.#append(request);
        if (result.kind === 'appended') await this.#lookAgain(request.vault);
        return result;
      },
      lease: async (request) => {
        this.#assertWhole();
        return await journal.lease(request);
      },
      putPublicHeader: async (vault, row) => {
        this.#assertWhole();
        await journal.putPublicHeader(vault, row);
      },
      startFork: async (vault, expected, atLeast) => {
        // Never the number of a branch that is remembered.
        const fork = Math.max(atLeast, (heads.heads.get(vault)?.fork ?? 0) + 1);
        // A vault that only the heads file knows gets no row: there is nothing to go on from, and it is not waited for any more.
        const isUnknown = expected.sequence === 0 && (await journal.publicHeaders(vault)).length === 0;
        const result = isUnknown ? 'forked' : await journal.startFork(vault, expected, fork);
        if (result === 'forked') heads.note(vault, { ...expected, fork });
        if (result === 'forked') await this.#lookAgain(vault);
        return result;
      },
    };
  }

  async #append(request: AppendRequest): Promise<AppendResult> {
    const result = await this.#parts.journal.append(request);
    // Crash before this: the heads file knows less than the journal, which is always allowed.
    if (result.kind === 'appended') this.#parts.heads.note(request.vault, result.head);
    return result;
  }

  /** The journal's writes, behind the gate. */
  get writes(): JournalWrites {
    const { journal } = this.#parts;
    return {
      append: async (request) => {
        await this.admit(request.vault);
        return await this.#append(request);
      },
      lease: async (request) => {
        await this.admit(request.vault);
        return await journal.lease(request);
      },
      putPublicHeader: async (vault, row) => {
        await this.admit(vault);
        await journal.putPublicHeader(vault, row);
      },
      putEphemeral: async (row) => {
        // Sessions are begun and go on in maintenance too.
        await this.#admit(row.vault);
        await journal.putEphemeral(row);
      },
      removeEphemeral: async (vault, kind, id) => {
        await this.#admit(vault);
        await journal.removeEphemeral(vault, kind, id);
      },
      setMeta: (key, value) => journal.setMeta(key, value),
    };
  }
}

export function maintenanceText({ message }: Maintenance): string {
  const said = message === '' ? '' : ` ${message}`;
  return `This server is being looked after: everything can be read, and nothing is changed.${said} Try again later.`;
}

/** What cannot be read is none: it would be an instance that nobody can write to. */
function maintenanceOf(text: string | null): Maintenance | undefined {
  if (text === null || text === '') return undefined;
  try {
    const { message, sinceMs } = JSON.parse(text) as Partial<Record<keyof Maintenance, unknown>>;
    return { message: String(message ?? ''), sinceMs: Number(sinceMs) || 0 };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** One journal of two halves. */
export function joinJournal(writes: JournalWrites, reader: JournalReader, close: () => Promise<void>): Journal {
  return {
    head: (vault) => reader.head(vault),
    vaults: () => reader.vaults(),
    entries: (vault, after, limit) => reader.entries(vault, after, limit),
    sequenceAt: (vault, timeMs) => reader.sequenceAt(vault, timeMs),
    chunk: (id) => reader.chunk(id),
    chunkData: (id) => reader.chunkData(id),
    chunks: (vault, after, limit) => reader.chunks(vault, after, limit),
    publicHeaders: (vault) => reader.publicHeaders(vault),
    ephemeral: (vault, kind) => reader.ephemeral(vault, kind),
    meta: (key) => reader.meta(key),
    append: (request) => writes.append(request),
    lease: (request) => writes.lease(request),
    putPublicHeader: (vault, row) => writes.putPublicHeader(vault, row),
    putEphemeral: (row) => writes.putEphemeral(row),
    removeEphemeral: (vault, kind, id) => writes.removeEphemeral(vault, kind, id),
    setMeta: (key, value) => writes.setMeta(key, value),
    close,
  };
}
