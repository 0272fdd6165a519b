import { z } from 'zod';
import { fromUtf8 } from '../base/bytes.ts';
import type { CopyId } from '../base/ids.ts';
import type { CopyProgress } from '../copies/copy-follower.ts';
import type { Disk } from '../store/disk.ts';

/** `copies/COPY.json` (docs/format.md §9): how far a copy was followed when that was last noted. */
export interface CopyNote {
  readonly version: 1;
  readonly lastWholeMs: number | null;
  readonly heads: Readonly<Record<string, { readonly fork: number; readonly sequence: number }>>;
}
const noteSchema: z.ZodType<CopyNote> = z.object({
  version: z.literal(1),
  lastWholeMs: z.number().nullable(),
  heads: z.record(z.string(), z.object({ fork: z.number(), sequence: z.number() })),
});

export function encodeCopyNote({ lastWholeMs, heads }: CopyProgress): string {
  const note: CopyNote = {
    version: 1,
    lastWholeMs: lastWholeMs ?? null,
    heads: Object.fromEntries(heads.map(([vault, { fork, sequence }]) => [vault, { fork, sequence }])),
  };
  return `${JSON.stringify(note, undefined, 2)}\n`;
}

/** Undefined when there is none that can be read. */
export async function readCopyNote(disk: Pick<Disk, 'read'>, copy: CopyId): Promise<CopyNote | undefined> {
  const bytes = await disk.read(`copies/${copy}.json`);
  if (bytes === null) return undefined;
  try {
    return noteSchema.safeParse(JSON.parse(fromUtf8(bytes))).data;
  } catch {
    return undefined;
  }
}
