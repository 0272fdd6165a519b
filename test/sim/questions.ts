import { toHex } from '#base/bytes.ts';
import { type NodeId, rootNode } from '#base/ids.ts';
import type { Property } from '#format/file-operations.ts';
import type { NodeInfo, Path } from '#vault/files/types.ts';
import type { Command } from './commands.ts';
import { etagOf, type Past } from './judge.ts';
import type { PlanWithBytes, Reply } from './perform.ts';
import { propertyKey, sumsText, type Tree, type TreeNode } from './tree.ts';

/** What else of the past is asked for. */
export interface Ledger extends Past {
  writerOf(sequence: number): string | undefined;
  timeOf(sequence: number): number;
  versionsOf(node: NodeId, sequence: number): ReadonlySet<bigint>;
  /** The bytes of a version, cut into pieces. */
  piecesOf(sum: string): readonly Uint8Array[];
}

/** Why a reply is not what the vault was at that instant; undefined when it is. */
export function mismatch(past: Ledger, sequence: number, command: Command, reply: Reply): string | undefined {
  return new Questions(past, sequence).mismatch(command, reply);
}

/** The same for what is told of one node. */
export function infoMismatch(past: Ledger, sequence: number, node: NodeId, info: NodeInfo): string | undefined {
  return new Questions(past, sequence).infoOf(node, info);
}

class Questions {
  readonly #past: Ledger;
  readonly #sequence: number;
  readonly #tree: Tree;

  constructor(past: Ledger, sequence: number) {
    this.#past = past;
    this.#sequence = sequence;
    this.#tree = past.treeAt(sequence);
  }

  mismatch(command: Command, reply: Reply): string | undefined {
    const node = 'path' in command ? this.#tree.lookUp(command.path) : undefined;
    switch (reply.of) {
      case 'stat':
        return this.#info(node, reply.value);
      case 'list':
        return this.#listing(node, reply.value);
      case 'listAt':
        return command.do === 'listAt' ? this.#listAt(command, reply.value) : undefined;
      case 'read':
        return command.do === 'read' ? this.#read(node, command, reply.value) : undefined;
      case 'versions':
        return this.#versions(node, reply.value);
      case 'properties':
        return this.#properties(node, reply.value);
      case 'childProperties':
        return this.#childProperties(node, reply.value);
      case 'trashed':
        return this.#trashed(reply.value);
      case 'activity':
        return command.do === 'activity' ? this.#activity(command.limit, reply.value) : undefined;
      case 'sequenceAt':
        return command.do === 'sequenceAt' ? this.#sequenceAt(command.timeMs, reply.value) : undefined;
      default:
        return undefined;
    }
  }

  infoOf(id: NodeId, info: NodeInfo): string | undefined {
    return this.#info(this.#tree.node(id), info);
  }

  #info(node: TreeNode | undefined, info: NodeInfo | undefined): string | undefined {
    if (node === undefined || info === undefined)
      return node === info ? undefined : `there is ${node === undefined ? 'nothing' : node.name}`;
    const sizes = sizeOf(this.#past, this.#tree, node);
    if (info.id !== node.id || info.name !== node.name || info.isFolder !== (node.version === null))
      return `another node than ${node.name}`;
    if (info.version !== node.version) return `version ${info.version} instead of ${node.version}`;
    if (info.sizeBytes !== sizes) return `size ${info.sizeBytes} instead of ${sizes}`;
    if (node.version === null) return undefined;
    const facts = this.#past.facts(node.version);
    const tags = info.etag === etagOf(this.#past.vault, node.version);
    const same = info.mtimeMs === facts.mtimeMs && info.type === facts.type && sumsText(info.sums) === facts.sums;
    return tags && same ? undefined : `metadata of ${node.name}`;
  }

  #listing(node: TreeNode | undefined, listing: Extract<Reply, { of: 'list' }>['value']): string | undefined {
    if (node === undefined || listing === undefined)
      return node === undefined && listing === undefined ? undefined : 'there or not';
    const wanted = node.version === null ? this.#tree.children(node.id) : [];
    if (wanted.length !== listing.children.length)
      return `${listing.children.length} children instead of ${wanted.length}`;
    for (const child of listing.children) {
      const problem = this.#info(this.#tree.child(node.id, child.name), child);
      if (problem !== undefined) return problem;
    }
    return this.#info(node, listing.self);
  }

