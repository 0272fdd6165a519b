// What a vault of files must look like, kept in the simplest way: all nodes, and a copy of all of them for every entry.
import { present } from '#base/assert.ts';
import { mintNodeId, type NodeId, rootNode } from '#base/ids.ts';

export interface ModelNode {
  readonly id: NodeId;
  readonly parent: NodeId;
  readonly name: string;
  readonly state: 'here' | 'trashed' | 'ended';
  /** Content of a file, `@` and the entry that wrote this version; undefined for a folder. */
  readonly content: string | undefined;
}

type Nodes = ReadonlyMap<NodeId, ModelNode>;
/** Path joined by `/` to content; folders end in `/`. */
export type Listing = ReadonlyMap<string, string>;

export class Model {
  #nodes: Map<NodeId, ModelNode> = new Map([
    [rootNode, { id: rootNode, parent: rootNode, name: '', state: 'here', content: undefined }],
  ]);
  /** Nodes made by the entry that comes next. */
  #made = 0;
  /** After each entry; the first is the empty vault. */
  readonly instants: Nodes[] = [new Map(this.#nodes)];

  /** To be called once for each entry. */
  keepInstant(): void {
    this.#made = 0;
    this.instants.push(new Map(this.#nodes));
  }

  listing(sequence?: number): Listing {
    const nodes = sequence === undefined ? this.#nodes : present(this.instants[sequence], 'instant');
    const listed = new Map<string, string>();
    const add = (id: NodeId, above: string): void => {
      for (const node of childrenOf(nodes, id)) {
        const path = `${above}${node.name}`;
        listed.set(node.content === undefined ? `${path}/` : path, node.content?.replace(/@\d+$/, '') ?? '');
        if (node.content === undefined) add(node.id, `${path}/`);
      }
    };
    add(rootNode, '');
    return listed;
  }

  trashed(): readonly ModelNode[] {
    return [...this.#nodes.values()].filter((node) => node.state === 'trashed');
  }

  at(path: readonly string[], nodes: Nodes = this.#nodes): ModelNode | undefined {
    let node = nodes.get(rootNode);
    for (const name of path)
      node =
        node === undefined || node.content !== undefined
          ? undefined
          : childrenOf(nodes, node.id).find((each) => each.name === name);
    return node;
  }

  #set(node: ModelNode, change: Partial<ModelNode>): void {
    this.#nodes.set(node.id, { ...node, ...change });
  }

  #make(parent: ModelNode, name: string, content: string | undefined): ModelNode {
    const node: ModelNode = {
      id: mintNodeId(1, this.instants.length, this.#made),
      parent: parent.id,
      name,
      state: 'here',
      content,
    };
    this.#made += 1;
    this.#nodes.set(node.id, node);
    return node;
  }

  #folder(path: readonly string[]): ModelNode | undefined {
    const node = this.at(path);
    return node?.content === undefined ? node : undefined;
  }

  #version(text: string): string {
    return `${text.replace(/@\d+$/, '')}@${this.instants.length}`;
  }

  // Each command answers whether it was done; refused, it changed nothing.

  put(path: readonly string[], text: string): boolean {
    const content = this.#version(text);
    const parent = this.#folder(path.slice(0, -1));
    const name = path.at(-1);
    if (parent === undefined || name === undefined) return false;
    const existing = this.at(path);
    if (existing === undefined) this.#make(parent, name, content);
    else if (existing.content === undefined) return false;
    else this.#set(existing, { content });
    return true;
  }

  makeFolder(path: readonly string[]): boolean {
    const parent = this.#folder(path.slice(0, -1));
    const name = path.at(-1);
    if (parent === undefined || name === undefined || this.at(path) !== undefined) return false;
    this.#make(parent, name, undefined);
    return true;
  }

  trash(path: readonly string[]): boolean {
    const node = this.at(path);
    if (node === undefined || node.id === rootNode) return false;
    this.#set(node, { state: 'trashed' });
    return true;
  }

  #ends(
    from: readonly string[],
    to: readonly string[],
    overwrite: boolean,
  ): readonly [ModelNode, ModelNode, ModelNode | undefined] | undefined {
    const source = this.at(from);
    const parent = this.#folder(to.slice(0, -1));
    if (source === undefined || source.id === rootNode || parent === undefined || to.length === 0) return undefined;
    const existing = this.at(to);
    if (existing !== undefined && (!overwrite || existing.id === source.id)) return undefined;
    if (this.#isWithin(parent.id, source.id) || (existing !== undefined && this.#isWithin(source.id, existing.id)))
      return undefined;
    return [source, parent, existing];
  }

  #isWithin(id: NodeId, top: NodeId): boolean {
    for (let at = id; ; at = present(this.#nodes.get(at), 'node').parent) {
      if (at === top) return true;
      if (at === rootNode) return false;
    }
  }

  move(from: readonly string[], to: readonly string[], overwrite: boolean): boolean {
    const ends = this.#ends(from, to, overwrite);
    if (ends === undefined) return false;
    const [source, parent, existing] = ends;
    if (existing?.content !== undefined && source.content !== undefined) {
      this.#set(existing, { content: source.content });
      this.#set(source, { state: 'ended' });
      return true;
    }
    if (existing !== undefined) this.#set(existing, { state: 'trashed' });
    this.#set(source, { parent: parent.id, name: present(to.at(-1), 'name') });
    return true;
  }

  copy(from: readonly string[], to: readonly string[], overwrite: boolean): boolean {
    const ends = this.#ends(from, to, overwrite);
    if (ends === undefined) return false;
    const [source, parent, existing] = ends;
    if (existing?.content !== undefined && source.content !== undefined) {
      this.#set(existing, { content: this.#version(source.content) });
      return true;
    }
    if (existing !== undefined) this.#set(existing, { state: 'trashed' });
    this.#copyInto(source, parent, present(to.at(-1), 'name'));
    return true;
  }

  #copyInto(source: ModelNode, parent: ModelNode, name: string): void {
    const inside = childrenOf(this.#nodes, source.id).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const made = this.#make(parent, name, source.content === undefined ? undefined : this.#version(source.content));
    for (const child of inside) this.#copyInto(child, made, child.name);
  }

  restore(node: ModelNode): boolean {
    const now = present(this.#nodes.get(node.id), 'node');
    if (now.state !== 'trashed' || !this.isReachable(now.parent)) return false;
    this.#set(now, { state: 'here', name: this.#freeName(now.parent, now.name) });
    return true;
  }

  #freeName(parent: NodeId, name: string): string {
    const taken = new Set(childrenOf(this.#nodes, parent).map((each) => each.name));
    const dot = name.lastIndexOf('.');
    const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    let free = name;
    for (let n = 2; taken.has(free); n += 1) free = `${stem} (${n})${ending}`;
    return free;
  }

  end(node: ModelNode): boolean {
    const now = present(this.#nodes.get(node.id), 'node');
    if (now.state !== 'trashed') return false;
    this.#set(now, { state: 'ended' });
    return true;
  }

  isReachable(id: NodeId): boolean {
    for (
      let at = present(this.#nodes.get(id), 'node');
      at.state === 'here';
      at = present(this.#nodes.get(at.parent), 'node')
    ) {
      if (at.id === rootNode) return true;
    }
    return false;
  }

  pick(path: readonly string[], text: string): boolean {
    const node = this.at(path);
    if (node?.content === undefined) return false;
    this.#set(node, { content: this.#version(text) });
    return true;
  }

  /** Everything below a folder becomes what it was; `none` when it is so already. */
  rewind(path: readonly string[], sequence: number): 'done' | 'none' | 'refused' {
    const then = present(this.instants[sequence], 'instant');
    const now = this.at(path);
    const top = now ?? this.at(path, then);
    if (top === undefined) return 'refused';
    const before = new Map(this.#nodes);
    const topThen = then.get(top.id);
    const wanted = nodesBelow(then, top.id);
    const isHere = this.isReachable(top.id);
    const above = isHere ? top.id : present(topThen, 'it was found then').parent;
    if (!this.isReachable(above) || wanted.some((node) => this.#isWithin(above, node.id))) return 'refused';
    if (!isHere) {
      const { parent, name } = present(topThen, 'it was found then');
      this.#set(top, { parent, state: 'here', name: this.#freeName(parent, name) });
    }
    const folders = new Set([top.id, ...wanted.map((node) => node.id)]);
    const ids = new Set(wanted.map((node) => node.id));
    for (const node of [...this.#nodes.values()]) {
      if (
        node.state === 'here' &&
        node.id !== rootNode &&
        folders.has(node.parent) &&
        !ids.has(node.id) &&
        node.id !== top.id
      )
        this.#set(node, { state: 'trashed' });
    }
    for (const node of wanted) this.#nodes.set(node.id, node);
    if (topThen?.content !== undefined)
      this.#set(present(this.#nodes.get(top.id), 'top'), { content: topThen.content });
    return sameNodes(before, this.#nodes) ? 'none' : 'done';
  }
}

function childrenOf(nodes: Nodes, id: NodeId): readonly ModelNode[] {
  return [...nodes.values()].filter((node) => node.parent === id && node.state === 'here' && node.id !== rootNode);
}

function nodesBelow(nodes: Nodes, id: NodeId): readonly ModelNode[] {
  return childrenOf(nodes, id).flatMap((node) => [node, ...nodesBelow(nodes, node.id)]);
}

function sameNodes(a: Nodes, b: Nodes): boolean {
  const text = (nodes: Nodes): string =>
    JSON.stringify([...nodes.values()].map((node) => ({ ...node, id: String(node.id), parent: String(node.parent) })));
  return text(a) === text(b);
}
