import type { CredentialId, VaultId } from '../../base/ids.ts';
import { checkName } from '../../format/file-operations.ts';
import type { FilesView, NodeRow } from './files-view.ts';
import type { Locks } from './locks.ts';
import { describe, resolve } from './queries.ts';
import type { Conditions, IfList, Lock, Path, Refused } from './types.ts';

/** What every command looks at before it decides. */
export interface Guarding {
  readonly vault: VaultId;
  readonly view: FilesView;
  readonly locks: Locks;
}

export function refused(why: Refused['why'], path?: Path): Refused {
  return path === undefined ? { kind: 'refused', why } : { kind: 'refused', why, path };
}

/** The folder that a new name goes into. */
export function parentFor(view: FilesView, path: Path): { readonly parent: NodeRow; readonly name: string } | Refused {
  const name = path.at(-1);
  if (name === undefined) return refused('is-root');
  if (checkName(name) !== 'ok') return refused('bad-name');
  const parent = resolve(view, path.slice(0, -1));
  // RFC 4918 §9.3.1, §9.7.1: a missing or wrong intermediate collection is a conflict.
  if (parent === undefined || !parent.isFolder) return refused('no-parent');
  return { parent, name };
}

/** RFC 9110 §13.2.2: If-Match before If-None-Match; RFC 4918 §10.4 for If. Undefined when all hold. */
export function checkConditions(
  guarding: Guarding,
  path: Path,
  row: NodeRow | undefined,
  conditions: Conditions,
): Refused | undefined {
  const etag = row === undefined ? undefined : describe(guarding.vault, guarding.view, row).etag;
  const { ifMatch, ifNoneMatch, ifLists } = conditions;
  if (ifMatch !== undefined && (etag === undefined || (ifMatch !== '*' && !ifMatch.includes(etag))))
    return refused('precondition-failed');
  if (ifNoneMatch !== undefined && etag !== undefined && (ifNoneMatch === '*' || ifNoneMatch.includes(etag))) {
    return refused('precondition-failed');
  }
  if (ifLists !== undefined && ifLists.length > 0 && !ifLists.some((list) => listHolds(guarding, path, list))) {
    return refused('precondition-failed');
  }
  return undefined;
}

function listHolds(guarding: Guarding, requestPath: Path, list: IfList): boolean {
  const row = nearest(guarding.view, list.path ?? requestPath);
  const exact = resolve(guarding.view, list.path ?? requestPath);
  const etag = exact === undefined ? undefined : describe(guarding.vault, guarding.view, exact).etag;
  const held = row === undefined ? [] : guarding.locks.covering(guarding.view, row).map((lock) => lock.token);
  return list.conditions.every((condition) => {
    const matches = condition.token === undefined ? condition.etag === etag : held.includes(condition.token);
    return matches !== condition.not;
  });
}

/** RFC 4918 §10.4.4: an unmapped URL is covered by an infinite lock of the folders above it. */
function nearest(view: FilesView, path: Path): NodeRow | undefined {
  for (let length = path.length; length >= 0; length -= 1) {
    const row = resolve(view, path.slice(0, length));
    if (row !== undefined) return row;
  }
  return undefined;
}

function submitted(lock: Lock, conditions: Conditions, by: CredentialId | undefined): boolean {
  return lock.by === (by ?? '') && (conditions.tokens ?? []).includes(lock.token);
}

/** RFC 4918 §7: changing a node wants the token of every lock that covers it. Of shared locks one is enough. */
export function lockedAgainst(
  guarding: Guarding,
  row: NodeRow,
  conditions: Conditions,
  by: CredentialId | undefined,
): boolean {
  return needsToken(guarding.locks.covering(guarding.view, row), conditions, by);
}

/** RFC 4918 §7.4: adding or removing a member wants the token of a lock on the folder itself, whatever its depth. */
export function membersLocked(
  guarding: Guarding,
  parent: NodeRow,
  conditions: Conditions,
  by: CredentialId | undefined,
): boolean {
  return lockedAgainst(guarding, parent, conditions, by);
}

/** RFC 4918 §9.6: a folder goes only when nothing below it is locked against the caller. */
export function treeLocked(
  guarding: Guarding,
  row: NodeRow,
  conditions: Conditions,
  by: CredentialId | undefined,
): boolean {
  if (lockedAgainst(guarding, row, conditions, by)) return true;
  return guarding.locks.below(guarding.view, row).some((lock) => !submitted(lock, conditions, by));
}

function needsToken(locks: readonly Lock[], conditions: Conditions, by: CredentialId | undefined): boolean {
  return locks.length > 0 && !locks.some((lock) => submitted(lock, conditions, by));
}
