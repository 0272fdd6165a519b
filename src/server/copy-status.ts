import type { CopyRecord } from '../accounts/instance-view.ts';
import { isFault } from '../base/fault.ts';
import type { VaultId } from '../base/ids.ts';
import type { CopyProgress } from '../copies/copy-follower.ts';
import { lagBehind } from '../copies/copy-lag.ts';
import { assertMarker } from '../copies/copy-marker-check.ts';
import { positionOf } from '../copies/copy-position.ts';
import type { Head } from '../store/journal/journal.ts';
import type { Place } from '../store/places/place.ts';
import { readCopyNote } from './copy-notes.ts';
import { openCopyPlace } from './copy-places.ts';
import type { Core } from './core.ts';

interface Point {
  readonly fork: number;
  readonly sequence: number;
}

interface VaultStatus {
  readonly vault: VaultId;
  readonly ours: Point;
  /** Null when it is not known. */
  readonly theirs: Point | null;
  /** Why it is not copied. */
  readonly held: string | null;
}

export interface CopyStatus {
  readonly copy: string;
  readonly label: string;
  readonly place: string;
  readonly country: string | null;
  readonly state: 'whole' | 'following' | 'waiting' | 'paused' | 'unreachable';
  /** Why it cannot be reached, or what it met last. */
  readonly problem: string | null;
  readonly lastWholeMs: number | null;
  readonly freeBytes: number | null;
  readonly fate: string | null;
  readonly lagEntries: number;
  readonly lagBytes: number;
  readonly lagIsExact: boolean;
  readonly lostChunks: number;
  readonly vaults: readonly VaultStatus[];
}

/** What stands behind an answer of a place for longer than this is not waited for. */
const answerWithinMs = 15_000;

/** How a copy stands, asked of the place itself. Writes nothing. */
export async function statusOf(
  core: Core,
  record: CopyRecord,
  progress: CopyProgress | undefined,
): Promise<CopyStatus> {
  const note = await readCopyNote(core.disk, record.copy);
  const looked = await within(look(core, record, progress));
  const problem = looked instanceof Error ? looked.message : (progress?.failing?.message ?? null);
  const seen = looked instanceof Error ? undefined : looked;
  const vaults: VaultStatus[] = [];
  const lag = { entries: 0, bytes: 0, isExact: true };
  for (const vault of await core.journal.vaults()) {
    const ours = await core.journal.head(vault);
    const found = seen?.vaults.get(vault);
    const at = found?.at;
    const remembered = note?.heads[vault];
    vaults.push({
      vault,
      ours: pointOf(ours),
      theirs: at === undefined ? (remembered ?? null) : pointOf(at),
      held: found?.held ?? null,
    });
    const behind = await lagBehind(core.journal, vault, at ?? { ...ours, sequence: remembered?.sequence ?? 0 });
    lag.entries += behind.entries;
    lag.bytes += behind.bytes;
    lag.isExact &&= behind.isExact;
  }
  return {
    copy: record.copy,
    label: record.label,
    place: record.place,
    country: record.country ?? null,
    state: stateOf(record, seen !== undefined, progress, lag.entries),
    problem,
    lastWholeMs: progress?.lastWholeMs ?? note?.lastWholeMs ?? null,
    freeBytes: seen?.freeBytes ?? null,
    fate: seen?.fate ?? null,
    lagEntries: lag.entries,
    lagBytes: lag.bytes,
    lagIsExact: lag.isExact,
    lostChunks: progress?.lostChunks ?? 0,
    vaults,
  };
}

function stateOf(
  record: CopyRecord,
  isReached: boolean,
  progress: CopyProgress | undefined,
  lagEntries: number,
): CopyStatus['state'] {
  if (record.paused) return 'paused';
  if (!isReached) return 'unreachable';
  if (lagEntries === 0) return 'whole';
  return progress === undefined || progress.state === 'failing' ? 'waiting' : 'following';
}

interface Looked {
  readonly fate: string;
  readonly freeBytes: number | undefined;
  readonly vaults: ReadonlyMap<VaultId, { readonly at: Head; readonly held: string | undefined }>;
}

async function look(core: Core, record: CopyRecord, progress: CopyProgress | undefined): Promise<Looked> {
  const place = await openCopyPlace(record);
  try {
    await assertMarker(place, { copy: record.copy, instance: core.instance.vault });
    const known = new Map(progress?.heads);
    const vaults = new Map<VaultId, { readonly at: Head; readonly held: string | undefined }>();
    for (const vault of await core.journal.vaults()) {
      const at = known.get(vault);
      vaults.set(
        vault,
        at === undefined ? await positionIn(place, core, vault) : { at, held: heldIn(progress, vault) },
      );
    }
    return { fate: await place.fate(), freeBytes: await place.freeBytes(), vaults };
  } finally {
    await place.close();
  }
}

async function positionIn(
  place: Place,
  core: Core,
  vault: VaultId,
): Promise<{ readonly at: Head; readonly held: string | undefined }> {
  const position = await positionOf(place, core.journal, vault);
  return position.kind === 'at'
    ? { at: position.at, held: undefined }
    : { at: position.copy, held: refusedLine(position.copy, position.journal) };
}

function heldIn(progress: CopyProgress | undefined, vault: VaultId): string | undefined {
  const held = progress?.held.find(([each]) => each === vault)?.[1];
  if (held === undefined) return undefined;
  return held.kind === 'refused' ? refusedLine(held.copy, held.journal) : held.why;
}

export function refusedLine(copy: Point, journal: Point): string {
  return (
    `The data folder is not what this copy holds: the copy goes up to entry ${copy.sequence}, the data folder to ` +
    `${journal.sequence}, and they differ. Nothing is written to the copy. See \`coffre copy pull\`.`
  );
}

function pointOf({ fork, sequence }: Point): Point {
  return { fork, sequence };
}

/** The fault, when it does not answer. */
async function within(work: Promise<Looked>): Promise<Looked | Error> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Error>((resolve) => {
    timer = setTimeout(() => resolve(new Error('It does not answer.')), answerWithinMs);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    if (!isFault(error)) throw error;
    return error;
  } finally {
    clearTimeout(timer);
  }
}
