import type { CopyId, VaultId } from '#base/ids.ts';
import { chunkName, headerName } from '#format/copy-names.ts';
import { CopySource, type ReadPlace } from './copy-source.ts';
import { drill } from './drill.ts';
import type { Pace } from './pace.ts';
import type { DrillResult } from './results.ts';
import type { SourceDamage } from './source.ts';

export interface CopyDrillParts {
  readonly copy: CopyId;
  readonly place: ReadPlace;
  /** On a clock that nobody can set. */
  readonly elapsedMs: () => number;
  readonly nowMs: () => number;
  readonly pace: Pace;
  readonly onProgress: (sizeBytes: number) => void;
  readonly stopping: AbortSignal;
}

export interface CopyDrilled {
  readonly result: DrillResult;
  /** Names of objects that were damaged or missing, and vaults whose entries end too early. */
  readonly objects: readonly string[];
  readonly vaults: readonly VaultId[];
}

/** A drill of one copy of this instance, timed without the pauses. Undefined when it was stopped. */
export async function drillCopy(parts: CopyDrillParts): Promise<CopyDrilled | undefined> {
  const { copy, place, elapsedMs, nowMs, pace, onProgress, stopping } = parts;
  const damaged = new Set<string>();
  const source = new CopySource(place, (damage) => {
    const name = nameOf(damage);
    if (name !== undefined) damaged.add(name);
  });
  const [fromMs, begunMs, restedMs] = [nowMs(), elapsedMs(), pace.restedMs];
  let readBytes = 0;
  const vaults = await drill({
    source,
    stopping,
    pace: async (sizeBytes) => {
      readBytes += sizeBytes;
      onProgress(readBytes);
      await pace.rest();
    },
  });
  if (stopping.aborted) return undefined;
  const sum = (of: (vault: (typeof vaults)[number]) => number): number =>
    vaults.reduce((total, vault) => total + of(vault), 0);
  const result: DrillResult = {
    kind: 'drill',
    where: place.title,
    copy,
    fromMs,
    toMs: nowMs(),
    restoreMs: Math.max(1, Math.round(elapsedMs() - begunMs - (pace.restedMs - restedMs))),
    sizeBytes: sum((each) => each.sizeBytes),
    vaults: vaults.length,
    entries: sum((each) => each.entries),
    chunks: sum((each) => each.chunks),
    missingEntries: sum((each) => each.missingEntries),
    missingChunks: sum((each) => each.missingChunks.length),
  };
  return {
    result,
    objects: [...damaged, ...vaults.flatMap((each) => each.missingChunks.map(chunkName))],
    vaults: vaults.flatMap((each) => (each.missingEntries > 0 ? [each.vault] : [])),
  };
}

function nameOf({ kind, name }: SourceDamage): string | undefined {
  const [first = '', second] = name.split(' ');
  if (kind === 'header') return headerName(first as VaultId, Number(second));
  // Chunks are named by the drill itself.
  return kind === 'segment' ? first : undefined;
}
