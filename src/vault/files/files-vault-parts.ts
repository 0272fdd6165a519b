import type { Clock, Randomness } from '../../base/clock.ts';
import type { ChunkStore } from '../../store/chunks/chunk-store.ts';
import type { Journal } from '../../store/journal/journal.ts';
import type { VaultKeys } from '../vault-keys.ts';
import type { MassDeletionNotice } from './removal-count.ts';

export interface FilesVaultParts {
  readonly keys: VaultKeys;
  readonly journal: Journal;
  readonly chunks: ChunkStore;
  readonly clock: Clock;
  readonly random: Randomness;
  /** Bytes of kept content that the account may have; undefined when there is no quota. */
  readonly quotaBytes: () => number | undefined;
  /** A credential takes away more than it usually would. */
  readonly onMassDeletion?: (notice: MassDeletionNotice) => void;
}
