import { present } from '#base/assert.ts';
import { utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import type { NodeId, VaultId } from '#base/ids.ts';
import { openPiece } from '#vault/content.ts';
import type { PlacedNode, PlainTree, PlainVersion } from '#vault/files/second-reader.ts';
import type { VaultKeys } from '#vault/vault-keys.ts';
import type { Gap } from './read-tree.ts';
import { FolderNames, type NameRules, type Renaming } from './rescue-names.ts';
import type { Source } from './source.ts';

/** Names from the folder that is rescued to, down. */
type Target = readonly string[];

interface PlannedFolder {
  readonly kind: 'folder';
  readonly target: Target;
}

export interface PlannedFile {
  readonly kind: 'file';
  readonly target: Target;
  /** In the vault. */
  readonly path: readonly string[];
  readonly version: PlainVersion;
}

interface RenamedNode {
  readonly kind: 'renamed';
  readonly path: readonly string[];
  readonly target: Target;
  readonly why: Renaming;
}

export type RescueStep = PlannedFolder | PlannedFile | RenamedNode;

export interface TargetRules extends NameRules {
  /** Below the folder that is rescued to. */
  readonly maxPathBytes: number;
}

interface PlannedParent {
  readonly target: Target;
  readonly names: FolderNames;
}

/** What is to be made for a vault, folders before what is in them; `folder` is where it goes. */
export function* planRescue(
  nodes: Iterable<PlacedNode>,
  tree: PlainTree,
  folder: string,
  rules: TargetRules,
): Generator<RescueStep> {
  const top: PlannedParent = { target: [folder], names: new FolderNames(rules) };
  const parents = new Map<NodeId, PlannedParent>();
  let deep = 0;
  yield { kind: 'folder', target: top.target };
  for (const { path, node } of nodes) {
    const parent = path.length === 1 ? top : present(parents.get(node.parent), 'planned folder');
    const { name, why } = parent.names.take(node.name);
    let target: Target = [...parent.target, name];
    let renaming = why;
    if (node.version === null && utf8(target.join('/')).length > rules.maxPathBytes) {
      // No path may get so long that the system refuses it: what lies deeper goes on near the top.
      deep += 1;
      target = [`${folder}-deep`, String(deep)];
      renaming = 'length';
      if (deep === 1) yield { kind: 'folder', target: target.slice(0, 1) };
    }
    if (renaming !== undefined) yield { kind: 'renamed', path, target, why: renaming };
    if (node.version === null) {
      parents.set(node.id, { target, names: new FolderNames(rules) });
      yield { kind: 'folder', target };
    } else {
      yield { kind: 'file', target, path, version: present(tree.versions.get(node.version), 'version') };
    }
  }
}

/** Thrown while content is given out when a piece of it cannot be had. */
export class LostPiece extends Error {
  override name = 'LostPiece';
  readonly state: 'missing or damaged' | 'not what was written';

  constructor(state: LostPiece['state'], piece: number, pieces: number) {
    super(`piece ${piece} of ${pieces} is ${state}`);
    this.state = state;
  }
}

/** The content of a file, piece by piece; each one authenticates. @throws LostPiece. */
export async function* contentOf(
  source: Pick<Source, 'chunk'>,
  keys: VaultKeys,
  version: PlainVersion,
): AsyncGenerator<Uint8Array> {
  const { pieces } = version;
  for (const [index, piece] of pieces.entries()) {
    let bytes: Uint8Array | undefined;
    const stored = await source.chunk(piece.chunk, (found) => {
      bytes = opened(keys, piece, found);
      return bytes !== undefined;
    });
    if (stored === null) throw new LostPiece('missing or damaged', index + 1, pieces.length);
    if (bytes === undefined) throw new LostPiece('not what was written', index + 1, pieces.length);
    yield bytes;
  }
}

function opened(keys: VaultKeys, piece: PlainVersion['pieces'][number], stored: Uint8Array): Uint8Array | undefined {
  try {
    return openPiece(keys, piece, stored);
  } catch (error) {
    if (!isFault(error, 'damaged')) throw error;
    return undefined;
  }
}

/** What is written into `rescue-report.json`: exactly what was not had, and what has another name. */
export interface RescueReport {
  readonly version: 1;
  readonly from: string;
  readonly vaults: readonly RescuedVault[];
  readonly renamed: readonly {
    readonly vault: VaultId;
    readonly path: readonly string[];
    readonly as: string;
    readonly why: Renaming;
  }[];
  readonly lost: readonly LostFile[];
  /** What the sources could not give, whether or not another one had it. */
  readonly damage: readonly {
    readonly title: string;
    readonly kind: string;
    readonly name: string;
    readonly state: string;
  }[];
}

export interface LostFile {
  readonly vault: VaultId;
  readonly path: readonly string[];
  readonly sizeBytes: number;
  readonly why: string;
}

export interface RescuedVault {
  readonly vault: VaultId;
  readonly folder: string;
  readonly sequence: number;
  readonly fork: number;
  files: number;
  bytes: number;
  /** Found there from an earlier run, and verified. */
  there: number;
  /** Entries that could not be read: what they did is not known. */
  readonly gaps: readonly Gap[];
  /** Operations that could not be applied. */
  readonly skipped: number;
}
