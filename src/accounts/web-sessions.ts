import { concat, fromHex, toHex } from '../base/bytes.ts';
import { type AccountId, type CredentialId, credentialIdOf, idBytes } from '../base/ids.ts';
import { hmacSha256 } from '../crypto/primitives.ts';
import { openSession, type SessionHalves, sealSession, sessionId, sessionKeyId } from '../crypto/seals.ts';
import { sessionRow } from '../vault/ephemeral.ts';
import type { Instance, MisplacedRow } from './instance.ts';
import { type Unlocked, unlockWithCredentialKey } from './proofs.ts';

/** How long a session that nobody uses can still be taken up; the longer one is for a device that its owner keeps. */
const idleMs: number = 12 * 3600_000;
const keptIdleMs: number = 30 * 24 * 3600_000;
/** An opened session holds keys: so long after its last request it has to be opened with both halves again. */
const liveMs: number = 15 * 60_000;
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

/**
 * Something brought two people's sessions together, or tried to. Nothing was opened or shown.
 * `mixed-halves`: a cookie came with a key that is not of its session, as when a proxy gives a cookie to another browser.
 * `moved-row`: a stored row is not where it was written.
 */
export interface SessionIncident {
  readonly kind: 'mixed-halves' | 'moved-row';
  /** Whose sessions they were; none when nobody can know. */
  readonly accounts: readonly AccountId[];
  readonly address: string;
}

interface Row extends SessionInfo {
  /** Of the application's half; undefined in rows from before it was noted. */
  readonly keyId: string | undefined;
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
  readonly #alarm: (incident: SessionIncident) => void;
  /** Rows that mean nothing where they are; the next tidying removes them. */
  #misplaced: readonly Uint8Array[] = [];

  private constructor(instance: Instance, alarm: (incident: SessionIncident) => void) {
    this.#instance = instance;
    this.#alarm = alarm;
    this.#digestKey = instance.parts.random.bytes(32);
  }

  /** With the sessions that an earlier run of the program left. */
  static async open(instance: Instance, alarm: (incident: SessionIncident) => void): Promise<WebSessions> {
    const sessions = new WebSessions(instance, alarm);
    const { rows, misplaced } = await instance.sessionRows();
    sessions.#noteMisplaced(misplaced);
    for (const { id, fields } of rows) {
      const row: Row = {
        id: toHex(id),
        credential: credentialIdOf(fields.bytes('credential', 16)),
        label: fields.text('label'),
        address: fields.text('address'),
        createdMs: fields.count('created'),
        usedMs: fields.count('used'),
        keyId: fields.has('key-id') ? toHex(fields.bytes('key-id', 16)) : undefined,
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
      keyId: toHex(sessionKeyId(halves.key)),
      salt,
      sealedKey: sealSession(halves, salt, unlocked.credential.id, unlocked.key),
      isKept: about.isKept,
    };
    await this.#endOldest(unlocked.account.id);
    await this.#save(row);
    this.#provenMs.set(row.id, nowMs);
    return { halves, session: { id: row.id, unlocked, provenMs: nowMs } };
  }

  #noteMisplaced(misplaced: readonly MisplacedRow[]): void {
    this.#misplaced = misplaced.map(({ id }) => id);
    const accounts = misplaced.flatMap(({ fields }) => {
      const credential = fields === undefined ? undefined : credentialIdOf(fields.bytes('credential', 16));
      return (credential === undefined ? undefined : this.#instance.view.credential(credential)?.account) ?? [];
    });
    if (misplaced.length > 0)
      this.#alarm({ kind: 'moved-row', accounts: [...new Set(accounts)], address: 'the data folder' });
  }

  /**
   * Undefined unless both halves are those of one session whose credential is still good.
   * @param address for the alarm when they are not of one.
   */
  resume(halves: SessionHalves, address: string): WebSession | undefined {
    if (halves.cookie.length !== halfBytes || halves.key.length !== halfBytes) return undefined;
    const id = toHex(sessionId(halves.cookie));
    const row = this.#rows.get(id);
    const nowMs = this.#nowMs;
    if (row === undefined || nowMs - row.usedMs > (row.isKept ? keptIdleMs : idleMs)) return undefined;
    const digest = toHex(hmacSha256(this.#digestKey, concat(halves.cookie, halves.key)));
    const known = this.#live.get(digest);
    const session = known?.session ?? this.#unseal(row, halves, address);
    if (session === undefined) return undefined;
    this.#keepLive(digest, session, nowMs);
    if (nowMs - row.usedMs >= noteEveryMs) {
      // Not worth failing a request for; the next one tries again.
      this.#save({ ...row, usedMs: nowMs }).catch(() => undefined);
    }
    return { ...session, provenMs: this.#provenMs.get(id) ?? 0 };
  }

  /** Whether this is the cookie's half of that session, and the session still stands. It opens nothing. */
  isCookieOf(cookie: Uint8Array, id: string): boolean {
    const row = this.#rows.get(id);
    if (row === undefined || cookie.length !== halfBytes || toHex(sessionId(cookie)) !== id) return false;
    const credential = this.#instance.view.credential(row.credential);
    const isOver = this.#nowMs - row.usedMs > (row.isKept ? keptIdleMs : idleMs);
    return !isOver && credential !== undefined && credential.revokedMs === undefined;
  }

  #unseal(row: Row, halves: SessionHalves, address: string): WebSession | undefined {
    const key = openSession(halves, row.salt, row.credential, row.sealedKey);
    if (key === undefined) {
      this.#noteMixed(row, halves, address);
      return undefined;
    }
    const unlocked = unlockWithCredentialKey(this.#instance, row.credential, key);
    return unlocked === undefined ? undefined : { id: row.id, unlocked, provenMs: 0 };
  }

  /** Two sessions of one person may be mixed up by their own tabs. */
  #noteMixed(row: Row, { key }: SessionHalves, address: string): void {
    const keyId = toHex(sessionKeyId(key));
    const other = [...this.#rows.values()].find((each) => each.keyId === keyId);
    const accounts = [row, other].flatMap((each) => (each === undefined ? [] : (this.#accountOf(each) ?? [])));
    if (accounts.length === 2 && accounts[0] === accounts[1]) return;
    this.#alarm({ kind: 'mixed-halves', accounts, address });
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
    for (const [digest, { usedMs }] of this.#live) if (nowMs - usedMs > liveMs) this.#live.delete(digest);
    for (const id of this.#misplaced) if (!this.#rows.has(toHex(id))) await this.#instance.removeRow(sessionRow, id);
    this.#misplaced = [];
  }

  /** How many are opened at the moment. */
  get opened(): number {
    return this.#live.size;
  }

  async #endOldest(account: AccountId): Promise<void> {
    const all = this.list(account);
    for (const { id } of all.slice(maxPerAccount - 1)) await this.end(account, id);
  }

  async #save(row: Row): Promise<void> {
    this.#rows.set(row.id, row);
    await this.#instance.putRow(sessionRow, fromHex(row.id), {
      credential: idBytes(row.credential),
      label: row.label,
      address: row.address,
      created: row.createdMs,
      used: row.usedMs,
      ...(row.keyId !== undefined && { 'key-id': fromHex(row.keyId) }),
      salt: row.salt,
      key: row.sealedKey,
      ...(row.isKept && { kept: true }),
    });
  }

  async #remove(row: Row): Promise<void> {
    this.#rows.delete(row.id);
    this.#provenMs.delete(row.id);
    for (const [digest, { session }] of this.#live) if (session.id === row.id) this.#live.delete(digest);
    await this.#instance.removeRow(sessionRow, fromHex(row.id));
  }
}
