import { present } from '#base/assert.ts';
import { toHex } from '#base/bytes.ts';
import { type NodeId, rootNode, type VersionId } from '#base/ids.ts';
import type { PlainTree, PlainVersion } from '#vault/files/second-reader.ts';
import type { Path } from '#vault/files/types.ts';

/** A file or folder of the model; never changed, only replaced. */
export interface TreeNode {
  readonly id: NodeId;
  readonly parent: NodeId;
  readonly name: string;
  readonly state: 'here' | 'trashed' | 'ended';
  /** Null for a folder. */
  readonly version: VersionId | null;
  readonly properties: ReadonlyMap<string, string>;
}

/** What a version contains. */
export interface VersionFacts {
  readonly sizeBytes: number;
  readonly sum: string;
  readonly mtimeMs: number;
  readonly type: string | undefined;
  readonly sums: string;
}

const noProperties: ReadonlyMap<string, string> = new Map();

const root: TreeNode = {
  id: rootNode,
  parent: rootNode,
  name: '',
  state: 'here',
  version: null,
  properties: noProperties,
};

/** A vault at one instant. Immutable: the states of a whole run are kept beside each other. */
export class Tree {
  readonly nodes: ReadonlyMap<NodeId, TreeNode>;
  #byParent: Map<NodeId, Map<string, TreeNode>> | undefined;

  private constructor(nodes: ReadonlyMap<NodeId, TreeNode>) {
    this.nodes = nodes;
  }

  static empty(): Tree {
    return new Tree(new Map([[rootNode, root]]));
  }

  with(changed: readonly TreeNode[]): Tree {
    const nodes = new Map(this.nodes);
    for (const node of changed) nodes.set(node.id, node);
    return new Tree(nodes);
  }

  /** A picture of the second reader's tree; nodes that did not change are shared with the picture before. */
  static pictureOf(plain: PlainTree, before: Tree): Tree {
    const nodes = new Map<NodeId, TreeNode>();
    for (const [id, node] of plain.nodes) {
      const { parent, name, state, version } = node;
      const properties =
        node.properties.length === 0
          ? noProperties
          : new Map(node.properties.map((each) => [propertyKey(each), each.xml]));
      const fresh = { id, parent: id === rootNode ? rootNode : parent, name, state, version, properties };
      const old = before.nodes.get(id);
      nodes.set(id, old !== undefined && sameNode(old, fresh) ? old : fresh);
    }
    return new Tree(nodes);
  }

  node(id: NodeId): TreeNode | undefined {
    return this.nodes.get(id);
  }

  must(id: NodeId): TreeNode {
    return present(this.nodes.get(id), 'node of the model');
  }

  #childrenByName(parent: NodeId): Map<string, TreeNode> {
    if (this.#byParent === undefined) {
      this.#byParent = new Map();
      for (const node of this.nodes.values()) {
        if (node.state !== 'here' || node.id === rootNode) continue;
        const names = this.#byParent.get(node.parent) ?? new Map<string, TreeNode>();
        names.set(node.name, node);
        this.#byParent.set(node.parent, names);
      }
    }
    return this.#byParent.get(parent) ?? new Map<string, TreeNode>();
  }

  child(parent: NodeId, name: string): TreeNode | undefined {
    return this.#childrenByName(parent).get(name);
  }

  children(parent: NodeId): readonly TreeNode[] {
    return [...this.#childrenByName(parent).values()];
  }

  /** DESIGN §7: names bit for bit; a name that is not there falls back to its NFC- or NFD-equal twin when it is unique. */
  lookUp(path: Path, exactly = false): TreeNode | undefined {
    let at: TreeNode | undefined = this.must(rootNode);
    for (const name of path) {
      if (at?.version !== null) return undefined;
      const parent: NodeId = at.id;
      const forms: string[] = exactly
        ? []
        : [...new Set([name.normalize('NFC'), name.normalize('NFD')])].filter((form) => form !== name);
      const twins: TreeNode[] = forms.flatMap((form) => this.child(parent, form) ?? []);
      at = this.child(parent, name) ?? (twins.length === 1 ? twins[0] : undefined);
    }
    return at;
  }

  /** Whether everything from the root down to it is here. */
  isReachable(id: NodeId): boolean {
    for (let at = this.node(id); at !== undefined && at.state === 'here'; at = this.node(at.parent))
      if (at.id === rootNode) return true;
    return false;
  }

  pathOf(id: NodeId): Path | undefined {
    const names: string[] = [];
    for (let at = this.node(id); at !== undefined && at.state === 'here'; at = this.node(at.parent)) {
      if (at.id === rootNode) return names;
      names.unshift(at.name);
    }
    return undefined;
  }

  isAtOrBelow(id: NodeId, top: NodeId): boolean {
    for (let at = this.must(id); ; at = this.must(at.parent)) {
      if (at.id === top) return true;
      if (at.id === rootNode) return false;
    }
  }

  /** What is here at and below a node; a node before what is in it, ascending ids (docs/format.md §7, copy). */
  *below(node: TreeNode): Generator<TreeNode> {
    yield node;
    if (node.version !== null) return;
    for (const child of [...this.children(node.id)].sort((a, b) => (a.id < b.id ? -1 : 1))) yield* this.below(child);
  }
}

export function propertyKey(property: { readonly namespace: string; readonly name: string }): string {
  return `{${property.namespace}}${property.name}`;
}

function sameProperties(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a === b || (a.size === b.size && [...a].every(([key, value]) => b.get(key) === value));
}

function sameNode(a: TreeNode, b: TreeNode): boolean {
  return (
    a === b ||
    (a.parent === b.parent &&
      a.name === b.name &&
      a.state === b.state &&
      a.version === b.version &&
      sameProperties(a.properties, b.properties))
  );
}

/** The first difference, for people; undefined when there is none. */
export function difference(wanted: Tree, got: Tree): string | undefined {
  for (const node of wanted.nodes.values()) {
    const other = got.node(node.id);
    if (other === undefined) return `${describeNode(node)} is not there`;
    if (!sameNode(node, other)) return `wanted ${describeNode(node)}, got ${describeNode(other)}`;
  }
  for (const node of got.nodes.values())
    if (!wanted.nodes.has(node.id)) return `${describeNode(node)} should not be there`;
  return undefined;
}

function describeNode(node: TreeNode): string {
  const version = node.version === null ? 'folder' : `version ${node.version.toString(16)}`;
  const properties = node.properties.size === 0 ? '' : ` ${JSON.stringify([...node.properties])}`;
  return `${node.id.toString(16)} "${node.name}" in ${node.parent.toString(16)} ${node.state} ${version}${properties}`;
}

export function factsOf(version: PlainVersion): VersionFacts {
  const { sizeBytes, mtimeMs, type } = version;
  return { sizeBytes, sum: toHex(version.sha256), mtimeMs, type, sums: sumsText(version.sums) };
}

export function sumsText(sums: ReadonlyMap<string, string>): string {
  return [...sums]
    .map(([name, hex]) => `${name}:${hex}`)
    .sort()
    .join(' ');
}

export function sameFacts(a: VersionFacts, b: VersionFacts): boolean {
  return (
    a.sizeBytes === b.sizeBytes && a.sum === b.sum && a.mtimeMs === b.mtimeMs && a.type === b.type && a.sums === b.sums
  );
}
