import { concat, fromHex, toHex } from '../base/bytes.ts';
import { type AccountId, type CredentialId, credentialIdOf, idBytes } from '../base/ids.ts';
import { hmacSha256 } from '../crypto/primitives.ts';
import { openSession, type SessionHalves, sealSession, sessionId } from '../crypto/seals.ts';
import type { Instance } from './instance.ts';
import { type Unlocked, unlockWithCredentialKey } from './proofs.ts';

/** How long a session that nobody uses can still be taken up; the longer one is for a device that its owner keeps. */
const idleMs: number = 12 * 3600_000;
const keptIdleMs: number = 30 * 24 * 3600_000;
/** A proof is fresh for so long: what is sensitive asks for one again. */
const freshMs: number = 10 * 60_000;
/** The row that says when a session was used is written no more often. */
const noteEveryMs: number = 5 * 60_000;
const maxPerAccount = 50;
const maxLive = 10_000;
const halfBytes = 32;

export interface WebSession {
  readonly id: string;
  readonly unlocked: Unlocked;
  /** When the owner last proved who they are with the credential itself. */
  readonly provenMs: number;
}

export interface SessionInfo {
  readonly id: string;
  readonly credential: CredentialId;
  readonly label: string;
  readonly address: string;
  readonly createdMs: number;
  readonly usedMs: number;
}

interface Row extends SessionInfo {
  readonly salt: Uint8Array;
  readonly sealedKey: Uint8Array;
  readonly isKept: boolean;
}

interface Live {
  readonly session: WebSession;
  usedMs: number;
}

/**
 * Sessions of the web application. Each has two halves, a cookie and a key that the application sends: the private key of the
 * credential is sealed under both, and the server stores neither. What is kept is a sealed row, so that a restart of the
 * server signs nobody out, and for a while the opened session, found by a keyed digest of both halves.
 */
export class WebSessions {
  readonly #instance: Instance;
  readonly #digestKey: Uint8Array;
  readonly #rows = new Map<string, Row>();
  readonly #live = new Map<string, Live>();
  readonly #provenMs = new Map<string, number>();

  private constructor(instance: Instance) {
    this.#instance = instance;
    this.#digestKey = instance.parts.random.bytes(32);
  }

  /** With the sessions that an earlier run of the program left. */
  static async open(instance: Instance): Promise<WebSessions> {
    const sessions = new WebSessions(instance);
    for (const { id, fields } of await instance.sessionRows()) {
      const row: Row = {
        id: toHex(id),
        credential: credentialIdOf(fields.bytes('credential', 16)),
        label: fields.text('label'),
        address: fields.text('address'),
        createdMs: fields.count('created'),
        usedMs: fields.count('used'),
        salt: fields.bytes('salt', 32),
        sealedKey: fields.bytes('key'),
        isKept: fields.has('kept'),
      };
      sessions.#rows.set(row.id, row);
    }
    return sessions;
  }

