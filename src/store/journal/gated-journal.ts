import { ChunkFiles } from '../chunks/chunk-files.ts';
import type { Disk } from '../disk.ts';
import { HeadsFile } from './heads-file.ts';
import type { Journal } from './journal.ts';
import { missingJournal } from './journal-faults.ts';
import { journalFile } from './schema.ts';
import { openJournal } from './sqlite-journal.ts';
import type { WriteConnectionOptions } from './write-connection.ts';
import { joinJournal, WriteGate } from './write-gate.ts';

export interface GatedJournal {
  /** Its writes go through the gate. */
  readonly journal: Journal;
  readonly gate: WriteGate;
}

/**
 * The journal of a data folder as the program writes it.
 * @throws Fault as openJournal does, and `missing` when something remembers a journal that is gone.
 */
export async function openGatedJournal(
  folder: string,
  disk: Disk,
  options: WriteConnectionOptions,
): Promise<GatedJournal> {
  const heads = HeadsFile.open(folder);
  // A new journal here would be another instance, and the chunks of this one nobody's.
  if (heads.heads.size > 0 && (await disk.size(journalFile)) === null) throw missingJournal();
  const journal = await openJournal(folder, disk, options);
  try {
    const gate = await WriteGate.open({ journal, heads, chunks: new ChunkFiles(disk) });
    const close = async (): Promise<void> => {
      await journal.close();
      heads.close();
    };
    return { journal: joinJournal(gate.writes, journal, close), gate };
  } catch (error) {
    await journal.close();
    throw error;
  }
}
