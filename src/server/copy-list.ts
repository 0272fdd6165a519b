import { z } from 'zod';
import type { Instance } from '../accounts/instance.ts';
import type { CopyRecord } from '../accounts/instance-view.ts';
import { equalBytes, fromUtf8, utf8 } from '../base/bytes.ts';
import { Fault, isFault } from '../base/fault.ts';
import { type CopyId, parseCopyId, parseVaultId, type VaultId } from '../base/ids.ts';
import type { Disk } from '../store/disk.ts';
import type { CopiesLink } from './copies-link.ts';

/** `copies/list.json` (docs/format.md §9): where the copies are, for the reaper, which has no key; without what opens them. */
export interface CopyList {
  readonly instance: VaultId;
  readonly copies: readonly ListedCopy[];
}
export interface ListedCopy {
  readonly copy: CopyId;
  readonly label: string;
  readonly place: string;
  readonly region?: string | undefined;
}

const path = 'copies/list.json';
const maxCopies = 1000;

const listSchema = z.object({
  version: z.literal(1),
  instance: z.string().transform((text, context) => parseVaultId(text) ?? failed(context)),
  copies: z
    .array(
      z.object({
        copy: z.string().transform((text, context) => parseCopyId(text) ?? failed(context)),
        label: z.string().max(1000),
        place: z.string().min(1).max(4096),
        region: z.string().max(1000).optional(),
      }),
    )
    .max(maxCopies),
});

function failed(context: z.RefinementCtx): never {
  context.addIssue('not an id');
  return z.NEVER;
}

/** Undefined when no server has written it yet. @throws Fault `damaged`, `io`. */
export async function readCopyList(disk: Pick<Disk, 'read'>): Promise<CopyList | undefined> {
  const bytes = await disk.read(path);
  if (bytes === null) return undefined;
  try {
    return listSchema.parse(JSON.parse(fromUtf8(bytes)));
  } catch (cause) {
    throw new Fault(
      'damaged',
      `The list of copies (${path}) cannot be read. Nothing was erased; the next start of the server writes it anew.`,
      { cause },
    );
  }
}

/** The same, and the list is kept beside: whoever changes the copies need not think of it. */
export function listingCopies(
  link: CopiesLink,
  disk: Pick<Disk, 'read' | 'replace' | 'makeFolder'>,
  instance: Pick<Instance, 'vault'>,
): CopiesLink {
  return {
    define: async (copies) => {
      await writeCopyList(disk, instance.vault, copies);
      await link.define(copies);
    },
    changed: (vaults) => link.changed(vaults),
    hurry: () => link.hurry(),
    progress: () => link.progress(),
    drilling: () => link.drilling(),
    close: () => link.close(),
  };
}

async function writeCopyList(
  disk: Pick<Disk, 'read' | 'replace' | 'makeFolder'>,
  instance: VaultId,
  records: readonly CopyRecord[],
): Promise<void> {
  const copies = records.map(({ copy, label, place, bucket }) => ({ copy, label, place, region: bucket?.region }));
  const bytes = utf8(`${JSON.stringify({ version: 1, instance, copies }, undefined, 2)}\n`);
  try {
    const before = await disk.read(path);
    if (before === null ? copies.length === 0 : equalBytes(before, bytes)) return;
    await disk.makeFolder('copies');
    await disk.replace(path, bytes);
  } catch (error) {
    // On a full disk the list stays an older one: the reaper then leaves a new copy alone, which loses nothing.
    if (!isFault(error) || error.code === 'sync-failed') throw error;
  }
}
