// A vault of files over stores in memory, for the tests of vault/: everything from one seed.

import type { Clock } from '#base/clock.ts';
import { vaultIdOf } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { sealPrevious } from '#crypto/epoch-keys.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import { MemoryDisk } from '#store/disk-memory.ts';
import type { Journal } from '#store/journal/journal.ts';
import { JournalMemory } from '#store/journal/memory-journal.ts';
import type { Caller } from '#vault/files/commands.ts';
import { FilesVault } from '#vault/files/files-vault.ts';
import type { FilesVaultParts } from '#vault/files/files-vault-parts.ts';
import { noConditions } from '#vault/files/port.ts';
import { VaultKeys } from '#vault/vault-keys.ts';
import { Seeded } from '../vectors/values.ts';

export const nobody: Caller = { by: undefined, conditions: noConditions };

export function keysFor(seed: string, epochs = 1): VaultKeys {
  const random = new Seeded(`keys ${seed}`);
  const vault = vaultIdOf(random.bytes(16));
  const secrets = Array.from({ length: epochs }, () => new Secret(random.bytes(32)));
  const records = secrets.map((secret, index) => {
    const before = secrets[index - 1];
    const previous = before === undefined ? null : sealPrevious(vault, index + 1, secret, before);
    return { epoch: index + 1, inboxPublic: new Uint8Array(32), previous };
  });
  return VaultKeys.unlock(vault, secrets.at(-1) ?? new Secret(new Uint8Array(1)), records);
}

/** Steps on by a second whenever it is read. */
export class SteppingClock implements Clock {
  #nowMs = Date.UTC(2026, 0, 1);

  nowMs(): number {
    this.#nowMs += 1000;
    return this.#nowMs;
  }
}

export interface World {
  readonly memory: JournalMemory;
  readonly journal: Journal;
  readonly chunks: ChunkStore;
  readonly parts: FilesVaultParts;
  open(change?: Partial<FilesVaultParts>): Promise<FilesVault>;
}

export function makeWorld(seed: string, keys: VaultKeys = keysFor(seed)): World {
  const memory = new JournalMemory();
  const journal = memory.start();
  const chunks = new ChunkFiles(new MemoryDisk().start());
  const parts: FilesVaultParts = {
    keys,
    journal,
    chunks,
    clock: new SteppingClock(),
    random: new Seeded(`world ${seed}`),
    quotaBytes: () => undefined,
  };
  return { memory, journal, chunks, parts, open: (change) => FilesVault.open({ ...parts, ...change }) };
}
