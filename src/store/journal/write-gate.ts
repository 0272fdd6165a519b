import { Fault, isFault } from '#base/fault.ts';
import type { VaultId } from '#base/ids.ts';
import type { ChunkStore } from '../chunks/chunk-store.ts';
import { chunkFolderProblem } from '../chunks/folder-check.ts';
import type { HeadsFile } from './heads-file.ts';
import type { Journal, JournalReader } from './journal.ts';
import { standing } from './standing.ts';

/** Whatever changes a journal. */
export type JournalWrites = Pick<
  Journal,
  'append' | 'lease' | 'putPublicHeader' | 'putEphemeral' | 'removeEphemeral' | 'setMeta'
>;

export interface GateStatus {
  /** Why nothing at all is written. */
  readonly everything: string | undefined;
  /** Why single vaults are not. */
  readonly vaults: readonly { readonly vault: VaultId; readonly why: string }[];
}

export interface GateParts {
  readonly journal: Journal;
  readonly heads: HeadsFile;
  readonly chunks: Pick<ChunkStore, 'sizeBytes' | 'list'>;
}

/**
 * What stands between every write and the journal (DESIGN §6). A vault whose journal is behind what was acknowledged is read
 * and not written: to go on from there would bury what is missing. It needs no key.
 */
export class WriteGate {
  readonly #parts: GateParts;
  readonly #closed: Map<VaultId, string> = new Map();
  #everything: string | undefined;
  #looking: Promise<void> | undefined;

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
    return gate;
  }

  get status(): GateStatus {
    const vaults = [...this.#closed].map(([vault, why]) => ({ vault, why }));
    return { everything: this.#everything, vaults };
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
      this.#closed.delete(vault);
      return;
    }
    const { sequence } = await journal.head(vault);
    const what = stands === 'behind' ? `the journal ends at entry ${sequence}` : 'the journal holds another one';
    this.#closed.set(
      vault,
      `Vault ${vault} is read-only: entry ${remembered.sequence} was acknowledged, and ${what}. Nothing was deleted, and ` +
        'reading goes on. Bring the journal back as it was, or what a copy holds of it.',
    );
  }

  /** @throws Fault `read-only`. */
  async admit(vault: VaultId): Promise<void> {
    // The folder may be back.
    if (this.#everything !== undefined) await this.lookAtChunks();
    const why = this.#everything ?? this.#closed.get(vault);
    if (why !== undefined) throw new Fault('read-only', why);
  }

  /** The journal's writes, behind the gate. */
  get writes(): JournalWrites {
    const { journal, heads } = this.#parts;
    return {
      append: async (request) => {
        await this.admit(request.vault);
        const result = await journal.append(request);
        // Crash before this: the heads file knows less than the journal, which is always allowed.
        if (result.kind === 'appended') heads.note(request.vault, result.head);
        return result;
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
        await this.admit(row.vault);
        await journal.putEphemeral(row);
      },
      removeEphemeral: async (vault, kind, id) => {
        await this.admit(vault);
        await journal.removeEphemeral(vault, kind, id);
      },
      setMeta: (key, value) => journal.setMeta(key, value),
    };
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
