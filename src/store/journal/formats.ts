/** What `meta` of a journal says (docs/format.md §9). */
export interface FolderFormat {
  readonly format: number;
  /** The lowest format that a program must know to read the folder. */
  readonly reads: number;
}

/** From the format before to the next one. */
interface FormatStep {
  readonly to: number;
  readonly reads: number;
  /** What it brings, for whoever decides about the upgrade. */
  readonly says: string;
  /** Run in one transaction with the new numbers: done or not done, whenever it is killed. */
  readonly sql: string;
}

/**
 * The guard of format 1 forbids every removal of stored bytes. That of format 2 looks at the id that has them: the reaper can
 * take the bytes of a small chunk that is given up. `data` is looked up at every removal, so it has an index, which grows
 * at its end.
 */
const guardByState = `
CREATE UNIQUE INDEX chunk_bytes ON chunk(data) WHERE data IS NOT NULL;
DROP TRIGGER chunk_data_undeleted;
CREATE TRIGGER chunk_data_undeleted BEFORE DELETE ON chunk_data
  WHEN EXISTS (SELECT 1 FROM chunk WHERE data = OLD.no AND state NOT IN (4, 5))
  BEGIN SELECT RAISE(ABORT, 'chunks are kept'); END;
`;

/** One after the other; a step that was released never changes. */
export const formatSteps: readonly FormatStep[] = [
  {
    to: 2,
    reads: 1,
    says: 'what is given up of small files can be erased by the reaper',
    sql: guardByState,
  },
  {
    to: 3,
    reads: 1,
    says: 'previews and dates of photos and videos are kept with them',
    // New operations only: a program of format 2 would skip them, and then refuse to sweep.
    sql: '',
  },
];

/** What this program writes; it goes on writing an earlier format in a folder that has one, until that is upgraded. */
export const newestFormat: number = 1 + formatSteps.length;
