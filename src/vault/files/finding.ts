import type { VaultId } from '../../base/ids.ts';
import type { FilesView } from './files-view.ts';
import type { FindingPort, FoundNode, ListingPage } from './finding-port.ts';
import { NameIndex } from './name-index.ts';
import { describe, listChildren, pathOf, resolve } from './queries.ts';
import type { Path } from './types.ts';

const maxPage = 20_000;
const maxFound = 1000;

export interface FindingParts {
  readonly vault: VaultId;
  readonly view: FilesView;
  readonly look: <Result>(look: () => Result) => Promise<Result>;
}

export class Finding implements FindingPort {
  readonly #parts: FindingParts;
  readonly #names: NameIndex;

  constructor(parts: FindingParts) {
    this.#parts = parts;
    this.#names = new NameIndex(parts.view);
  }

  listPage(path: Path, after: string | undefined, limit: number): Promise<ListingPage | undefined> {
    const { vault, view } = this.#parts;
    const wanted = Math.min(limit, maxPage);
    return this.#parts.look(() => {
      const row = resolve(view, path);
      if (row === undefined) return undefined;
      const self = describe(vault, view, row);
      if (!row.isFolder) return { self, children: [], next: undefined };
      const children = listChildren(vault, view, row.id, { after: after ?? '', limit: wanted + 1 });
      if (children.length <= wanted) return { self, children, next: undefined };
      children.pop();
      return { self, children, next: children.at(-1)?.name };
    });
  }

  searchNames(text: string, limit: number): Promise<readonly FoundNode[]> {
    const { vault, view } = this.#parts;
    const wanted = Math.min(limit, maxFound);
    return this.#parts.look(() => {
      const found: FoundNode[] = [];
      for (const id of this.#names.search(text)) {
        if (found.length >= wanted) break;
        // Undefined for what lies in a folder that is in the trash.
        const path = pathOf(view, id);
        const row = path === undefined ? undefined : view.node(id);
        if (path !== undefined && row !== undefined) found.push({ path, node: describe(vault, view, row) });
      }
      return found;
    });
  }
}
