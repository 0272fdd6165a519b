import { present } from '#base/assert.ts';
import {
  mintNodeId,
  mintVersionId,
  type NodeId,
  parseNodeId,
  rootNode,
  type VaultId,
  type VersionId,
} from '#base/ids.ts';
import type { Conditions, Path, Refusal } from '#vault/files/types.ts';
import type { Command } from './commands.ts';
import { propertyKey, type Tree, type TreeNode, type VersionFacts } from './tree.ts';

/** What a vault was, entry by entry. */
export interface Past {
  readonly vault: VaultId;
  treeAt(sequence: number): Tree;
  facts(version: VersionId): VersionFacts;
  /** Whether a file had this version when some entry up to `sequence` was the last. */
  wasVersionOf(node: NodeId, version: VersionId, sequence: number): boolean;
  /** What a put declares of its content. */
  written(command: Extract<Command, { do: 'put' | 'upload' }>, timeMs: number): VersionFacts;
}

/** Where the entry of a command would stand. */
export interface Place {
  readonly fork: number;
  readonly sequence: number;
  readonly timeMs: number;
}

/** What a command must do when it is decided on the tree before `place`: the rules of commands, written a second time. */
export type Verdict =
  | { readonly kind: 'refused'; readonly why: Refusal }
  | { readonly kind: 'unchanged'; readonly node: NodeId }
  | {
      readonly kind: 'changed';
      readonly tree: Tree;
      readonly created: boolean;
      readonly node: NodeId;
      readonly versions: ReadonlyMap<VersionId, VersionFacts>;
    };

export function refuse(why: Refusal): Verdict {
  return { kind: 'refused', why };
}

const noVersions: ReadonlyMap<VersionId, VersionFacts> = new Map();

export function changed(
  tree: Tree,
  nodes: readonly TreeNode[],
  created: boolean,
  node: NodeId,
  versions: ReadonlyMap<VersionId, VersionFacts> = noVersions,
): Verdict {
  return { kind: 'changed', tree: tree.with(nodes), created, node, versions };
}

const noProperties: ReadonlyMap<string, string> = new Map();

export class Judge {
  readonly #past: Past;
  readonly #place: Place;
  readonly #tree: Tree;

  constructor(past: Past, place: Place) {
    this.#past = past;
    this.#place = place;
    this.#tree = past.treeAt(place.sequence - 1);
  }

  /** Questions are unchanged by nature; only what changes is judged here. Undefined for those. */
  judge(command: Command): Verdict | undefined {
    switch (command.do) {
      case 'put':
      case 'upload':
        return command.sum === 'wrong' ? refuse('wrong-checksum') : this.#write(command);
      case 'folder':
        return this.#folder(command.path, command.conditions);
      case 'trash':
        return this.#trash(command.path, command.conditions);
      case 'move':
      case 'copy':
        return this.#transfer(command);
      case 'props':
        return this.#properties(command);
      case 'restore':
        return this.#restore(command.node, command.to);
      case 'end':
        return this.#end(command.nodes);
      case 'pick':
        return this.#pick(command.path, command.version);
      case 'lock':
        return this.#lockedFile(command.path);
      default:
        return undefined;
    }
  }

  #conditionsFail(node: TreeNode | undefined, { ifMatch, ifNoneMatch }: Conditions): boolean {
    // A folder's tag is checked by what it must do (questions.ts), not computed here; none is ever sent as a condition.
    const etag = node?.version === null ? 'folder' : node && etagOf(this.#past.vault, node.version);
    if (ifMatch !== undefined && (etag === undefined || (ifMatch !== '*' && !ifMatch.includes(etag)))) return true;
    return ifNoneMatch !== undefined && etag !== undefined && (ifNoneMatch === '*' || ifNoneMatch.includes(etag));
  }

