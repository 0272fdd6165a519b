import type { Unlocked } from '../accounts/proofs.ts';
import type { CredentialId } from '../base/ids.ts';
import { KeptLines } from '../copies/kept-lines.ts';
import { Losses, type LossStory, primary } from '../copies/losses.ts';
import type {
  DamagedRow,
  DeletionRow,
  LossRefusal,
  LostAnswer,
  LostRow,
  OwnerLosses,
} from '../faces/api/owner-losses.ts';
import type { VaultKind } from '../format/instance-operations.ts';
import type { BringBack } from '../vault/files/bring-back.ts';
import { type Deletion, readDeletions, wishesOf } from '../vault/files/deletions.ts';
import { filesOfChunks } from '../vault/files/files-of-chunks.ts';
import { fileKind } from '../vault/files/kinds.ts';
import { type LostFile, readLostSince } from '../vault/files/lost-since.ts';
import { type FilesPort, noConditions } from '../vault/files/port.ts';
import { seenPath } from '../vault/files/seen.ts';
import type { Path } from '../vault/files/types.ts';
import { VaultKeys } from '../vault/vault-keys.ts';
import { labelOf } from './control-values.ts';
import { type Core, openRequestFor } from './core.ts';
import { realClock } from './real-world.ts';

/** What an answer lists; the totals count what is beyond. */
const maxListed = 100_000;

interface Opened {
  readonly owner: Unlocked;
  readonly files: FilesPort;
  readonly keys: VaultKeys;
}

/** Undefined when the proof does not hold a vault of this kind. */
export function ownerLosses(core: Core, owner: Unlocked, kind: VaultKind): OwnerLosses | undefined {
  const request = openRequestFor(core.instance, owner, kind);
  const files = core.files(owner, kind);
  if (request === undefined || files === undefined) return undefined;
  return new Desk(core, { owner, files, keys: VaultKeys.unlock(request.vault, request.secret, request.epochs) });
}

class Desk implements OwnerLosses {
  readonly #core: Core;
  readonly #opened: Opened;

  constructor(core: Core, opened: Opened) {
    this.#core = core;
    this.#opened = opened;
  }

