import type { CredentialId } from '../../base/ids.ts';
import { decodeHeader } from '../../format/entry.ts';
import { type FileOperation, fileOperationFromCbor } from '../../format/file-operations.ts';
import type { Journal, StoredEntry } from '../../store/journal/journal.ts';
import { openEntryBody } from '../chain.ts';
import type { VaultKeys } from '../vault-keys.ts';
import type { FilesView } from './files-view.ts';
import { pathAt } from './queries.ts';
import type { Path } from './types.ts';

export interface Activity {
  readonly sequence: number;
  readonly timeMs: number;
  readonly by: CredentialId | undefined;
  readonly changes: readonly Change[];
  /** Changes beyond the ones listed. */
  readonly more: number;
}

interface Change {
  readonly what: FileOperation['o'] | 'unknown';
  /** As it was called right after this entry; undefined when it is not known any more. */
  readonly path: Path | undefined;
}

const changesPerEntry = 20;

/** What changed and who did it, newest first, read from the journal itself. */
export async function readActivity(
  journal: Pick<Journal, 'head' | 'entries'>,
  keys: VaultKeys,
  limit: number,
  atRest: <Result>(look: (view: FilesView) => Result) => Promise<Result>,
): Promise<readonly Activity[]> {
  const head = await journal.head(keys.vault);
  const entries = await journal.entries(keys.vault, Math.max(0, head.sequence - limit), limit);
  return atRest((view) => describeEntries(keys, view, entries));
}

function describeEntries(keys: VaultKeys, view: FilesView, entries: readonly StoredEntry[]): readonly Activity[] {
  const activities: Activity[] = [];
  for (const stored of entries) {
    // The chain was checked when the vault was opened; here only the body has to authenticate.
    const decoded = decodeHeader(stored.header);
    const { by, operations } = openEntryBody(keys, decoded, stored);
    const changes = operations.slice(0, changesPerEntry).map((value): Change => {
      const operation = fileOperationFromCbor(value);
      if (operation === undefined) return { what: 'unknown', path: undefined };
      return {
        what: operation.o,
        path: 'node' in operation ? pathAt(view, operation.node, stored.sequence) : undefined,
      };
    });
    activities.push({
      sequence: stored.sequence,
      timeMs: decoded.header.timeMs,
      by,
      changes,
      more: operations.length - changes.length,
    });
  }
  return activities.toReversed();
}
