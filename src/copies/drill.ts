import type { ChunkId, VaultId } from '#base/ids.ts';
import { eachLimited } from '#base/pool.ts';
import { decodeHeader } from '#format/entry.ts';
import { isSameHead, noHead } from './chain-source.ts';
import { bestChain, chainOf } from './restore.ts';
import type { Source } from './source.ts';

/** Of at most 4 MiB each. */
const chunksAtOnce = 4;

export interface DrillParts {
  readonly source: Source;
  /** Called after each thing that was read; waits when it went too fast. @throws to stop. */
  readonly pace: (sizeBytes: number) => Promise<void>;
  readonly stopping: AbortSignal;
}

export interface DrilledVault {
  readonly vault: VaultId;
  headers: number;
  entries: number;
  chunks: number;
  /** Everything that a restore would write of it. */
  sizeBytes: number;
  /** Entries that a restore would end before. */
  missingEntries: number;
  readonly missingChunks: ChunkId[];
}

/**
 * A full restore to nowhere: every public header, every entry of the chain that counts, and every chunk that a restore would
 * bring, read and hashed as a restore does.
 */
export async function drill({ source, pace, stopping }: DrillParts): Promise<readonly DrilledVault[]> {
  const drilled: DrilledVault[] = [];
  for (const vault of await source.vaults()) {
    const headers = await source.publicHeaders(vault);
    const report: DrilledVault = {
      vault,
      headers: headers.length,
      entries: 0,
      chunks: 0,
      sizeBytes: headers.reduce((sum, { bytes }) => sum + bytes.length, 0),
      missingEntries: 0,
      missingChunks: [],
    };
    drilled.push(report);
    const { to, reached, dropped } = await bestChain(source, vault, noHead, headers);
    if (!isSameHead(to, reached)) report.missingEntries = Math.max(1, to.sequence - reached.sequence);
    const seen = new Set<ChunkId>();
    for await (const { entry } of chainOf(source, vault, noHead, reached)) {
      report.entries += 1;
      report.sizeBytes += entry.header.length + entry.body.length;
      await pace(entry.header.length + entry.body.length);
      const added = decodeHeader(entry.header).header.added.filter((id) => !seen.has(id) && !dropped.has(id));
      for (const id of added) seen.add(id);
      await eachLimited(each(added), chunksAtOnce, stopping, (id) => readChunk(source, id, report, pace));
    }
  }
  return drilled;
}

async function* each(ids: readonly ChunkId[]): AsyncGenerator<ChunkId> {
  yield* ids;
}

async function readChunk(source: Source, id: ChunkId, report: DrilledVault, pace: DrillParts['pace']): Promise<void> {
  const bytes = await source.chunk(id);
  if (bytes === null) {
    report.missingChunks.push(id);
    return;
  }
  report.chunks += 1;
  report.sizeBytes += bytes.length;
  await pace(bytes.length);
}
