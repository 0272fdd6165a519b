import { assert } from '../../base/assert.ts';
import { fromHex, toHex } from '../../base/bytes.ts';
import type { Clock, Randomness } from '../../base/clock.ts';
import { Fault, isFault } from '../../base/fault.ts';
import type { CredentialId, NodeId } from '../../base/ids.ts';
import { checkName } from '../../format/file-operations.ts';
import { pieceSizeBytes } from '../../format/frame.ts';
import type { Piece } from '../../format/piece.ts';
import type { Journal } from '../../store/journal/journal.ts';
import type { Content } from '../content.ts';
import { uploadRow } from '../ephemeral.ts';
import type { VaultKeys } from '../vault-keys.ts';
import { decideArrival } from './arrive.ts';
import type { FilesView } from './files-view.ts';
import { type Guarding, refused } from './guards.ts';
import type { Meta } from './port.ts';
import { pathOf, resolve } from './queries.ts';
import type { WriteResult } from './types.ts';
import type { AddedToUpload, BegunUpload, UnfinishedPort, UnfinishedUpload, UploadTarget } from './unfinished-port.ts';
import { type DeclaredSum, GivenUp, type KeptContent, type Upload } from './upload.ts';
import { openUploadRow, sealUploadRow } from './upload-rows.ts';
import type { Writing } from './writing.ts';

/** What an unfinished upload is for, and how far it came: what its row holds. */
export interface UnfinishedState {
  readonly parent: NodeId;
  readonly name: string;
  readonly sizeBytes: number;
  readonly meta: Meta;
  readonly declared: readonly DeclaredSum[];
  readonly ifTaken: 'number' | 'version';
  readonly begunMs: number;
  readonly kept: KeptContent;
}

interface Live {
  state: UnfinishedState;
  /** Whether the journal has a row for it. */
  hasRow: boolean;
  /** Undefined until something is added in this run. */
  upload: Promise<Upload> | undefined;
  offset: number;
  /** Of pieces that no entry names. */
  unstagedBytes: number;
}

const nothingKept: KeptContent = { staged: undefined, stagedBytes: 0, pieces: [] };
const maxUnfinished = 2000;
/** Well below the 30 days for which the reaper leaves pieces alone that no entry names. */
const keptForMs: number = 7 * 24 * 3600_000;

export interface UnfinishedParts {
  readonly keys: VaultKeys;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly view: FilesView;
  readonly writing: Writing;
  readonly content: Content;
  readonly guarding: () => Guarding;
  readonly look: <Result>(look: () => Result) => Promise<Result>;
  readonly readPiece: (piece: Piece) => Promise<Uint8Array>;
}

/**
 * Uploads that may take days, a restart of the server included. What was kept is in the journal's ephemeral rows: the pieces
 * are leased chunks, or an entry has staged them. A crash loses what came after the last row, and the offset says so.
 */
export class Unfinished implements UnfinishedPort {
  readonly #parts: UnfinishedParts;
  readonly #live = new Map<string, Live>();

  constructor(parts: UnfinishedParts) {
    this.#parts = parts;
  }

  async load(): Promise<void> {
    const { journal, keys, clock } = this.#parts;
    for (const row of await journal.ephemeral(keys.vault, uploadRow)) {
      const id = toHex(row.id);
      // One that cannot be taken up goes on from nothing: its client is told that it is not there.
      const state = row.expiresMs > clock.nowMs() ? openUploadRow(keys, row.id, row.sealed) : undefined;
      if (state === undefined) continue;
      const { kept } = state;
      const unstagedBytes = kept.pieces.reduce((sum, each) => sum + each.sizeBytes, 0);
      const offset = kept.stagedBytes + unstagedBytes;
      this.#live.set(id, { state, hasRow: true, upload: undefined, offset, unstagedBytes });
    }
  }

