import type { CredentialId } from '../../base/ids.ts';
import type { Content } from '../content.ts';
import type { Decide, OpenVault, Position } from '../open-vault.ts';
import { type Caller, type Changed, type Decided, decideWrite, type FileContent } from './commands.ts';
import type { FilesView } from './files-view.ts';
import { type Guarding, refused } from './guards.ts';
import type { Meta } from './port.ts';
import type { Path, Refused, WriteResult } from './types.ts';
import { type DeclaredSum, type FinishedContent, GivenUp, type KeptContent, Upload } from './upload.ts';

export interface WritingParts {
  readonly content: Content;
  readonly vault: OpenVault;
  readonly view: FilesView;
  readonly guarding: () => Guarding;
  readonly quotaBytes: () => number | undefined;
  readonly change: (caller: Caller, decide: Decide<Changed | Refused>) => Promise<WriteResult | 'chunks-given-up'>;
}

const putAttempts = 3;

/** What is decided once all content of a file is there. */
export type Place = (position: Position, content: FileContent) => Decided;

/** How content becomes a file, or a version of one. */
export class Writing {
  readonly #parts: WritingParts;

  constructor(parts: WritingParts) {
    this.#parts = parts;
  }

  /** @param others bytes of other uploads that nothing counts yet. */
  upload(
    by: CredentialId | undefined,
    declared: readonly DeclaredSum[],
    begun?: KeptContent,
    others: () => number = () => 0,
  ): Upload {
    const { content, view, vault } = this.#parts;
    return new Upload(
      {
        content,
        known: view,
        execute: (decide) => vault.execute(by, decide, (id) => id),
        mayAdd: (sizeBytes) => this.mayAdd(sizeBytes + others()),
      },
      declared,
      begun,
    );
  }

  /** Whether the quota lets the vault grow by so much. */
  mayAdd(sizeBytes: number): boolean {
    // An upload may outlive the view that it began with.
    this.#parts.vault.assertOpen();
    const quotaBytes = this.#parts.quotaBytes();
    return quotaBytes === undefined || this.#parts.view.keptBytes() + sizeBytes <= quotaBytes;
  }

  async put(
    caller: Caller,
    path: Path,
    bytes: Uint8Array,
    declared: readonly DeclaredSum[],
    meta: Meta,
  ): Promise<WriteResult> {
    for (let attempt = 1; ; attempt += 1) {
      const upload = this.upload(caller.by, declared);
      if (bytes.length > 0 && (await upload.add(bytes, true)) === 'over-quota') return refused('over-quota');
      const result = await this.#tryFinish(upload, caller, meta, this.#at(caller, path));
      if (result !== 'chunks-given-up') return result;
      // The reaper has condemned what was to be shared: sealed anew, it gets another id.
      if (attempt === putAttempts) throw new GivenUp();
    }
  }

  write(upload: Upload, caller: Caller, path: Path, meta: Meta): Promise<WriteResult> {
    return this.finish(upload, caller, meta, this.#at(caller, path));
  }

  #at(caller: Caller, path: Path): Place {
    return (position, content) => decideWrite(this.#parts.guarding(), position, caller, path, content);
  }

  /** @throws Fault `unavailable` when something of the content was given up meanwhile. */
  async finish(upload: Upload, caller: Caller, meta: Meta, place: Place): Promise<WriteResult> {
    const result = await this.#tryFinish(upload, caller, meta, place);
    if (result === 'chunks-given-up') throw new GivenUp();
    return result;
  }

  async #tryFinish(upload: Upload, caller: Caller, meta: Meta, place: Place): Promise<WriteResult | 'chunks-given-up'> {
    const content: FinishedContent | { readonly kind: 'wrong-checksum' } = await upload.finish();
    if (content.kind === 'wrong-checksum') return refused('wrong-checksum');
    return this.#parts.change(caller, (position) => {
      // An upload that took longer than the history that is kept.
      if (content.staged !== undefined && this.#parts.view.stagedIsGone(content.staged)) throw new GivenUp();
      // Looked at again: other uploads may have taken the room since the pieces came.
      const addedBytes = content.pieces.reduce((sum, each) => sum + (each.isNew ? each.piece.sizeBytes : 0), 0);
      if (!this.mayAdd(addedBytes)) return { kind: 'none', result: refused('over-quota') };
      return place(position, { ...content, ...meta });
    });
  }
}
