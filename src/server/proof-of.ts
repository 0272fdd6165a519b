import { KeptLines } from '../copies/kept-lines.ts';
import { Losses } from '../copies/losses.ts';
import { type ProofSettings, type ProofStatus, proofStatus } from '../copies/proof-status.ts';
import { Results } from '../copies/results.ts';
import type { Core } from './core.ts';
import { realClock } from './real-world.ts';

/** When the data folder and its copies were proven, as it was kept there. */
export async function proofOf(core: Pick<Core, 'disk' | 'instance'>, settings: ProofSettings): Promise<ProofStatus> {
  const { disk, instance } = core;
  const lines = new KeptLines(disk);
  return proofStatus({
    disk,
    results: new Results(lines),
    losses: new Losses(lines, realClock),
    copies: instance.view.copies(),
    nowMs: realClock.nowMs(),
    ...settings,
  });
}