  #listAt(
    command: Extract<Command, { do: 'listAt' }>,
    got: Extract<Reply, { of: 'listAt' }>['value'],
  ): string | undefined {
    const then = this.#past.treeAt(Math.min(command.sequence, this.#sequence));
    const folder = then.lookUp(command.path, true);
    if (folder === undefined || got === undefined)
      return folder === undefined && got === undefined ? undefined : 'there or not';
    return sameInstants(folder.version === null ? then.children(folder.id) : [], got) ? undefined : 'another list';
  }

  #read(
    node: TreeNode | undefined,
    command: Extract<Command, { do: 'read' }>,
    got: Extract<Reply, { of: 'read' }>['value'],
  ): string | undefined {
    if (got.kind === 'refused') {
      const why = this.#readRefusal(node, command);
      return why === got.why ? undefined : `refused with ${got.why} instead of ${why}`;
    }
    if (node === undefined || node.version === null) return 'there is no file';
    const version = command.version ?? node.version;
    // What is said of a file that is read is said of the version that is read: its size, its date, its ETag.
    return this.#info({ ...node, version }, got.plan.info) ?? this.#bytes(version, got);
  }

  #readRefusal(node: TreeNode | undefined, command: Extract<Command, { do: 'read' }>): string {
    if (node === undefined) return 'no-such-path';
    if (node.version === null) return 'is-a-folder';
    const { version } = command;
    if (version === undefined || version === node.version) return 'nothing';
    // An empty version that another one followed is a save pattern, and is not shown.
    const isShown =
      this.#past.versionsOf(node.id, this.#sequence).has(version) && this.#past.facts(version).sizeBytes > 0;
    return isShown ? 'nothing' : 'no-such-version';
  }

  #bytes(version: NonNullable<TreeNode['version']>, got: PlanWithBytes): string | undefined {
    const facts = this.#past.facts(version);
    if (toHex(got.plan.sha256) !== facts.sum) return 'the hash of another content';
    const wanted = this.#past.piecesOf(facts.sum);
    if (wanted.length !== got.plan.pieces.length) return `${got.plan.pieces.length} pieces instead of ${wanted.length}`;
    for (const [index, bytes] of got.pieces)
      if (Buffer.compare(bytes, wanted[index] ?? bytes.subarray(0, 0)) !== 0) return 'other bytes';
    return undefined;
  }

  #versions(node: TreeNode | undefined, got: Extract<Reply, { of: 'versions' }>['value']): string | undefined {
    if (node === undefined || got === undefined)
      return node === undefined && got === undefined ? undefined : 'there or not';
    const wanted = [...this.#past.versionsOf(node.id, this.#sequence)].filter((each) => this.#isShown(node, each));
    if (wanted.length !== got.length) return `${got.length} versions instead of ${wanted.length}`;
    for (const each of got) {
      const facts = this.#past.facts(each.version);
      const same =
        each.sizeBytes === facts.sizeBytes && toHex(each.sha256) === facts.sum && each.mtimeMs === facts.mtimeMs;
      if (!wanted.includes(each.version) || !same || each.isCurrent !== (each.version === node.version))
        return 'another version';
    }
    return undefined;
  }

  #isShown(node: TreeNode, version: bigint): boolean {
    return version === node.version || this.#past.facts(version as NonNullable<TreeNode['version']>).sizeBytes > 0;
  }

  #properties(node: TreeNode | undefined, got: readonly Property[] | undefined): string | undefined {
    if (node === undefined || got === undefined)
      return node === undefined && got === undefined ? undefined : 'there or not';
    const same =
      got.length === node.properties.size && got.every((each) => node.properties.get(propertyKey(each)) === each.xml);
    return same ? undefined : 'other properties';
  }

  #childProperties(node: TreeNode | undefined, got: ReadonlyMap<NodeId, readonly Property[]>): string | undefined {
    const wanted = node === undefined ? [] : this.#tree.children(node.id).filter((child) => child.properties.size > 0);
    if (wanted.length !== got.size) return `properties of ${got.size} instead of ${wanted.length}`;
    for (const child of wanted) {
      const problem = this.#properties(child, got.get(child.id) ?? []);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #trashed(got: Extract<Reply, { of: 'trashed' }>['value']): string | undefined {
    const wanted = [...this.#tree.nodes.values()].filter((node) => node.state === 'trashed');
    if (wanted.length !== got.length) return `${got.length} in the trash instead of ${wanted.length}`;
    for (const each of got) {
      const node = this.#tree.node(each.id);
      const from = node === undefined ? undefined : this.#tree.pathOf(node.parent);
      if (node?.state !== 'trashed' || node.name !== each.name || !samePath(from, each.from))
        return 'something else in the trash';
    }
    return undefined;
  }

  #activity(limit: number, got: Extract<Reply, { of: 'activity' }>['value']): string | undefined {
    if (got.length !== Math.min(limit, this.#sequence)) return `${got.length} activities`;
    for (const [index, each] of got.entries()) {
      const sequence = this.#sequence - index;
      const same =
        each.sequence === sequence &&
        each.by === this.#past.writerOf(sequence) &&
        each.timeMs === this.#past.timeOf(sequence);
      if (!same) return `another activity at ${sequence}`;
    }
    return undefined;
  }

  #sequenceAt(timeMs: number, got: number): string | undefined {
    let wanted = 0;
    for (let sequence = 1; sequence <= this.#sequence; sequence += 1)
      if (this.#past.timeOf(sequence) <= timeMs) wanted = sequence;
    return got === wanted ? undefined : `sequence ${got} instead of ${wanted}`;
  }
}

/** Of a folder: the sum of what is here below it. */
export function sizeOf(past: Past, tree: Tree, node: TreeNode): number {
  if (node.version !== null) return past.facts(node.version).sizeBytes;
  return tree
    .children(node.id)
    .reduce((sum, child) => sum + (child.id === rootNode ? 0 : sizeOf(past, tree, child)), 0);
}

export function sameInstants(
  wanted: readonly TreeNode[],
  got: readonly {
    readonly id: NodeId;
    readonly parent: NodeId;
    readonly name: string;
    readonly version: bigint | null;
  }[],
): boolean {
  if (wanted.length !== got.length) return false;
  const byId = new Map(wanted.map((node) => [node.id, node]));
  return got.every((each) => {
    const node = byId.get(each.id);
    return (
      node !== undefined && node.name === each.name && node.parent === each.parent && node.version === each.version
    );
  });
}

function samePath(a: Path | undefined, b: Path | undefined): boolean {
  return a === undefined || b === undefined ? a === b : JSON.stringify(a) === JSON.stringify(b);
}
