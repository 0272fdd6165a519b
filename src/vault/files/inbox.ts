import { type CredentialId, mintNodeId, mintVersionId, rootNode } from '../../base/ids.ts';
import { decodeHeader } from '../../format/entry.ts';
import {
  type DepositOperation,
  type FileOperation,
  fileOperationFromCbor,
  fileOperationToCbor,
} from '../../format/file-operations.ts';
import type { Journal } from '../../store/journal/journal.ts';
import { openEntryBody } from '../chain.ts';
import type { Decision, OpenVault, Position } from '../open-vault.ts';
import type { VaultKeys } from '../vault-keys.ts';
import type { FilesView } from './files-view.ts';
import { freeName } from './free-name.ts';
import { pathOf } from './queries.ts';

interface InboxParts {
  readonly keys: VaultKeys;
  readonly journal: Pick<Journal, 'entries'>;
  readonly vault: OpenVault;
  readonly view: FilesView;
}

interface Received {
  readonly sequence: number;
  readonly by: CredentialId | undefined;
  /** Undefined when what came is none: it stays in the journal, and nothing is made of it. */
  readonly deposit: DepositOperation | undefined;
}

const takenAtOnce = 100;

/**
 * What came while the vault was closed takes effect now: each file goes into the folder that it was sent to, beside what is
 * there; when that folder is gone, into the root. One entry for each, under the name of the link that brought it. Crash on the
 * way: those that are left are taken in the next time.
 */
export async function takeIn(parts: InboxParts): Promise<number> {
  const { vault, view } = parts;
  await vault.refresh();
  let count = 0;
  for (;;) {
    const waiting = await vault.read(() => view.waiting(takenAtOnce));
    if (waiting.length === 0) return count;
    for (const sequence of waiting) {
      const received = await read(parts, sequence);
      const outcome = await vault.execute(
        received.by,
        (position) => decide(view, received, position),
        (result) => result,
      );
      // Whatever is in the way of one is in the way of the next: tried again later.
      if (outcome.kind !== 'done') return count;
      count += 1;
    }
  }
}

async function read({ journal, keys, vault }: InboxParts, sequence: number): Promise<Received> {
  const [stored] = await journal.entries(vault.id, sequence - 1, 1);
  if (stored === undefined) return { sequence, by: undefined, deposit: undefined };
  const decoded = decodeHeader(stored.header);
  const { by, operations } = openEntryBody(keys, decoded, stored);
  const [first, ...more] = operations;
  const operation = first === undefined || more.length > 0 ? undefined : fileOperationFromCbor(first);
  const own = new Set(decoded.header.added);
  // Whoever wrote this knows no content of the vault, and may point to none.
  const isWhole =
    operation?.o === 'deposit' &&
    operation.pieces.every((piece) => piece.epoch === 0 && own.has(piece.chunk)) &&
    operation.pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0) === operation.sizeBytes;
  return { sequence, by, deposit: isWhole ? operation : undefined };
}

function decide(view: FilesView, { sequence, deposit }: Received, { fork, sequence: at }: Position): Decision<void> {
  if (!view.isWaiting(sequence)) return { kind: 'none', result: undefined };
  const operations: FileOperation[] = [];
  if (deposit !== undefined) {
    const folder = view.node(deposit.place.parent);
    const isThere = folder?.isFolder === true && pathOf(view, folder.id) !== undefined;
    const parent = isThere ? deposit.place.parent : rootNode;
    const { sizeBytes, sha256, pieces, mtimeMs, type } = deposit;
    operations.push({
      o: 'write',
      node: mintNodeId(fork, at, 0),
      version: mintVersionId(fork, at, 0),
      sizeBytes,
      sha256,
      pieces,
      mtimeMs,
      sums: new Map(),
      type,
      content: undefined,
      place: { parent, name: freeName(view, parent, deposit.place.name) },
    });
  }
  operations.push({ o: 'take', entry: sequence });
  const added = [...new Set((deposit?.pieces ?? []).map((piece) => piece.chunk))];
  return { kind: 'change', operations: operations.map(fileOperationToCbor), added, data: [], result: undefined };
}
