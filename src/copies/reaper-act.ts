import { Fault, isFault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import type { ErasableChunks } from '#store/chunks/erasable-chunks.ts';
import type { ErasingJournal } from '#store/journal/erasing-journal.ts';
import type { JournalReader } from '#store/journal/journal.ts';
import type { Removal } from '#store/places/place.ts';
import type { PlanFile } from './reaper-plan.ts';
import { type SignedDropEntry, scanVault, type VaultScan } from './reaper-scan.ts';
import type { HeldChunk } from './reaper-state.ts';

/** A copy that the reaper may erase on. */
export interface ReapedCopy {
  readonly title: string;
  /** Whether the chain that the copy itself holds has this drop. Without it the copy keeps the chunks. */
  hasDrop(vault: VaultId, drop: SignedDropEntry): Promise<boolean>;
  remove(id: ChunkId): Promise<Removal>;
}

export interface ActParts {
  readonly reader: JournalReader;
  readonly journal: ErasingJournal;
  readonly chunks: ErasableChunks;
  readonly copies: readonly ReapedCopy[];
}

interface CopyPart {
  readonly copy: string;
  readonly removed: number;
  /** Still there: behind a lock until then, or to be tried again at once (0). */
  readonly held: readonly { readonly id: ChunkId; readonly drop: string; readonly untilMs: number }[];
}

export interface Acted {
  readonly erased: readonly ChunkId[];
  /** Added again meanwhile, or dropped anew: kept. */
  readonly kept: readonly ChunkId[];
  readonly copies: readonly CopyPart[];
}

const idsPerStep = 500;
const maxScans = 20;

/**
 * Does what a plan says, in steps that can be repeated after a crash anywhere: an id is condemned (from then on nobody
 * adopts it), then its file is removed, then its row says erased, then copies follow.
 */
export async function actOn(parts: ActParts, plan: PlanFile, run: number): Promise<Acted> {
  const { journal, reader, chunks } = parts;
  const { vault } = plan;
  const { condemned, scan } = await condemnPlanned(parts, plan, run);
  for (let at = 0; at < condemned.length; at += idsPerStep) {
    const step = condemned.slice(at, at + idsPerStep);
    for (const id of step) await chunks.remove(id);
    journal.erase(vault, step);
  }
  const planned = [
    ...plan.drops.flatMap((drop) => drop.chunks.map(({ id }) => id)),
    ...plan.leases.map(({ id }) => id),
  ];
  const erased: ChunkId[] = [];
  const kept: ChunkId[] = [];
  for (const id of planned) ((await reader.chunk(id))?.state === 'erased' ? erased : kept).push(id);
  const copies: CopyPart[] = [];
  for (const copy of parts.copies) copies.push(await followOn(copy, plan, scan, new Set(erased)));
  return { erased, kept, copies };
}

/** Only what the chain as it is now still drops by the entry that was planned. */
async function condemnPlanned(
  { reader, journal }: ActParts,
  plan: PlanFile,
  run: number,
): Promise<{ readonly condemned: readonly ChunkId[]; readonly scan: VaultScan }> {
  const { vault } = plan;
  const leases = journal.condemnLeases(vault, plan.leases);
  for (let attempt = 0; attempt < maxScans; attempt += 1) {
    const scan = await scanVault(reader, journal, vault, run);
    const now = new Map(scan.chunks.map((chunk) => [chunk.id, chunk]));
    const due = plan.drops.flatMap((drop) =>
      drop.chunks.map(({ id }) => now.get(id)).filter((chunk) => chunk?.drop.hash === drop.hash),
    );
    const condemned = due.flatMap((chunk) => (chunk?.state === 'condemned' ? [chunk.id] : []));
    const dropped = due.flatMap((chunk) => (chunk?.state === 'dropped' ? [chunk.id] : []));
    let moved = false;
    for (let at = 0; at < dropped.length && !moved; at += idsPerStep) {
      const answer = journal.condemn(vault, scan.head, dropped.slice(at, at + idsPerStep));
      if (answer === 'moved') moved = true;
      else condemned.push(...answer);
    }
    if (moved) continue;
    // Leases that an earlier attempt condemned before it died are found by their state.
    const leftLeases: ChunkId[] = [];
    for (const { id } of plan.leases) if ((await reader.chunk(id))?.state === 'condemned') leftLeases.push(id);
    return { condemned: [...new Set([...condemned, ...leases, ...leftLeases])], scan };
  }
  throw new Fault('unavailable', `Vault ${vault} is being swept right now. Run the reaper again later.`);
}

async function followOn(
  copy: ReapedCopy,
  plan: PlanFile,
  scan: VaultScan,
  erased: ReadonlySet<ChunkId>,
): Promise<CopyPart> {
  const wanted = plan.drops.flatMap(({ hash, chunks }) =>
    chunks.filter(({ id }) => erased.has(id)).map(({ id }) => ({ id, drop: hash, untilMs: 0 })),
  );
  const held = await removeFrom(copy, plan.vault, scan.drops, wanted);
  return { copy: copy.title, removed: wanted.length - held.length, held };
}

/** Returns what is still there. Nothing is removed before the copy itself holds the drop. */
async function removeFrom<Each extends { readonly id: ChunkId; readonly drop: string; readonly untilMs: number }>(
  copy: ReapedCopy,
  vault: VaultId,
  drops: readonly SignedDropEntry[],
  wanted: readonly Each[],
): Promise<Each[]> {
  const still: Each[] = [];
  const has = new Map<string, boolean>();
  for (const each of wanted) {
    const drop = drops.find(({ hash }) => hash === each.drop);
    try {
      const isThere = has.get(each.drop) ?? (drop !== undefined && (await copy.hasDrop(vault, drop)));
      has.set(each.drop, isThere);
      const removal = isThere ? await copy.remove(each.id) : undefined;
      if (removal?.kind !== 'removed') still.push({ ...each, untilMs: removal?.untilMs ?? 0 });
    } catch (error) {
      // A copy that does not answer holds up neither the instance nor another copy.
      if (!isFault(error)) throw error;
      has.set(each.drop, false);
      still.push(each);
    }
  }
  return still;
}

/** What locks held and copies did not do, tried again once it is time. Returns what is still there. */
export async function retryHeld(
  copies: readonly ReapedCopy[],
  scans: readonly VaultScan[],
  held: readonly HeldChunk[],
  nowMs: number,
): Promise<HeldChunk[]> {
  const isDue = (each: HeldChunk): boolean => nowMs >= each.untilMs && copies.some(({ title }) => title === each.copy);
  const still = held.filter((each) => !isDue(each));
  for (const copy of copies) {
    for (const { vault, drops } of scans) {
      const due = held.filter((each) => isDue(each) && each.copy === copy.title && each.vault === vault);
      still.push(...(await removeFrom(copy, vault, drops, due)));
    }
  }
  const scanned = new Set(scans.map(({ vault }) => vault));
  return [...still, ...held.filter((each) => isDue(each) && !scanned.has(each.vault))];
}