  async deletions(): Promise<readonly DeletionRow[]> {
    const { deletions } = await readDeletions(this.#core.journal, this.#opened.keys);
    return deletions.map((each) => this.#deletion(each));
  }

  async undo(id: number): ReturnType<OwnerLosses['undo']> {
    const deletion = await this.#find(id);
    if (deletion === undefined) return { kind: 'refused', why: 'no-such-deletion' };
    const problem = await this.#write({
      wishes: wishesOf(deletion),
      accept: { deletion: deletion.id, upTo: deletion.last },
    });
    if (problem !== undefined) return problem;
    const { tree } = await readDeletions(this.#core.journal, this.#opened.keys);
    const back = deletion.files.filter(({ node, version }) => {
      return tree.nodes.get(node)?.version === version && seenPath(tree, node) !== undefined;
    });
    return { kind: 'done', files: deletion.files.length, back: back.length };
  }

  async accept(id: number): ReturnType<OwnerLosses['accept']> {
    const deletion = await this.#find(id);
    if (deletion === undefined) return { kind: 'refused', why: 'no-such-deletion' };
    const accept = { deletion: deletion.id, upTo: deletion.last };
    const problem = deletion.isAccepted ? undefined : await this.#write({ wishes: [], accept });
    return problem ?? { kind: 'done', files: deletion.files.length };
  }

  async since(timeMs: number): Promise<LostAnswer> {
    return this.#answer((await this.#lostSince(timeMs)).lost);
  }

  async bringBack(timeMs: number, changed: boolean): ReturnType<OwnerLosses['bringBack']> {
    const before = await this.#lostSince(timeMs);
    const wishes = before.wishes(changed);
    if (wishes.length > 0) {
      const problem = await this.#write({ wishes, accept: undefined });
      if (problem !== undefined) return problem;
    }
    // The second reader looks again: what it still misses is what did not come back.
    const after = wishes.length === 0 ? before : await this.#lostSince(timeMs);
    return { kind: 'done', back: before.lost.length - after.lost.length, ...this.#answer(after.lost) };
  }

  async damaged(): ReturnType<OwnerLosses['damaged']> {
    const { keys } = this.#opened;
    const all = await new Losses(new KeptLines(this.#core.disk), realClock).stories();
    const stories = all.filter((each) => each.last.where === primary && each.last.vault === keys.vault);
    const byChunk = new Map(
      stories.flatMap((each) => (each.last.chunk === undefined ? [] : [[each.last.chunk, each] as const])),
    );
    const files = await filesOfChunks(this.#core.journal, keys, new Set(byChunk.keys()));
    const rows = files.map(({ node, path, sizeBytes, type, as, chunks }) => ({
      node: node.toString(16),
      path,
      kind: fileKind(path.at(-1) ?? '', type),
      sizeBytes,
      as,
      ...fateOf(chunks.flatMap((chunk) => byChunk.get(chunk) ?? [])),
    }));
    return { count: rows.length, files: rows.slice(0, maxListed) };
  }

  async #find(id: number): Promise<Deletion | undefined> {
    const { deletions } = await readDeletions(this.#core.journal, this.#opened.keys);
    return deletions.find((each) => each.id === id);
  }

  async #write(what: BringBack): Promise<LossRefusal | undefined> {
    const { owner, files } = this.#opened;
    const result = await files.bringBack({ by: owner.credential.id, conditions: noConditions }, what);
    return result.kind === 'refused' ? { kind: 'refused', why: result.why } : undefined;
  }

  async #lostSince(timeMs: number): ReturnType<typeof readLostSince> {
    const { files, keys } = this.#opened;
    return readLostSince(this.#core.journal, keys, await files.sequenceAt(timeMs));
  }

  #answer(lost: readonly LostFile[]): LostAnswer {
    return { count: lost.length, files: lost.slice(0, maxListed).map((each) => this.#lost(each)) };
  }

  #lost({ node, path, sizeBytes, type, how, did }: LostFile): LostRow {
    return {
      node: node.toString(16),
      path,
      kind: fileKind(path.at(-1) ?? '', type),
      sizeBytes,
      how,
      did: did === undefined ? null : { ...did, ...this.#who(did.by) },
    };
  }

  #deletion({ id, fromMs, toMs, by, files, filesBefore, isAccepted }: Deletion): DeletionRow {
    return {
      id,
      fromMs,
      toMs,
      ...this.#who(by),
      files: files.length,
      overwritten: files.filter((each) => each.how === 'overwritten').length,
      sizeBytes: files.reduce((sum, each) => sum + each.sizeBytes, 0),
      filesBefore,
      mostIn: mostIn(files.map((each) => each.path)),
      isAccepted,
    };
  }

  #who(by: CredentialId | undefined): { readonly by: string | null; readonly credential: string | null } {
    const record = by === undefined ? undefined : this.#core.instance.view.credential(by);
    return { by: labelOf(record, this.#opened.owner), credential: by ?? null };
  }
}

/** A file is as badly off as the worst of its chunks. */
function fateOf(stories: readonly LossStory[]): Pick<DamagedRow, 'sinceMs' | 'fate' | 'from'> {
  const isGone = stories.some((each) => each.last.what === 'gone');
  const isOpen = stories.some((each) => each.last.what === 'damaged' || each.last.what === 'missing');
  return {
    sinceMs: Math.min(...stories.map((each) => each.sinceMs)),
    fate: isGone ? 'gone' : isOpen ? 'damaged' : 'back',
    from: isGone || isOpen ? [] : [...new Set(stories.flatMap((each) => each.last.from ?? []))],
  };
}

/** The deepest folder that holds more than half of them. */
function mostIn(paths: readonly Path[]): Path {
  let folder: Path = [];
  for (let inside = paths; ; ) {
    const byName = Map.groupBy(
      inside.filter((path) => path.length > folder.length + 1),
      (path) => path[folder.length] ?? '',
    );
    const [largest] = [...byName].toSorted(([, a], [, b]) => b.length - a.length);
    if (largest === undefined || largest[1].length * 2 <= paths.length) return folder;
    folder = [...folder, largest[0]];
    inside = largest[1];
  }
}
