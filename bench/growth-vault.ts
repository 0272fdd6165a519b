import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { vaultIdOf } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { realClock, realRandomness } from '#server/real-world.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import type { Disk } from '#store/disk.ts';
import { openFileDisk } from '#store/disk-files.ts';
import { openJournal } from '#store/journal/sqlite-journal.ts';
import type { FilesVaultParts } from '#vault/files/files-vault-parts.ts';
import type { Path } from '#vault/files/types.ts';
import { VaultKeys } from '#vault/vault-keys.ts';

/** A vault that holds nothing but measurements: its key is no secret, so that a child process can open it, too. */
const secret = new Secret(createHash('sha256').update('growth').digest());
const vault = vaultIdOf(new Uint8Array(16).fill(7));

export interface GrowthVault {
  readonly parts: FilesVaultParts;
  readonly disk: Disk;
}

export async function openGrowth(folder: string): Promise<GrowthVault> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const disk = openFileDisk(folder);
  const journal = await openJournal(folder, disk, { create: true });
  const keys = VaultKeys.unlock(vault, secret, [{ epoch: 1, inboxPublic: new Uint8Array(32), previous: null }]);
  const parts = {
    keys,
    journal,
    chunks: new ChunkFiles(disk),
    clock: realClock,
    random: realRandomness,
    quotaBytes: () => undefined,
  };
  return { parts, disk };
}

const filesPerFolder = 200;
const foldersPerYear = 50;

/** Where file number `index` is: years, months, days of photos, 200 a day. */
export function placeOf(index: number): { readonly folder: Path; readonly name: string } {
  const day = Math.floor(index / filesPerFolder);
  const year = Math.floor(day / foldersPerYear);
  const folder = [`Photos ${2000 + year}`, `Day ${String(day % foldersPerYear).padStart(3, '0')}`];
  return { folder, name: `IMG_${String(index).padStart(8, '0')}.jpg` };
}

export function pathOf(index: number): Path {
  const { folder, name } = placeOf(index);
  return [...folder, name];
}
