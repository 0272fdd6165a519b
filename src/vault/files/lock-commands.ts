import type { Clock } from '../../base/clock.ts';
import type { Caller } from './commands.ts';
import { checkConditions, type Guarding, refused } from './guards.ts';
import type { LockRequest, LockResult } from './port.ts';
import { describe, resolve } from './queries.ts';
import type { Lock, Path, Refused } from './types.ts';

/** Decides a lock; the caller makes it durable. RFC 4918 §6.2: exclusive locks stand alone, shared ones beside each other. */
export function lockPath(
  guarding: Guarding,
  clock: Clock,
  caller: Caller,
  path: Path,
  request: LockRequest,
): LockResult {
  const row = resolve(guarding.view, path);
  const problem = checkConditions(guarding, path, row, caller.conditions);
  if (problem !== undefined) return problem;
  if (row === undefined) return refused('no-such-path');
  const others = guarding.locks.covering(guarding.view, row);
  if (request.infinite) others.push(...guarding.locks.below(guarding.view, row));
  const against = others.find((lock) => lock.exclusive || request.exclusive);
  if (against !== undefined) return refused('locked', against.path);
  const lock: Lock = {
    token: guarding.locks.newToken(),
    node: row.id,
    path,
    infinite: request.infinite,
    exclusive: request.exclusive,
    owner: request.owner,
    by: caller.by ?? '',
    expiresMs: clock.nowMs() + request.timeoutMs,
  };
  return { kind: 'locked', lock, created: false, node: describe(guarding.vault, guarding.view, row) };
}

/** RFC 4918 §9.10.2: a LOCK without a body refreshes the lock whose token stands in the If header. */
export function refreshLock(
  guarding: Guarding,
  clock: Clock,
  caller: Caller,
  path: Path,
  timeoutMs: number,
): LockResult {
  const row = resolve(guarding.view, path);
  if (row === undefined) return refused('no-such-path');
  const tokens = caller.conditions.tokens ?? [];
  const lock = guarding.locks
    .covering(guarding.view, row)
    .find((each) => tokens.includes(each.token) && each.by === (caller.by ?? ''));
  if (lock === undefined) return refused('precondition-failed');
  const renewed = { ...lock, expiresMs: clock.nowMs() + timeoutMs };
  return { kind: 'locked', lock: renewed, created: false, node: describe(guarding.vault, guarding.view, row) };
}

/** RFC 4918 §9.11: the token must be of a lock that covers the path, and belong to the caller. */
export function unlockPath(guarding: Guarding, caller: Caller, path: Path, token: string): 'unlocked' | Refused {
  const row = resolve(guarding.view, path);
  if (row === undefined) return refused('no-such-path');
  const lock = guarding.locks.covering(guarding.view, row).find((each) => each.token === token);
  if (lock === undefined) return refused('no-such-lock');
  return lock.by === (caller.by ?? '') ? 'unlocked' : refused('locked');
}
