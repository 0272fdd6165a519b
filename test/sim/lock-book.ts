import type { NodeId } from '#base/ids.ts';
import type { Lock } from '#vault/files/types.ts';
import type { Sent } from './requests.ts';
import type { Tree, TreeNode } from './tree.ts';

interface Held {
  readonly token: string;
  readonly node: NodeId;
  readonly by: string;
  readonly infinite: boolean;
  readonly exclusive: boolean;
  expiresMs: number;
  /** Step at which its owner was told. */
  readonly since: number;
  /** From this step on it may have been given up. */
  doubtfulFrom: number;
  /** From this step on it is certainly gone. */
  goneFrom: number;
}

/** What the clients of one vault were told of locks. Those kept for certain must hold; what may be held may stand in the way. */
export class LockBook {
  readonly #held: Held[] = [];
  /** Requests for a lock whose answer never came: there may be such a lock. */
  #unknown = 0;

  told(lock: Lock, step: number): void {
    const known = this.#held.find((each) => each.token === lock.token);
    if (known !== undefined) {
      known.expiresMs = Math.min(known.expiresMs, lock.expiresMs);
      return;
    }
    const { token, node, by, infinite, exclusive, expiresMs } = lock;
    this.#held.push({
      token,
      node,
      by,
      infinite,
      exclusive,
      expiresMs,
      since: step,
      doubtfulFrom: Infinity,
      goneFrom: Infinity,
    });
  }

  noteUnknown(): void {
    this.#unknown += 1;
  }

  /** A request with this token may give the lock up, or shorten it. */
  doubt(tokens: readonly string[], step: number): void {
    for (const held of this.#held)
      if (tokens.includes(held.token)) held.doubtfulFrom = Math.min(held.doubtfulFrom, step);
  }

  doubtAll(step: number): void {
    for (const held of this.#held) held.doubtfulFrom = Math.min(held.doubtfulFrom, step);
  }

  gone(token: string, step: number): void {
    for (const held of this.#held) if (held.token === token) held.goneFrom = Math.min(held.goneFrom, step);
  }

  /** Whether anything may have been locked while a request was under way. */
  maybeLocked(sent: Sent, clockAtSent: number): boolean {
    return (
      this.#unknown > 0 ||
      this.#held.some((held) => held.goneFrom > sent.sentStep && held.expiresMs >= clockAtSent - maxClockJumpBackMs)
    );
  }

  /** The lock that a change broke: one that was held by somebody else all the time the request was under way. */
  brokenBy(sent: Sent, before: Tree, after: Tree): string | undefined {
    const changed = [...after.nodes.values()].filter((node) => before.node(node.id) !== node);
    for (const held of this.#held) {
      if (!held.exclusive || !this.#isCertain(held, sent)) continue;
      if (held.by === sent.by && (sent.command.conditions.tokens ?? []).includes(held.token)) continue;
      const touched = changed.find((node) => touches(held, node, before, after));
      if (touched !== undefined)
        return `a change of "${touched.name}" went past the lock ${held.token} on ${held.node.toString(16)}`;
    }
    return undefined;
  }

  #isCertain(held: Held, sent: Sent): boolean {
    return (
      held.since < sent.sentStep &&
      sent.doneStep !== undefined &&
      sent.doneStep < held.doubtfulFrom &&
      sent.latestMs < held.expiresMs
    );
  }
}

const maxClockJumpBackMs: number = 3 * 60 * 60_000;

function touches(held: Held, node: TreeNode, before: Tree, after: Tree): boolean {
  if (node.id === held.node) return true;
  const old = before.node(node.id);
  const hasMoved =
    old !== undefined && (old.parent !== node.parent || old.name !== node.name || old.state !== node.state);
  // Something above it was moved or trashed, and took it along.
  if (hasMoved && before.isAtOrBelow(held.node, node.id)) return true;
  const isMember = (tree: Tree): boolean =>
    tree.node(node.id)?.parent === held.node && tree.node(node.id)?.state === 'here';
  if (isMember(before) !== isMember(after)) return true;
  const isBelow = (tree: Tree): boolean => tree.isReachable(node.id) && tree.isAtOrBelow(node.id, held.node);
  return held.infinite && ((old !== undefined && isBelow(before)) || isBelow(after));
}