  #parentFor(path: Path): { readonly parent: TreeNode; readonly name: string } | Refusal {
    const name = path.at(-1);
    if (name === undefined) return 'is-root';
    if (!isName(name)) return 'bad-name';
    const parent = this.#tree.lookUp(path.slice(0, -1));
    return parent?.version === null ? { parent, name } : 'no-parent';
  }

  #write(command: Extract<Command, { do: 'put' | 'upload' }>): Verdict {
    const target = this.#parentFor(command.path);
    if (typeof target === 'string') return refuse(target);
    const existing = this.#tree.child(target.parent.id, target.name);
    if (this.#conditionsFail(existing, command.conditions)) return refuse('precondition-failed');
    if (existing?.version === null) return refuse('is-a-folder');
    return this.#written(target, existing, this.#past.written(command, this.#place.timeMs));
  }

  #written(
    target: { readonly parent: TreeNode; readonly name: string },
    existing: TreeNode | undefined,
    facts: VersionFacts,
  ): Verdict {
    const { fork, sequence } = this.#place;
    const version = mintVersionId(fork, sequence, 0);
    const file = existing ?? this.#fresh(mintNodeId(fork, sequence, 0), target.parent.id, target.name, null);
    return changed(this.#tree, [{ ...file, version }], existing === undefined, file.id, new Map([[version, facts]]));
  }

  #fresh(id: NodeId, parent: NodeId, name: string, version: VersionId | null, properties = noProperties): TreeNode {
    return { id, parent, name, state: 'here', version, properties };
  }

  /** RFC 4918 §7.3: locking a path where nothing is makes an empty file there. */
  #lockedFile(path: Path): Verdict {
    const existing = this.#tree.lookUp(path);
    if (existing !== undefined) return { kind: 'unchanged', node: existing.id };
    return this.emptyFileOfLock(path);
  }

  /**
   * The file that a lock makes when it found nothing. The other Unicode form of its name may have come meanwhile: a look-up
   * would take that one, and the file is made all the same, for names are kept bit for bit.
   */
  emptyFileOfLock(path: Path): Verdict {
    const target = this.#parentFor(path);
    if (typeof target === 'string') return refuse(target);
    const existing = this.#tree.child(target.parent.id, target.name);
    if (existing !== undefined) return { kind: 'unchanged', node: existing.id };
    const facts = { sizeBytes: 0, sum: emptySum, mtimeMs: this.#place.timeMs, type: undefined, sums: '' };
    return this.#written(target, undefined, facts);
  }

  #folder(path: Path, conditions: Conditions): Verdict {
    const target = this.#parentFor(path);
    if (typeof target === 'string') return refuse(target === 'is-root' ? 'name-taken' : target);
    if (this.#tree.child(target.parent.id, target.name) !== undefined) return refuse('name-taken');
    if (this.#conditionsFail(undefined, conditions)) return refuse('precondition-failed');
    const id = mintNodeId(this.#place.fork, this.#place.sequence, 0);
    return changed(this.#tree, [this.#fresh(id, target.parent.id, target.name, null)], true, id);
  }

  #trash(path: Path, conditions: Conditions): Verdict {
    const node = this.#tree.lookUp(path);
    if (this.#conditionsFail(node, conditions)) return refuse('precondition-failed');
    if (node === undefined) return refuse('no-such-path');
    if (node.id === rootNode) return refuse('is-root');
    return changed(this.#tree, [{ ...node, state: 'trashed' }], false, node.id);
  }

  #transfer(command: Extract<Command, { do: 'move' | 'copy' }>): Verdict {
    const tree = this.#tree;
    const source = tree.lookUp(command.from);
    if (this.#conditionsFail(source, command.conditions)) return refuse('precondition-failed');
    if (source === undefined) return refuse('no-such-path');
    const target = this.#parentFor(command.to);
    if (typeof target === 'string') return refuse(target);
    const existing = tree.child(target.parent.id, target.name);
    if (existing?.id === source.id) return refuse('same-place');
    if (existing !== undefined && !command.overwrite) return refuse('name-taken');
    if (source.version === null && tree.isAtOrBelow(target.parent.id, source.id)) return refuse('under-itself');
    if (existing !== undefined && tree.isAtOrBelow(source.id, existing.id)) return refuse('under-itself');
    const ends = { source, existing, parent: target.parent.id, name: target.name };
    return command.do === 'move' ? this.#move(ends) : this.#copy(ends, command.shallow);
  }

  #move({ source, existing, parent, name }: Ends): Verdict {
    const gone: TreeNode = { ...source, state: 'ended' };
    if (existing !== undefined && existing.version !== null && source.version !== null) {
      // A temporary file moved over the target is a version of the target, and brings its properties.
      const kept = { ...existing, version: source.version, properties: source.properties };
      return changed(this.#tree, [kept, gone], false, existing.id);
    }
    const moved = { ...source, parent, name };
    const trashed: TreeNode[] = existing === undefined ? [] : [{ ...existing, state: 'trashed' }];
    return changed(this.#tree, [...trashed, moved], existing === undefined, source.id);
  }

  #copy({ source, existing, parent, name }: Ends, shallow: boolean): Verdict {
    const { fork, sequence } = this.#place;
    const versions = new Map<VersionId, VersionFacts>();
    const copied = (of: VersionId, index: number): VersionId => {
      const version = mintVersionId(fork, sequence, index);
      versions.set(version, this.#past.facts(of));
      return version;
    };
    if (existing !== undefined && existing.version !== null && source.version !== null) {
      const kept = { ...existing, version: copied(source.version, 0), properties: source.properties };
      return changed(this.#tree, [kept], false, existing.id, versions);
    }
    const nodes: TreeNode[] = existing === undefined ? [] : [{ ...existing, state: 'trashed' }];
    const first = mintNodeId(fork, sequence, 0);
    const newIds = new Map<NodeId, NodeId>();
    // RFC 4918 §9.8.3: depth 0 copies the folder and its properties, and no members.
    const visited = shallow ? [source] : [...this.#tree.below(source)];
    for (const [index, node] of visited.entries()) {
      const id = present(parseNodeId(first + BigInt(index)), 'id');
      newIds.set(node.id, id);
      const at =
        node.id === source.id
          ? { parent, name }
          : { parent: present(newIds.get(node.parent), 'parent'), name: node.name };
      const version = node.version === null ? null : copied(node.version, index);
      nodes.push(this.#fresh(id, at.parent, at.name, version, node.properties));
    }
    return changed(this.#tree, nodes, existing === undefined, first, versions);
  }

  #properties(command: Extract<Command, { do: 'props' }>): Verdict {
    const node = this.#tree.lookUp(command.path);
    if (this.#conditionsFail(node, command.conditions)) return refuse('precondition-failed');
    if (node === undefined) return refuse('no-such-path');
    const properties = new Map(node.properties);
    for (const each of command.set) properties.set(propertyKey(each), each.xml);
    for (const each of command.remove) properties.delete(propertyKey(each));
    return changed(this.#tree, [{ ...node, properties }], false, node.id);
  }

  #restore(id: NodeId, to: Path | undefined): Verdict {
    const node = this.#tree.node(id);
    if (node?.state !== 'trashed') return refuse('no-such-path');
    const place = to === undefined ? { parent: this.#tree.must(node.parent), name: node.name } : this.#parentFor(to);
    if (typeof place === 'string') return refuse(place);
    if (!this.#tree.isReachable(place.parent.id)) return refuse('no-parent');
    if (to !== undefined && this.#tree.child(place.parent.id, place.name) !== undefined) return refuse('name-taken');
    const name = freeName(this.#tree, place.parent.id, place.name);
    return changed(this.#tree, [{ ...node, state: 'here', parent: place.parent.id, name }], true, id);
  }

  #end(ids: readonly NodeId[]): Verdict {
    const nodes = [...new Set(ids)].map((id) => this.#tree.node(id));
    const [first] = ids;
    if (first === undefined || nodes.some((node) => node?.state !== 'trashed')) return refuse('no-such-path');
    return changed(
      this.#tree,
      nodes.map((node) => ({ ...present(node, 'node'), state: 'ended' as const })),
      false,
      first,
    );
  }

  #pick(path: Path, of: VersionId): Verdict {
    const node = this.#tree.lookUp(path);
    if (node === undefined) return refuse('no-such-path');
    if (node.version === null) return refuse('is-a-folder');
    const { fork, sequence } = this.#place;
    if (!this.#past.wasVersionOf(node.id, of, sequence - 1)) return refuse('no-such-version');
    const version = mintVersionId(fork, sequence, 0);
    return changed(this.#tree, [{ ...node, version }], false, node.id, new Map([[version, this.#past.facts(of)]]));
  }
}

interface Ends {
  readonly source: TreeNode;
  readonly existing: TreeNode | undefined;
  readonly parent: NodeId;
  readonly name: string;
}

const emptySum = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const maxNameBytes = 255;

function isName(name: string): boolean {
  return (
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    !/[/\0]/.test(name) &&
    name.isWellFormed() &&
    Buffer.byteLength(name) <= maxNameBytes
  );
}

/** A name that was taken meanwhile gets a number, and gives up its last characters for it when it must. */
export function freeName(tree: Tree, parent: NodeId, name: string): string {
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && Buffer.byteLength(name.slice(dot)) <= 32 ? name.slice(dot) : '';
  for (let number = 1; ; number += 1) {
    const letters = [...name.slice(0, name.length - ending.length)];
    const withNumber = (): string => `${letters.join('')} (${number})${ending}`;
    while (number > 1 && !isName(withNumber())) letters.pop();
    const candidate = number === 1 ? name : withNumber();
    if (tree.child(parent, candidate) === undefined) return candidate;
  }
}

export function etagOf(vault: VaultId, version: VersionId): string {
  return `${vault.slice(0, 8)}-${version.toString(16)}`;
}