  /** Nothing is written yet: a small file is there before anybody could ask for its rest. */
  beginUpload(target: UploadTarget): Promise<BegunUpload> {
    const { view, clock, random } = this.#parts;
    return this.#parts.look((): BegunUpload => {
      if (this.#live.size >= maxUnfinished) this.#forgetStale();
      if (this.#live.size >= maxUnfinished) {
        throw new Fault(
          'unavailable',
          'Too many uploads are unfinished. Nothing was stored; finish or drop some of them first.',
        );
      }
      if (checkName(target.name) !== 'ok') return refused('bad-name');
      const parent = resolve(view, target.folder);
      if (parent === undefined || !parent.isFolder) return refused('no-parent');
      const id = toHex(random.bytes(16));
      const { name, sizeBytes, meta, declared, ifTaken } = target;
      const state = { parent: parent.id, name, sizeBytes, meta, declared, ifTaken, begunMs: clock.nowMs() };
      const live = { hasRow: false, upload: undefined, offset: 0, unstagedBytes: 0 };
      this.#live.set(id, { ...live, state: { ...state, kept: nothingKept } });
      return { kind: 'begun', id };
    });
  }

  /** Those that never got a piece, for a day. */
  #forgetStale(): void {
    const beforeMs = this.#parts.clock.nowMs() - 24 * 3600_000;
    for (const [id, live] of this.#live) if (!live.hasRow && live.state.begunMs < beforeMs) this.#live.delete(id);
  }

  unfinishedUploads(): Promise<readonly UnfinishedUpload[]> {
    return this.#parts.look(() => [...this.#live].map(([id, live]) => this.#describe(id, live)));
  }

  unfinishedUpload(id: string): Promise<UnfinishedUpload | undefined> {
    return this.#parts.look(() => {
      const live = this.#live.get(id);
      return live === undefined ? undefined : this.#describe(id, live);
    });
  }

  #describe(id: string, { state, offset }: Live): UnfinishedUpload {
    const { parent, name, sizeBytes, meta, begunMs } = state;
    const folder = pathOf(this.#parts.view, parent);
    return { id, folder, name, sizeBytes, mtimeMs: meta.mtimeMs, offset, begunMs };
  }

  /** Pieces come in order, and may be sent before the one before is stored. */
  async addToUpload(id: string, offset: number, bytes: Uint8Array): Promise<AddedToUpload> {
    const live = this.#live.get(id);
    if (live === undefined) return 'no-such-upload';
    let upload = await this.#uploadOf(id, live);
    if (offset === live.offset && offset < upload.sizeBytes) {
      // What came after that was never acknowledged; its client sends it again.
      this.#goBack(live);
      upload = await this.#uploadOf(id, live);
    }
    if (offset !== upload.sizeBytes || offset + bytes.length > live.state.sizeBytes) return 'out-of-place';
    assert(
      bytes.length === pieceSizeBytes || offset + bytes.length === live.state.sizeBytes,
      'only the last piece of a file is shorter',
    );
    const added = await this.#orForget(id, upload.add(bytes));
    live.unstagedBytes = upload.unstagedBytes;
    // Its pieces before this one are as they were kept.
    if (added === 'over-quota') this.#goBack(live);
    return added;
  }

  #uploadOf(id: string, live: Live): Promise<Upload> {
    live.upload ??= this.#orForget(id, this.#take(live));
    return live.upload;
  }

  async #take({ state }: Live): Promise<Upload> {
    const { writing } = this.#parts;
    const upload = writing.upload(undefined, state.declared, state.kept, () => this.#othersBytes(state));
    const { staged, pieces } = state.kept;
    const before = staged === undefined ? [] : await this.#parts.look(() => this.#parts.view.stagedPieces(staged));
    if (!(await this.#parts.content.leaseAgain(pieces))) throw new GivenUp();
    await upload.hashAgain(this.#read([...before, ...pieces]));
    return upload;
  }

  async *#read(pieces: readonly Piece[]): AsyncGenerator<Uint8Array, void> {
    for (const piece of pieces) yield await this.#parts.readPiece(piece);
  }

  #othersBytes(own: UnfinishedState): number {
    let sum = 0;
    for (const { state, unstagedBytes } of this.#live.values()) if (state !== own) sum += unstagedBytes;
    return sum;
  }

  /** After a fault nobody knows what was stored: the next request goes on from what was kept. */
  async #orForget<Result>(id: string, work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      const live = this.#live.get(id);
      if (live !== undefined) this.#goBack(live);
      if (!live?.hasRow || isLost(error)) await this.dropUpload(id).catch(() => undefined);
      throw error;
    }
  }

  #goBack(live: Live): void {
    live.upload = undefined;
    live.unstagedBytes = live.state.kept.pieces.reduce((sum, each) => sum + each.sizeBytes, 0);
  }

  async keepUpload(id: string): Promise<number | undefined> {
    const live = this.#live.get(id);
    if (live === undefined) return undefined;
    if (live.upload === undefined) return live.offset;
    const upload = await live.upload;
    const offset = upload.sizeBytes;
    // The end of a file is kept by the file itself: until it is written the offset lies before it.
    if (offset === live.offset || offset === live.state.sizeBytes) return live.offset;
    await this.#orForget(id, this.#save(id, live, upload));
    return live.offset;
  }

  async #save(id: string, live: Live, upload: Upload): Promise<void> {
    const { keys, journal, clock, random } = this.#parts;
    const kept = await upload.keep();
    const state = { ...live.state, kept };
    const bytes = fromHex(id);
    const sealed = sealUploadRow(keys, random, bytes, state);
    await journal.putEphemeral({
      vault: keys.vault,
      kind: uploadRow,
      id: bytes,
      expiresMs: clock.nowMs() + keptForMs,
      sealed,
    });
    live.state = state;
    live.hasRow = true;
    live.unstagedBytes = upload.unstagedBytes;
    live.offset = kept.stagedBytes + live.unstagedBytes;
  }

  async finishUpload(by: CredentialId, id: string): Promise<WriteResult> {
    const live = this.#live.get(id);
    if (live === undefined) return refused('no-such-path');
    const upload = await this.#uploadOf(id, live);
    if (upload.sizeBytes !== live.state.sizeBytes) return refused('wrong-length');
    const { meta } = live.state;
    const caller = { by, conditions: {} };
    const result = await this.#orForget(
      id,
      this.#parts.writing.finish(upload, caller, meta, (position, content) =>
        decideArrival(this.#parts.guarding(), position, caller, live.state, content),
      ),
    );
    // What is not the content that was declared never becomes it; everything else may be tried again.
    if (result.kind === 'done' || result.why === 'wrong-checksum') await this.dropUpload(id);
    else this.#goBack(live);
    return result;
  }

  /** Its chunks are leases that run out, or staged pieces that the history lets go of. */
  async dropUpload(id: string): Promise<void> {
    const live = this.#live.get(id);
    this.#live.delete(id);
    if (live?.hasRow !== true) return;
    await this.#parts.journal.removeEphemeral(this.#parts.keys.vault, uploadRow, fromHex(id));
  }
}

/** A piece that was kept is not there any more: it must all come again. */
function isLost(error: unknown): boolean {
  return isFault(error, 'damaged') || isFault(error, 'missing') || error instanceof GivenUp;
}
