import { assert, present } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import type { VaultId } from '../base/ids.ts';
import type { Secret } from '../base/secret.ts';
import { EpochKeys, openPrevious } from '../crypto/epoch-keys.ts';

export interface EpochRecord {
  readonly epoch: number;
  readonly inboxPublic: Uint8Array;
  /** The sealed secret of the epoch before; null for epoch 1. */
  readonly previous: Uint8Array | null;
}

/** The keys of all epochs of an opened vault; the newest one seals. */
export class VaultKeys {
  readonly vault: VaultId;
  readonly current: EpochKeys;
  readonly #byEpoch: ReadonlyMap<number, EpochKeys>;

  private constructor(vault: VaultId, byEpoch: ReadonlyMap<number, EpochKeys>) {
    this.vault = vault;
    this.#byEpoch = byEpoch;
    this.current = present(byEpoch.get(byEpoch.size), 'newest epoch');
  }

  /**
   * From the secret of the newest epoch down to epoch 1.
   * @throws Fault `damaged` when a record is missing or does not open.
   */
  static unlock(vault: VaultId, newest: Secret, records: readonly EpochRecord[]): VaultKeys {
    assert(records.length > 0, 'a vault has an epoch');
    const byEpoch = new Map<number, EpochKeys>();
    let secret = newest;
    for (let epoch = records.length; epoch >= 1; epoch -= 1) {
      byEpoch.set(epoch, new EpochKeys(vault, epoch, secret));
      if (epoch === 1) break;
      const previous = records.find((each) => each.epoch === epoch)?.previous;
      if (previous === undefined || previous === null) {
        throw new Fault(
          'damaged',
          `The record of epoch ${epoch} of a vault is missing. Its older entries can be read from a copy.`,
        );
      }
      secret = openPrevious(vault, epoch, secret, previous);
    }
    return new VaultKeys(vault, byEpoch);
  }

  /** @throws Fault `damaged`: an entry or chunk names an epoch that this vault never had. */
  epoch(epoch: number): EpochKeys {
    const keys = this.#byEpoch.get(epoch);
    if (keys === undefined) throw new Fault('damaged', `Something in a vault names the unknown key epoch ${epoch}.`);
    return keys;
  }
}
