import { fromHex, toHex } from '../../base/bytes.ts';
import type { Clock, Randomness } from '../../base/clock.ts';
import { Fault } from '../../base/fault.ts';
import { type NodeId, parseNodeId, rootNode } from '../../base/ids.ts';
import type { Journal } from '../../store/journal/journal.ts';
import { lockRow, openEphemeral, sealEphemeral } from '../ephemeral.ts';
import type { VaultKeys } from '../vault-keys.ts';
import type { FilesView, NodeRow } from './files-view.ts';
import type { Lock } from './types.ts';

const maxLocks = 10_000;

/** RFC 4918 §6 and §7. Held by node; kept sealed in the journal's ephemeral rows, so that they survive a restart. */
export class Locks {
  readonly #keys: VaultKeys;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #random: Randomness;
  readonly #byToken = new Map<string, Lock>();

  constructor(keys: VaultKeys, journal: Journal, clock: Clock, random: Randomness) {
    this.#keys = keys;
    this.#journal = journal;
    this.#clock = clock;
    this.#random = random;
  }

  /** A row that does not open is left alone and locks nothing. */
  async load(): Promise<void> {
    for (const row of await this.#journal.ephemeral(this.#keys.vault, lockRow)) {
      const lock = this.#open(row.id, row.sealed, row.expiresMs);
      if (lock !== undefined) this.#byToken.set(lock.token, lock);
    }
    this.#live();
  }

  #open(id: Uint8Array, sealed: Uint8Array, expiresMs: number): Lock | undefined {
    const fields = openEphemeral(this.#keys, lockRow, id, sealed);
    const node = fields === undefined ? undefined : parseNodeId(fields.big('node'));
    if (fields === undefined || node === undefined) return undefined;
    return {
      token: tokenOf(id),
      node,
      path: fields.list('path').map(String),
      infinite: fields.value('infinite') === true,
      exclusive: fields.value('exclusive') === true,
      owner: fields.text('owner'),
      by: fields.text('by'),
      expiresMs,
    };
  }

  async put(lock: Lock): Promise<void> {
    const before = this.#byToken.get(lock.token);
    if (before === undefined && this.#byToken.size >= maxLocks)
      throw new Fault('unavailable', 'Too many locks are held. Nothing was changed; try again later.');
    const id = tokenBytes(lock.token);
    const value = {
      node: lock.node,
      path: [...lock.path],
      infinite: lock.infinite,
      exclusive: lock.exclusive,
      owner: lock.owner,
      by: lock.by,
    };
    const sealed = sealEphemeral(this.#keys, this.#random, lockRow, id, value);
    // Held from now on, so that nobody else takes it while it is made durable.
    this.#byToken.set(lock.token, lock);
    const row = { vault: this.#keys.vault, kind: lockRow, id, expiresMs: lock.expiresMs, sealed };
    try {
      await this.#journal.putEphemeral(row);
    } catch (error) {
      if (before === undefined) this.#byToken.delete(lock.token);
      else this.#byToken.set(lock.token, before);
      throw error;
    }
  }

  async remove(token: string): Promise<void> {
    this.#byToken.delete(token);
    await this.#journal.removeEphemeral(this.#keys.vault, lockRow, tokenBytes(token));
  }

  newToken(): string {
    return tokenOf(this.#random.bytes(16));
  }

  get(token: string): Lock | undefined {
    const lock = this.#byToken.get(token);
    return lock !== undefined && lock.expiresMs > this.#clock.nowMs() ? lock : undefined;
  }

  #live(): Lock[] {
    if (this.#byToken.size === 0) return [];
    const now = this.#clock.nowMs();
    for (const lock of [...this.#byToken.values()]) {
      // A row that stays because this fails locks nothing, and goes when the vault is opened again.
      if (lock.expiresMs <= now) this.remove(lock.token).catch(() => undefined);
    }
    return [...this.#byToken.values()];
  }

  /** Locks on the node itself, and infinite ones above it. */
  covering(view: FilesView, row: NodeRow): Lock[] {
    const locks = this.#live();
    if (locks.length === 0) return [];
    const above = ancestors(view, row);
    return locks.filter((lock) => lock.node === row.id || (lock.infinite && above.has(lock.node)));
  }

  /** Their own locks of those children that have any. */
  onChildren(view: FilesView, folder: NodeRow): ReadonlyMap<NodeId, readonly Lock[]> {
    return Map.groupBy(
      this.#live().filter((lock) => view.node(lock.node)?.parent === folder.id),
      (lock) => lock.node,
    );
  }

  /** Locks on a node, here or not, and on anything below it. */
  withinNode(view: FilesView, id: NodeId): Lock[] {
    const row = view.node(id);
    if (row === undefined) return [];
    return [...this.#live().filter((lock) => lock.node === id), ...this.below(view, row)];
  }

  /** Locks on anything below a folder. */
  below(view: FilesView, row: NodeRow): Lock[] {
    return this.#live().filter((lock) => {
      const node = lock.node === row.id ? undefined : view.node(lock.node);
      return node !== undefined && ancestors(view, node).has(row.id);
    });
  }
}

function ancestors(view: FilesView, row: NodeRow): Set<NodeId> {
  const above = new Set<NodeId>();
  for (let at: NodeRow | undefined = row; at !== undefined && at.id !== rootNode; at = view.node(at.parent))
    above.add(at.parent);
  return above;
}

/** RFC 4918 §6.5: a token is a URI; `urn:uuid:` of 16 random bytes. */
function tokenOf(bytes: Uint8Array): string {
  const hex = toHex(bytes);
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function tokenBytes(token: string): Uint8Array {
  return fromHex(token.slice('urn:uuid:'.length).replaceAll('-', ''));
}
