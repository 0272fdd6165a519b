import { assert } from '../../base/assert.ts';
import { equalBytes } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import { Fault } from '../../base/fault.ts';
import type { ChunkId, CredentialId } from '../../base/ids.ts';
import { Secret } from '../../base/secret.ts';
import { maxChunkIdsPerEntry } from '../../format/entry.ts';
import { fileOperationToCbor } from '../../format/file-operations.ts';
import type { Journal } from '../../store/journal/journal.ts';
import type { Decision, OpenVault } from '../open-vault.ts';
import type { VaultKeys } from '../vault-keys.ts';
import type { FilesView } from './files-view.ts';
import { Reach } from './reach.ts';
import { readersAgree } from './readers-agree.ts';
import type { Refused } from './types.ts';

interface SweepDone {
  readonly kind: 'swept';
  /** What was dropped, or with a plan would be. */
  readonly chunks: number;
  readonly storedBytes: number;
  readonly horizonDays: number;
  readonly entries: number;
}

export type SweepResult = SweepDone | Refused;

export interface SweepParts {
  readonly journal: Pick<Journal, 'head' | 'entries' | 'chunk'>;
  readonly keys: VaultKeys;
  readonly clock: Clock;
  readonly vault: OpenVault;
  readonly view: FilesView;
}

/** Others write meanwhile: then the second reader reads on. */
const maxAttempts = 1000;
const dayMs: number = 24 * 60 * 60_000;

type Step = 'moved' | 'dropped';
type Problem = 'moved' | 'operations-skipped' | 'readers-disagree';

/**
 * Drops what nothing in the history that is kept reaches (docs/format.md §5): found by the second reader from the first
 * entry, without checkpoints. Each drop is decided on exactly the state that this reader has seen, so nothing that was
 * written meanwhile is missed. A crash between drops leaves those that were appended; the next sweep goes on.
 * @param signSeed undefined for a plan, which writes nothing.
 */
export async function sweep(
  parts: SweepParts,
  by: CredentialId | undefined,
  signSeed: Uint8Array | undefined,
): Promise<SweepResult> {
  const { vault, view, clock, journal } = parts;
  const horizonDays = await vault.read(() => view.horizonDays());
  const reach = new Reach(journal, parts.keys, clock.nowMs() - horizonDays * dayMs);
  const total = { chunks: 0, storedBytes: 0, entries: 0 };
  const checked = { sequence: -1 };
  for (let attempts = 0; attempts < maxAttempts; attempts += 1) {
    await reach.reader.catchUp();
    const { head } = reach.reader;
    // The second reader alone says what is reached; a difference means that one of the two is wrong about something.
    const problem = await vault.read((): Problem | undefined => problemOf(vault, view, reach, checked));
    if (problem === 'moved') continue;
    if (problem !== undefined) return { kind: 'refused', why: problem };
    const unreached = reach.unreached();
    const listed = unreached.slice(0, maxChunkIdsPerEntry);
    const storedBytes = await storedBytesOf(journal, signSeed === undefined ? unreached : listed);
    if (signSeed === undefined) {
      return { kind: 'swept', chunks: unreached.length, storedBytes, horizonDays, entries: 0 };
    }
    if (listed.length === 0) return { kind: 'swept', ...total, horizonDays };
    const drop = { listed, signSeed: new Secret(signSeed) };
    const outcome = await vault.execute(
      by,
      (position): Decision<Step> =>
        position.fork === head.fork && position.sequence === head.sequence + 1 && equalBytes(vault.head.hash, head.hash)
          ? {
              kind: 'change',
              operations: [fileOperationToCbor({ o: 'drop', cause: 'retention', days: horizonDays })],
              added: [],
              data: [],
              drop,
              result: 'dropped',
            }
          : { kind: 'none', result: 'moved' },
      (step) => step,
    );
    if (outcome.kind !== 'done' || outcome.result !== 'dropped') continue;
    total.chunks += listed.length;
    total.storedBytes += storedBytes;
    total.entries += 1;
    checked.sequence += 1;
    attempts = 0;
  }
  throw new Fault(
    'unavailable',
    `The vault changed all the time while it was swept. ${total.chunks} chunks were dropped; run it again later.`,
  );
}

/** A signed entry that drops nothing. `days` is 30 at least: the edge has checked it. */
export async function setHorizon(
  vault: OpenVault,
  by: CredentialId | undefined,
  signSeed: Uint8Array,
  days: number,
): Promise<void> {
  const drop = { listed: [], signSeed: new Secret(signSeed) };
  const operations = [fileOperationToCbor({ o: 'horizon', days })];
  const decision = { kind: 'change', operations, added: [], data: [], drop, result: undefined } as const;
  const outcome = await vault.execute(
    by,
    () => decision,
    () => undefined,
  );
  assert(outcome.kind === 'done', 'a small entry without chunks');
}

function problemOf(
  vault: OpenVault,
  view: FilesView,
  reach: Reach,
  checked: { sequence: number },
): Problem | undefined {
  const { head, tree } = reach.reader;
  if (!equalBytes(vault.head.hash, head.hash)) return 'moved';
  // DESIGN: an operation that cannot be applied stops sweeps; what it was to keep is not known.
  if (tree.skipped.length > 0 || view.skipped().length > 0) return 'operations-skipped';
  if (checked.sequence !== head.sequence && !readersAgree(view, tree)) return 'readers-disagree';
  checked.sequence = head.sequence;
  return undefined;
}

async function storedBytesOf(journal: Pick<Journal, 'chunk'>, chunks: readonly ChunkId[]): Promise<number> {
  let sum = 0;
  for (const id of chunks) sum += (await journal.chunk(id))?.sizeBytes ?? 0;
  return sum;
}
