import { toHex } from '#base/bytes.ts';
import type { JournalReader } from '#store/journal/journal.ts';
import { holdsEntry } from '#store/journal/standing.ts';
import type { Caller } from '#vault/files/commands.ts';
import { nameWith } from '#vault/files/free-name.ts';
import type { FilesPort } from '#vault/files/port.ts';
import { type PlainVersion, readPlainly } from '#vault/files/second-reader.ts';
import type { Path, Refusal } from '#vault/files/types.ts';
import type { VaultKeys } from '#vault/vault-keys.ts';
import { readTree } from './read-tree.ts';
import { contentOf, LostPiece } from './rescue.ts';
import type { Source } from './source.ts';

export interface RecoveryParts {
  readonly journal: Pick<JournalReader, 'head' | 'entries'>;
  readonly source: Source;
  readonly keys: VaultKeys;
  readonly files: Pick<FilesPort, 'stat' | 'makeFolder' | 'upload'>;
  readonly caller: Caller;
  /** The day in the names, as 2026-11-25. */
  readonly day: string;
}

export interface RecoveryReport {
  /** Branches that the source holds and the journal does not go through. */
  readonly branches: number;
  readonly recovered: readonly { readonly path: Path; readonly as: Path }[];
  readonly lost: readonly { readonly path: Path; readonly why: Refusal | 'missing' }[];
  /** Stretches of entries that could not be read: what they did is not known. */
  readonly unread: number;
}

/**
 * What branches that were left had, and the vault in its whole history has not, comes back as new files beside those that are
 * there: a file that only the branch knew where it was, so that no client takes it for deleted; another version of one that the
 * vault knows as a conflict copy, because which of the two is right is not known. Nothing is overwritten, and what came back
 * once is known by its content, so that it does not come twice.
 * @throws Fault.
 */
export async function recoverBranches(parts: RecoveryParts): Promise<RecoveryReport> {
  const { journal, source, keys } = parts;
  const { tree: winning } = await readPlainly(journal, keys);
  const known = new Set([...winning.versions.values()].map((version) => toHex(version.sha256)));
  const recovered: { path: Path; as: Path }[] = [];
  const lost: { path: Path; why: Refusal | 'missing' }[] = [];
  let branches = 0;
  let unread = 0;
  for (const head of await source.heads(keys.vault)) {
    if (await holdsEntry(journal, keys.vault, head)) continue;
    branches += 1;
    const { tree, gaps } = await readTree(source, keys, head);
    unread += gaps.length;
    for (const { path, node } of tree.walk()) {
      const version = node.version === null ? undefined : tree.versions.get(node.version);
      if (version === undefined || known.has(toHex(version.sha256))) continue;
      known.add(toHex(version.sha256));
      const back = await bringBack(parts, path, version, !winning.nodes.has(node.id));
      if (typeof back === 'string') lost.push({ path, why: back });
      else recovered.push({ path, as: back });
    }
  }
  return { branches, recovered, lost, unread };
}

async function bringBack(
  parts: RecoveryParts,
  path: Path,
  version: PlainVersion,
  isUnknown: boolean,
): Promise<Path | Refusal | 'missing'> {
  const folder = await presentFolder(parts, path.slice(0, -1));
  const name = path.at(-1) ?? '';
  for (let attempt = isUnknown ? 0 : 1; ; attempt += 1) {
    const as = [...folder, attempt === 0 ? name : conflictName(name, parts.day, attempt)];
    if ((await parts.files.stat(as)) !== undefined) continue;
    const upload = parts.files.upload(parts.caller.by, []);
    try {
      for await (const piece of contentOf(parts.source, parts.keys, version)) {
        if ((await upload.add(piece)) === 'stored') continue;
        await upload.abort();
        return 'over-quota';
      }
    } catch (error) {
      await upload.abort();
      if (!(error instanceof LostPiece)) throw error;
      return 'missing';
    }
    const meta = { mtimeMs: version.mtimeMs, type: version.type };
    const absent = { ...parts.caller, conditions: { ifNoneMatch: '*' as const } };
    const result = await upload.write(absent, as, meta);
    if (result.kind === 'done') return as;
    // Somebody took the name meanwhile: the next one.
    if (result.why !== 'precondition-failed') return result.why;
  }
}

/** The folders of a path; where a file has the name of one now, it is made beside it. */
async function presentFolder({ files, caller, day }: RecoveryParts, path: Path): Promise<Path> {
  let at: Path = [];
  for (const name of path) {
    for (let attempt = 0; ; attempt += 1) {
      const candidate: Path = [...at, attempt === 0 ? name : conflictName(name, day, attempt)];
      const there = await files.stat(candidate);
      if (there === undefined) await files.makeFolder(caller, candidate);
      if (there?.isFolder === false) continue;
      at = candidate;
      break;
    }
  }
  return at;
}

/** `photo (conflict 2026-11-25).jpg`, and from the second one on with a number. */
function conflictName(name: string, day: string, attempt: number): string {
  return nameWith(name, ` (conflict ${day}${attempt === 1 ? '' : ` ${attempt}`})`);
}
