import { present } from '#base/assert.ts';
import { toHex } from '#base/bytes.ts';
import type { ChunkId, CredentialId, NodeId, VaultId, VersionId } from '#base/ids.ts';
import type { CborValue } from '#format/cbor.ts';
import { fileOperationFromCbor } from '#format/file-operations.ts';
import type { Head, StoredEntry } from '#store/journal/journal.ts';
import { checkLink, openEntryBody } from '#vault/chain.ts';
import { PlainTree } from '#vault/files/second-reader.ts';
import type { VaultKeys } from '#vault/vault-keys.ts';
import type { Command } from './commands.ts';
import { type Contents, cut } from './contents.ts';
import type { Ledger } from './questions.ts';
import { factsOf, Tree, type VersionFacts } from './tree.ts';
import { holds } from './violation.ts';

/** What an entry of a vault's chain says, as the second reader opened it. */
export interface EntryFacts {
  readonly fork: number;
  readonly by: CredentialId | undefined;
  readonly timeMs: number;
  readonly epoch: number;
  readonly hash: string;
  readonly added: readonly ChunkId[];
  /** Pieces of an upload that is not written yet: it changes nothing that shows. */
  readonly isStage: boolean;
}

/** A vault's whole past, read from its journal by the second reader, entry by entry. */
export class History implements Ledger {
  readonly vault: VaultId;
  readonly plain: PlainTree = new PlainTree();
  readonly entries: EntryFacts[] = [];
  readonly #contents: Contents;
  readonly #trees: Tree[] = [Tree.empty()];
  readonly #written = new Map<string, readonly Uint8Array[]>();
  /** For each file, the versions that it had, with the first entry that made each current. */
  readonly #versions = new Map<NodeId, Map<VersionId, number>>();
  #head: Head = { fork: 1, sequence: 0, hash: new Uint8Array(32) };

  constructor(vault: VaultId, contents: Contents) {
    this.vault = vault;
    this.#contents = contents;
  }

  get head(): Head {
    return this.#head;
  }

  /** Checks the link and reads the entry; the tree before stays. */
  read(stored: StoredEntry, keys: VaultKeys): void {
    const linked = checkLink(this.vault, this.#head, stored);
    const { by, operations } = openEntryBody(keys, linked, stored);
    const { fork, sequence, timeMs, epoch, added } = linked.header;
    this.plain.applyEntry(sequence, timeMs, operations);
    const [skipped] = this.plain.skipped;
    holds(
      skipped === undefined,
      () =>
        `operation ${skipped?.index} of entry ${sequence} of vault ${this.vault} can not be applied: ${operationsText(operations)}`,
    );
    const isStage = operations.every((value) => fileOperationFromCbor(value)?.o === 'stage');
    this.entries.push({ fork, by, timeMs, epoch, hash: toHex(linked.head.hash), added, isStage });
    const tree = isStage ? this.treeAt(sequence - 1) : Tree.pictureOf(this.plain, this.treeAt(sequence - 1));
    this.#trees.push(tree);
    this.#noteVersions(sequence, tree);
    this.#head = linked.head;
  }

  #noteVersions(sequence: number, tree: Tree): void {
    const before = this.treeAt(sequence - 1);
    for (const node of tree.nodes.values()) {
      if (node.version === null || before.node(node.id) === node) continue;
      const versions = this.#versions.get(node.id) ?? new Map<VersionId, number>();
      if (!versions.has(node.version)) versions.set(node.version, sequence);
      this.#versions.set(node.id, versions);
    }
  }

  treeAt(sequence: number): Tree {
    return present(this.#trees[sequence], 'a tree of the past');
  }

  get now(): Tree {
    return this.treeAt(this.#head.sequence);
  }

  facts(version: VersionId): VersionFacts {
    return factsOf(present(this.plain.versions.get(version), 'a version'));
  }

  versionsOf(node: NodeId, sequence: number): ReadonlySet<VersionId> {
    const known = this.#versions.get(node) ?? new Map<VersionId, number>();
    return new Set([...known].filter(([, since]) => since <= sequence).map(([version]) => version));
  }

  wasVersionOf(node: NodeId, version: VersionId, sequence: number): boolean {
    return this.versionsOf(node, sequence).has(version);
  }

  writerOf(sequence: number): CredentialId | undefined {
    return this.entries[sequence - 1]?.by;
  }

  timeOf(sequence: number): number {
    return present(this.entries[sequence - 1], 'an entry').timeMs;
  }

  written(command: Extract<Command, { do: 'put' | 'upload' }>, timeMs: number): VersionFacts {
    const { bytes, sum, sha1 } = this.#contents.get(command.content);
    const sums = command.sum === 'right' ? `SHA1:${sha1}` : '';
    return { sizeBytes: bytes.length, sum, mtimeMs: command.mtimeMs ?? timeMs, type: command.type, sums };
  }

  /** Content that some client is about to write: what a version with this hash must read as. */
  expectContent(command: Command): void {
    if (!('content' in command)) return;
    const { bytes, sum } = this.#contents.get(command.content);
    if (!this.#written.has(sum)) this.#written.set(sum, cut(bytes));
  }

  piecesOf(sum: string): readonly Uint8Array[] {
    return sum === emptySum ? [] : present(this.#written.get(sum), 'content that was written');
  }
}

function operationsText(operations: readonly CborValue[]): string {
  return operations
    .map((value) => JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? each.toString(16) : each)))
    .join(' ');
}

const emptySum = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
