import { toHex, utf8 } from '../base/bytes.ts';
import type { AccountId, CredentialId } from '../base/ids.ts';
import { hmacSha256 } from '../crypto/primitives.ts';
import type { Instance } from './instance.ts';
import { type Unlocked, unlockWithAppPassword } from './proofs.ts';
import type { Throttle } from './throttle.ts';

/** DESIGN §4: an app password keeps its vaults open for 30 minutes after its last request. */
const idleMs: number = 30 * 60_000;
const noteUseEveryMs = 60_000;
const maxSessions = 10_000;

export interface Session {
  readonly unlocked: Unlocked;
  readonly name: string;
}

interface Live extends Session {
  usedMs: number;
  notedMs: number;
}

export type Authentication = Session | 'unauthenticated' | { readonly waitMs: number };

/**
 * Proofs of app passwords that were checked lately, found by a keyed digest of name and password: nothing that was proven is
 * found without the whole proof. Only in memory.
 */
export class Sessions {
  readonly #instance: Instance;
  readonly #throttle: Throttle;
  readonly #digestKey: Uint8Array;
  readonly #live = new Map<string, Live>();

  constructor(instance: Instance, throttle: Throttle) {
    this.#instance = instance;
    this.#throttle = throttle;
    this.#digestKey = instance.parts.random.bytes(32);
  }

  /** An app password has 160 bits, so a right one is let in at once, whatever wrong ones came before. */
  withAppPassword(name: string, text: string, address: string): Authentication {
    const now = this.#instance.parts.clock.nowMs();
    const digest = toHex(hmacSha256(this.#digestKey, utf8(`${name}\0${text}`)));
    const known = this.#live.get(digest);
    if (known !== undefined && now - known.usedMs <= idleMs) return this.#used(known, now, address);
    this.#live.delete(digest);
    const unlocked = unlockWithAppPassword(this.#instance, name, text);
    if (unlocked === undefined) {
      const waitMs = this.#throttle.waitMs(address, name);
      this.#throttle.wrong(address, name);
      return waitMs > 0 ? { waitMs } : 'unauthenticated';
    }
    this.#throttle.right(address, name);
    this.#makeRoom();
    const fresh: Live = { unlocked, name, usedMs: now, notedMs: 0 };
    this.#live.set(digest, fresh);
    return this.#used(fresh, now, address);
  }

  #used(session: Live, now: number, address: string): Session {
    session.usedMs = now;
    if (now - session.notedMs >= noteUseEveryMs) {
      session.notedMs = now;
      // Not worth failing a request for; the next minute tries again.
      this.#instance.noteUse(session.unlocked.credential.id, address).catch(() => undefined);
    }
    return session;
  }

  #makeRoom(): void {
    if (this.#live.size < maxSessions) return;
    this.forgetIdle();
    const [oldest] = this.#live.keys();
    if (this.#live.size >= maxSessions && oldest !== undefined) this.#live.delete(oldest);
  }

  /** Called once a minute: a proof holds keys, and nothing keeps them longer than their vaults are open. */
  forgetIdle(): void {
    const now = this.#instance.parts.clock.nowMs();
    for (const [digest, session] of this.#live) if (now - session.usedMs > idleMs) this.#live.delete(digest);
  }

  /** After a credential was revoked or an epoch began: everybody of the account proves again. */
  forget(account: AccountId): void {
    for (const [digest, session] of this.#live) if (session.unlocked.account.id === account) this.#live.delete(digest);
  }

  /** Credentials with a live session. */
  active(): ReadonlySet<CredentialId> {
    return new Set([...this.#live.values()].map((each) => each.unlocked.credential.id));
  }
}
