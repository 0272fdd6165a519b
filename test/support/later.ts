// Time for tests of what takes months: a clock that is ahead, and a count of hours that somebody wrote.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export const dayMs: number = 24 * 60 * 60_000;

/** Environment of a program whose wall clock is so many days ahead. */
export function daysAhead(days: number): Readonly<Record<string, string>> {
  const script = `const now = Date.now; Date.now = () => now() + ${days * dayMs};`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

/** As if the server of a data folder had run for so many days longer. */
export function letRun(dataFolder: string, days: number): void {
  const database = new DatabaseSync(join(dataFolder, 'journal.db'), { timeout: 10_000 });
  database
    .prepare("INSERT INTO meta VALUES ('ran', ?1) ON CONFLICT (key) DO UPDATE SET value = CAST(value + ?1 AS TEXT)")
    .run(String(days * dayMs));
  database.close();
}
