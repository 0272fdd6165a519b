import { equalBytes } from '#base/bytes.ts';
import type { VaultId } from '#base/ids.ts';
import type { PublicHeader } from '#format/public-header.ts';
import type { Head, JournalReader } from '#store/journal/journal.ts';
import { openPublicHeader } from '#vault/public-headers.ts';
import type { VaultKeys } from '#vault/vault-keys.ts';
import { undefinedIfUnreadable, verifyChain } from './verify-chain.ts';
import { findLeftovers, type StoredChunks, verifyChunks } from './verify-chunks.ts';
import type { Damage, Sink, VaultReport, VerifyReport } from './verify-report.ts';
import { VerifyView } from './verify-view.ts';

/** A vault whose key is there. The instance vault holds no files, so only its bodies are opened. */
export interface OpenedVault {
  readonly keys: VaultKeys;
  readonly holdsFiles: boolean;
}

export interface VerifyParts {
  readonly journal: JournalReader;
  readonly chunks: StoredChunks;
  readonly opened: ReadonlyMap<VaultId, OpenedVault>;
  readonly sink: Sink;
}

/**
 * Reads everything back. Without a key: chains from their first entries, bodies and chunks by their hashes, states of
 * chunks, public headers by their signatures. With one also that all of it opens, and which files are hit. Reads only;
 * beside a running server it sees what was durable when it came to it.
 * @throws Fault when the folder cannot be read at all; damage goes to the sink.
 */
export async function verify({ journal, chunks, opened, sink }: VerifyParts): Promise<VerifyReport> {
  let damages = 0;
  const vaults: VaultReport[] = [];
  for (const vault of await journal.vaults()) {
    const report = emptyReport(vault, opened.has(vault));
    const counting: Sink = {
      ...sink,
      damage: (damage) => {
        report.damages += 1;
        sink.damage(damage);
      },
    };
    await new VaultCheck({ journal, chunks, opened, sink: counting }, report).run();
    damages += report.damages;
    vaults.push(report);
  }
  const leftovers = await findLeftovers(journal, chunks, sink);
  return { vaults, damages, leftovers: leftovers.count, leftoverBytes: leftovers.bytes };
}

function emptyReport(vault: VaultId, opened: boolean): VaultReport {
  const counts = { entries: 0, bodies: 0, chunks: 0, chunkBytes: 0, leased: 0, headers: 0, damages: 0 };
  return { vault, opened, ...counts, files: undefined, skipped: undefined };
}

class VaultCheck {
  readonly #parts: VerifyParts;
  readonly #report: VaultReport;

  constructor(parts: VerifyParts, report: VaultReport) {
    this.#parts = parts;
    this.#report = report;
  }

  get #vault(): VaultId {
    return this.#report.vault;
  }

  async run(): Promise<void> {
    const { opened } = this.#parts;
    const key = opened.get(this.#vault);
    const header = await this.#checkHeaders();
    const head = await this.#head();
    if (head === undefined) return;
    if (head.sequence > 0 && this.#report.headers === 0)
      this.#damage('header', 'The vault has no public header: a kit cannot open it.');
    const view = key?.holdsFiles === true ? new VerifyView(key.keys) : undefined;
    try {
      await this.#checkContent(head, key?.keys, header, view);
    } finally {
      view?.close();
    }
  }

  async #checkContent(
    head: Head,
    keys: VaultKeys | undefined,
    header: PublicHeader | undefined,
    view: VerifyView | undefined,
  ): Promise<void> {
    const common = { ...this.#parts, vault: this.#vault, report: this.#report };
    const { dropped } = await verifyChain(
      { ...common, keys, signPublic: header?.signPublic, opened: (entry, body) => view?.apply(entry, body) },
      head,
    );
    view?.settle();
    await verifyChunks({
      ...common,
      dropped,
      opens: (id, stored) => view?.opens(id, stored) ?? true,
      hit: (id) => view?.hit(id),
    });
    if (view === undefined) return;
    this.#report.files = view.files;
    this.#report.skipped = view.skipped;
    if (!view.readersAgree())
      this.#damage('fold', 'The two readers of the journal disagree about what is in this vault.');
    for (const file of view.hitFiles(this.#vault)) this.#parts.sink.hit(file);
  }

  /** The journal gives nothing out of a vault whose head does not fit, so neither can be looked at here. */
  async #head(): Promise<Head | undefined> {
    try {
      return await this.#parts.journal.head(this.#vault);
    } catch (error) {
      this.#damage(
        'head',
        'The vault does not end where its head says: its last entry or its head is damaged, and nothing of it can be read.',
      );
      return undefinedIfUnreadable(error);
    }
  }

  /** All of them count: what a copy is opened with may be an old one. Returns the newest that is whole. */
  async #checkHeaders(): Promise<PublicHeader | undefined> {
    const rows = await this.#parts.journal.publicHeaders(this.#vault).catch(undefinedIfUnreadable);
    let newest: PublicHeader | undefined;
    for (const { number, bytes } of rows ?? []) {
      this.#report.headers += 1;
      const header = openHeader(bytes);
      const isOwn = header?.vault === this.#vault && header.number === number;
      if (
        header === undefined ||
        !isOwn ||
        (newest !== undefined && !equalBytes(newest.signPublic, header.signPublic))
      ) {
        this.#parts.sink.damage({
          kind: 'header',
          vault: this.#vault,
          number,
          says: `Public header ${number} is damaged, or not signed by its vault.`,
        });
      } else {
        newest = header;
      }
    }
    return newest;
  }

  #damage(kind: Damage['kind'], says: string): void {
    this.#parts.sink.damage({ kind, vault: this.#vault, says });
  }
}

function openHeader(bytes: Uint8Array): PublicHeader | undefined {
  try {
    return openPublicHeader(bytes);
  } catch (error) {
    return undefinedIfUnreadable(error);
  }
}
