import { toHex } from '../base/bytes.ts';
import type { AccountId, CredentialId } from '../base/ids.ts';
import type { Secret } from '../base/secret.ts';
import { linkKey, linkProof } from '../crypto/credential-keys.ts';
import { equalSecrets, hmacSha256 } from '../crypto/primitives.ts';
import { decodeAppPassword } from '../format/app-password.ts';
import type { Instance } from './instance.ts';
import { isOver } from './instance-view.ts';
import { asLink, type LinkRecord } from './link-commands.ts';
import { type Unlocked, unlockWithCredentialKey } from './proofs.ts';
import type { Throttle } from './throttle.ts';

/** Somebody who opened a link, as long as the page that did it is used. */
export interface Visit {
  readonly link: LinkRecord;
  readonly unlocked: Unlocked;
}

interface Live {
  readonly link: CredentialId;
  readonly account: AccountId;
  readonly key: Secret;
  /** Undefined once keys of the account changed: opened again with the key of the link. */
  unlocked: Unlocked | undefined;
  usedMs: number;
}

export type Opening =
  | { readonly kind: 'opened'; readonly pass: Uint8Array; readonly visit: Visit }
  /** The same for a link that never was, that was ended, or whose time is over. */
  | { readonly kind: 'no-such-link' }
  | { readonly kind: 'password-needed'; readonly link: LinkRecord }
  | { readonly kind: 'wrong-password' }
  | { readonly kind: 'wait'; readonly waitMs: number };

const idleMs: number = 30 * 60_000;
const maxLive = 10_000;
const passBytes = 32;

/**
 * Opened links. Whoever shows the token, and the password when there is one, gets a pass: 32 random bytes that stand for the
 * proof while the page is used, so that a password is stretched once. Only in memory, found by a keyed digest, and looked at
 * again with every request: a link that was ended opens nothing from that moment on.
 */
export class LinkVisits {
  readonly #instance: Instance;
  readonly #throttle: Throttle;
  readonly #digestKey: Uint8Array;
  readonly #live = new Map<string, Live>();

  constructor(instance: Instance, throttle: Throttle) {
    this.#instance = instance;
    this.#throttle = throttle;
    this.#digestKey = instance.parts.random.bytes(32);
  }

  async open(id: CredentialId, token: string, password: string | undefined, address: string): Promise<Opening> {
    const link = this.#usable(id);
    const bytes = decodeAppPassword(token);
    if (link === undefined || bytes === undefined || !equalSecrets(linkProof(bytes, id), link.grant.proof))
      return { kind: 'no-such-link' };
    const { password: parameters } = link;
    if (parameters !== undefined && password === undefined) return { kind: 'password-needed', link };
    const name = `link ${id}`;
    const waitMs = this.#throttle.waitMs(address, name);
    if (waitMs > 0) return { kind: 'wait', waitMs };
    const stretched =
      parameters === undefined || password === undefined
        ? undefined
        : { text: password, salt: parameters.salt, cost: parameters };
    const key = await linkKey(bytes, id, stretched);
    const unlocked = unlockWithCredentialKey(this.#instance, id, key);
    if (unlocked === undefined) {
      this.#throttle.wrong(address, name);
      return { kind: 'wrong-password' };
    }
    this.#throttle.right(address, name);
    const pass = this.#instance.parts.random.bytes(passBytes);
    this.#makeRoom();
    this.#live.set(this.#digest(pass), {
      link: id,
      account: link.account,
      key,
      unlocked,
      usedMs: this.#nowMs,
    });
    // Not worth failing a visit for.
    this.#instance.noteUse(id, address).catch(() => undefined);
    return { kind: 'opened', pass, visit: { link, unlocked } };
  }

  /** Undefined for a pass of another link, of one that was ended or is over, and after half an hour without use. */
  resume(id: CredentialId, pass: Uint8Array): Visit | undefined {
    const digest = this.#digest(pass);
    const live = this.#live.get(digest);
    const link = this.#usable(id);
    if (live === undefined || live.link !== id) return undefined;
    const isIdle = this.#nowMs - live.usedMs > idleMs;
    live.unlocked ??= unlockWithCredentialKey(this.#instance, id, live.key);
    if (link === undefined || isIdle || live.unlocked === undefined) {
      this.#live.delete(digest);
      return undefined;
    }
    live.usedMs = this.#nowMs;
    this.#live.delete(digest);
    this.#live.set(digest, live);
    return { link, unlocked: live.unlocked };
  }

  get #nowMs(): number {
    return this.#instance.parts.clock.nowMs();
  }

  #usable(id: CredentialId): LinkRecord | undefined {
    const link = asLink(this.#instance.view.credential(id));
    if (link === undefined || link.revokedMs !== undefined || isOver(link.grant, this.#nowMs)) return undefined;
    return link;
  }

  #digest(pass: Uint8Array): string {
    return toHex(hmacSha256(this.#digestKey, pass));
  }

  #makeRoom(): void {
    this.forgetIdle();
    const [oldest] = this.#live.keys();
    if (this.#live.size >= maxLive && oldest !== undefined) this.#live.delete(oldest);
  }

  /** Called once a minute: a visit holds keys. */
  forgetIdle(): void {
    for (const [digest, { usedMs }] of this.#live) if (this.#nowMs - usedMs > idleMs) this.#live.delete(digest);
  }

  /** Keys of the account changed: links that stayed open again with the new ones, the others open nothing. */
  forget(account: AccountId): void {
    for (const live of this.#live.values()) if (live.account === account) live.unlocked = undefined;
  }
}
