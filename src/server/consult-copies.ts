import type { Instance } from '../accounts/instance.ts';
import type { CopyRecord } from '../accounts/instance-view.ts';
import { CopyConsult } from '../copies/compare.ts';
import { assertMarker } from '../copies/copy-marker-check.ts';
import { CopySource } from '../copies/copy-source.ts';
import type { JournalReader } from '../store/journal/journal.ts';
import { openCopyPlace } from './copy-places.ts';
import type { GateLink } from './gate-link.ts';

/** How long the first write of a vault waits for a copy. */
const answerWithinMs = 5000;

/** A copy of this instance as it is now. @throws Fault when it does not answer, or another copy is there. */
export async function openCopySource(instance: Instance, record: CopyRecord): Promise<CopySource> {
  const place = await openCopyPlace(record);
  try {
    await assertMarker(place, { copy: record.copy, instance: instance.vault });
    return new CopySource(place, () => undefined);
  } catch (error) {
    await place.close();
    throw error;
  }
}

/** From here on no vault is written before its copies were asked (DESIGN §6). */
export function consultCopies(
  instance: Instance,
  journal: Pick<JournalReader, 'head' | 'entries'>,
  gate: GateLink,
): CopyConsult {
  const consult = new CopyConsult({
    journal,
    copies: () =>
      instance.view.copies().map((record) => ({ title: record.label, open: () => openCopySource(instance, record) })),
    report: (vault, why) => gate.report(vault, why),
    withinMs: answerWithinMs,
  });
  gate.consult((vault) => consult.ask(vault));
  return consult;
}
