import type { VaultId } from '#base/ids.ts';
import type { Place } from '#store/places/place.ts';
import { ChunkSender } from './chunk-sender.ts';
import { assertMarker, type CopyIdentity } from './copy-marker-check.ts';
import { type Followed, type FollowParts, VaultFollower } from './vault-follower.ts';

/**
 * Keeps one place up to date from sealed bytes; it needs no key (DESIGN §6). One for as long as the place answers: after a
 * Fault the place is opened anew, for it may be another disk, and a new copier looks at what is there.
 */
export class Copier {
  readonly #parts: FollowParts;
  readonly #identity: CopyIdentity;
  readonly #followers: Map<VaultId, VaultFollower> = new Map();

  constructor(identity: CopyIdentity, parts: FollowParts) {
    this.#identity = identity;
    this.#parts = parts;
  }

  get place(): Place {
    return this.#parts.place;
  }

  /**
   * Brings the vaults up to where they are now, all of them unless some are named. What one vault meets stops no other.
   * @throws Fault of the place, or `unavailable` when another copy is there.
   */
  async follow(vaults?: ReadonlySet<VaultId>): Promise<ReadonlyMap<VaultId, Followed>> {
    const { journal, place, stopping } = this.#parts;
    await assertMarker(place, this.#identity);
    const outcomes = new Map<VaultId, Followed>();
    for (const vault of await journal.vaults()) {
      if (stopping.aborted) break;
      if (vaults?.has(vault) ?? true) outcomes.set(vault, await this.#followerOf(vault).follow());
    }
    return outcomes;
  }

  /** What was lost when it was to be copied may have come back. */
  async retryLost(): Promise<void> {
    await assertMarker(this.#parts.place, this.#identity);
    await new ChunkSender(this.#parts).sendLost();
  }

  #followerOf(vault: VaultId): VaultFollower {
    let follower = this.#followers.get(vault);
    if (follower === undefined) {
      follower = new VaultFollower(vault, this.#parts);
      this.#followers.set(vault, follower);
    }
    return follower;
  }
}
