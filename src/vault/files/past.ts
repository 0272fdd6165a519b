import { present } from '../../base/assert.ts';
import type { Piece } from '../../format/piece.ts';
import type { Content } from '../content.ts';
import type { OpenVault } from '../open-vault.ts';
import type { Caller } from './commands.ts';
import type { FilesView } from './files-view.ts';
import { type Guarding, refused } from './guards.ts';
import type { FolderAt, ItemAt, PastPort } from './past-port.ts';
import type { ReadPlan } from './port.ts';
import { childrenAt, describe, type Instant, pathOf, resolve, resolveAt } from './queries.ts';
import { previewRewind, type RewindPreview } from './rewind.ts';
import type { Path, Refused } from './types.ts';

interface PastParts {
  readonly vault: OpenVault;
  readonly view: FilesView;
  readonly content: Content;
  readonly guarding: () => Guarding;
}

/** What an opened vault was at an earlier instant, beside what it is now. */
export class Past implements PastPort {
  readonly #parts: PastParts;

  constructor(parts: PastParts) {
    this.#parts = parts;
  }

  folderAt(path: Path, sequence: number): Promise<FolderAt | undefined> {
    const { view } = this.#parts;
    return this.#parts.vault.read(() => {
      const folder = resolveAt(view, path, sequence);
      if (folder === undefined || !folder.isFolder) return undefined;
      const now = resolve(view, path);
      const then = new Set<bigint>();
      const items = childrenAt(view, folder.id, sequence).map((child) => {
        then.add(child.id);
        return itemAt(view, child, [...path, child.name]);
      });
      const added = now?.isFolder === true ? view.children(now.id).filter((each) => !then.has(each.id)) : [];
      return { items, addedSince: added.map((each) => ({ name: each.name, isFolder: each.isFolder })) };
    });
  }

  async planAt(path: Path, sequence: number): Promise<ReadPlan | Refused> {
    const { vault, view, content } = this.#parts;
    let gone: readonly Piece[] = [];
    const plan = await vault.read((): ReadPlan | Refused => {
      const then = resolveAt(view, path, sequence);
      const row = then === undefined ? undefined : view.node(then.id);
      if (then === undefined || row === undefined) return refused('no-such-path');
      if (then.version === null) return refused('is-a-folder');
      const { sizeBytes, sha256 } = present(view.version(then.version), 'version');
      const info = describe(vault.id, view, { ...row, name: then.name, version: then.version, sizeBytes });
      gone = view.gonePieces(then.version);
      return { kind: 'plan', info, sha256, pieces: view.pieces(then.version), whole: undefined };
    });
    return gone.length > 0 && (await content.anyErased(gone)) ? refused('content-gone') : plan;
  }

  previewRewind(caller: Caller, path: Path, sequence: number): Promise<RewindPreview> {
    return this.#parts.vault.read(() => previewRewind(this.#parts.guarding(), caller, path, sequence));
  }
}

function itemAt(view: FilesView, then: Instant, path: Path): ItemAt {
  const version = then.version === null ? undefined : view.version(then.version);
  return {
    name: then.name,
    isFolder: then.isFolder,
    sizeBytes: version?.sizeBytes,
    mtimeMs: version?.mtimeMs,
    type: version?.type,
    since: changeSince(view, then, path),
  };
}

function changeSince(view: FilesView, then: Instant, path: Path): ItemAt['since'] {
  const now = pathOf(view, then.id);
  if (now === undefined) return 'gone';
  if (then.version !== null && view.node(then.id)?.version !== then.version) return 'changed';
  return now.length === path.length && now.every((name, at) => name === path[at]) ? 'same' : 'moved';
}
