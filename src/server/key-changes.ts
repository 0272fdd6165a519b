import type { Unlocked } from '../accounts/proofs.ts';
import type { AccountId, VaultId } from '../base/ids.ts';
import type { Core } from './core.ts';

/** Changes of accounts and keys, whichever face asks for them: one after the other, each decides on what the one before left. */
export class KeyChanges {
  readonly #core: Pick<Core, 'instance' | 'closeVault'>;
  readonly #listeners: ((account: AccountId) => void)[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(core: Pick<Core, 'instance' | 'closeVault'>) {
    this.#core = core;
  }

  /** Told after the keys of an account changed: whoever remembers a proof of it forgets that. */
  onChange(listener: (account: AccountId) => void): void {
    this.#listeners.push(listener);
  }

  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  forget(account: AccountId): void {
    for (const listener of this.#listeners) listener(account);
  }

  /** Nobody who knows fewer epochs than there are, and these more, opens it from here on. */
  async closeVault(vault: VaultId, moreEpochs: number): Promise<void> {
    const epochs = this.#core.instance.view.vault(vault)?.epochs.length ?? 0;
    await this.#core.closeVault(vault, epochs + moreEpochs);
  }

  /**
   * Runs a change that gives vaults a new epoch. The old keys open nothing from its beginning on: an entry sealed with them
   * after the answer could be read with the credential that was revoked. Afterwards everybody proves again.
   */
  async withNewEpochs<Result>(
    owner: Unlocked,
    vaults: readonly VaultId[],
    change: () => Promise<Result>,
  ): Promise<Result> {
    for (const vault of vaults) await this.closeVault(vault, 1);
    try {
      return await change();
    } finally {
      this.forget(owner.account.id);
      // What there really is: the change may have failed.
      for (const vault of owner.vaults.keys()) await this.closeVault(vault, 0);
    }
  }
}
