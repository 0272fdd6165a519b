import type { NodeId } from '../../base/ids.ts';
import type { Content } from '../content.ts';
import type { OpenVault } from '../open-vault.ts';
import type { BelowPort } from './below-port.ts';
import type { FilesView } from './files-view.ts';
import { refused } from './guards.ts';
import { planOf } from './plan.ts';
import type { Listing, ReadPlan } from './port.ts';
import { describe, listChildren, pathOf, resolveBelow } from './queries.ts';
import type { Path, Refused } from './types.ts';

interface BelowParts {
  readonly vault: OpenVault;
  readonly view: FilesView;
  readonly content: Content;
}

export class Below implements BelowPort {
  readonly #parts: BelowParts;

  constructor(parts: BelowParts) {
    this.#parts = parts;
  }

  listBelow(base: NodeId, path: Path): Promise<Listing | undefined> {
    const { vault, view } = this.#parts;
    return vault.read(() => {
      const row = resolveBelow(view, base, path);
      if (row === undefined) return undefined;
      return {
        self: describe(vault.id, view, row),
        children: row.isFolder ? listChildren(vault.id, view, row.id) : [],
      };
    });
  }

  async planBelow(base: NodeId, path: Path): Promise<ReadPlan | Refused> {
    const { vault, view, content } = this.#parts;
    const { plan, gone } = await vault.read(() => planOf(vault.id, view, resolveBelow(view, base, path), undefined));
    return gone.length > 0 && (await content.anyErased(gone)) ? refused('content-gone') : plan;
  }

  whereIs(node: NodeId): Promise<{ readonly path: Path; readonly isFolder: boolean } | undefined> {
    const { vault, view } = this.#parts;
    return vault.read(() => {
      const path = pathOf(view, node);
      return path === undefined ? undefined : { path, isFolder: view.node(node)?.isFolder === true };
    });
  }
}