  get #nowMs(): number {
    return this.#instance.parts.clock.nowMs();
  }

  /**
   * After a proof. @param label what the device calls itself, for its owner's list. @param isKept whether the owner said
   * that this device is theirs and to stay signed in.
   */
  async begin(
    unlocked: Unlocked,
    about: { readonly label: string; readonly address: string; readonly isKept: boolean },
  ): Promise<{ readonly halves: SessionHalves; readonly session: WebSession }> {
    const { random } = this.#instance.parts;
    const halves = { cookie: random.bytes(halfBytes), key: random.bytes(halfBytes) };
    const salt = random.bytes(32);
    const nowMs = this.#nowMs;
    const row: Row = {
      id: toHex(sessionId(halves.cookie)),
      credential: unlocked.credential.id,
      label: about.label.slice(0, 200),
      address: about.address,
      createdMs: nowMs,
      usedMs: nowMs,
      salt,
      sealedKey: sealSession(halves, salt, unlocked.credential.id, unlocked.key),
      isKept: about.isKept,
    };
    await this.#endOldest(unlocked.account.id);
    await this.#save(row);
    this.#provenMs.set(row.id, nowMs);
    return { halves, session: { id: row.id, unlocked, provenMs: nowMs } };
  }

  /** Undefined unless both halves are those of one session whose credential is still good. */
  resume(halves: SessionHalves): WebSession | undefined {
    if (halves.cookie.length !== halfBytes || halves.key.length !== halfBytes) return undefined;
    const id = toHex(sessionId(halves.cookie));
    const row = this.#rows.get(id);
    const nowMs = this.#nowMs;
    if (row === undefined || nowMs - row.usedMs > (row.isKept ? keptIdleMs : idleMs)) return undefined;
    const digest = toHex(hmacSha256(this.#digestKey, concat(halves.cookie, halves.key)));
    const known = this.#live.get(digest);
    const session = known?.session ?? this.#unseal(row, halves);
    if (session === undefined) return undefined;
    this.#keepLive(digest, session, nowMs);
    if (nowMs - row.usedMs >= noteEveryMs) {
      // Not worth failing a request for; the next one tries again.
      this.#save({ ...row, usedMs: nowMs }).catch(() => undefined);
    }
    return { ...session, provenMs: this.#provenMs.get(id) ?? 0 };
  }

  #unseal(row: Row, halves: SessionHalves): WebSession | undefined {
    const key = openSession(halves, row.salt, row.credential, row.sealedKey);
    if (key === undefined) return undefined;
    const unlocked = unlockWithCredentialKey(this.#instance, row.credential, key);
    return unlocked === undefined ? undefined : { id: row.id, unlocked, provenMs: 0 };
  }

  #keepLive(digest: string, session: WebSession, nowMs: number): void {
    this.#live.delete(digest);
    this.#live.set(digest, { session, usedMs: nowMs });
    const [oldest] = this.#live.keys();
    if (this.#live.size > maxLive && oldest !== undefined) this.#live.delete(oldest);
  }

  isFresh(session: WebSession): boolean {
    return this.#nowMs - session.provenMs <= freshMs;
  }

  /** The owner proved once more who they are. */
  proven(session: WebSession): void {
    this.#provenMs.set(session.id, this.#nowMs);
  }

  /** Of one account, the one that was used last first. */
  list(account: AccountId): readonly SessionInfo[] {
    return [...this.#rows.values()]
      .filter((row) => this.#accountOf(row) === account && this.#nowMs - row.usedMs <= keptIdleMs)
      .toSorted((one, other) => other.usedMs - one.usedMs);
  }

  #accountOf(row: Row): AccountId | undefined {
    return this.#instance.view.credential(row.credential)?.account;
  }

  /** False when the account has no such session. */
  async end(account: AccountId, id: string): Promise<boolean> {
    const row = this.#rows.get(id);
    if (row === undefined || this.#accountOf(row) !== account) return false;
    await this.#remove(row);
    return true;
  }

  /** Keys of the account changed: sessions of credentials that stayed go on with the new ones, the others end. */
  forget(account: AccountId): void {
    for (const [digest, { session }] of this.#live)
      if (session.unlocked.account.id === account) this.#live.delete(digest);
  }

  /** Rows whose time is over, or whose credential is gone. */
  async tidy(): Promise<void> {
    const nowMs = this.#nowMs;
    for (const row of [...this.#rows.values()]) {
      const credential = this.#instance.view.credential(row.credential);
      const isOver = nowMs - row.usedMs > (row.isKept ? keptIdleMs : idleMs);
      if (isOver || credential === undefined || credential.revokedMs !== undefined) await this.#remove(row);
    }
    for (const [digest, { usedMs }] of this.#live) if (nowMs - usedMs > idleMs) this.#live.delete(digest);
  }

  async #endOldest(account: AccountId): Promise<void> {
    const all = this.list(account);
    for (const { id } of all.slice(maxPerAccount - 1)) await this.end(account, id);
  }

  async #save(row: Row): Promise<void> {
    this.#rows.set(row.id, row);
    await this.#instance.putSessionRow(fromHex(row.id), {
      credential: idBytes(row.credential),
      label: row.label,
      address: row.address,
      created: row.createdMs,
      used: row.usedMs,
      salt: row.salt,
      key: row.sealedKey,
      ...(row.isKept && { kept: true }),
    });
  }

  async #remove(row: Row): Promise<void> {
    this.#rows.delete(row.id);
    this.#provenMs.delete(row.id);
    for (const [digest, { session }] of this.#live) if (session.id === row.id) this.#live.delete(digest);
    await this.#instance.removeSessionRow(fromHex(row.id));
  }
}
