import type { Lock, NodeInfo } from '#vault/files/types.ts';
import { hrefOf, type Mount } from './paths.ts';

/** RFC 4918 §15.10. */
export const supportedLock: string = `<d:supportedlock>${['exclusive', 'shared'].map((scope) => `<d:lockentry><d:lockscope><d:${scope}/></d:lockscope><d:locktype><d:write/></d:locktype></d:lockentry>`).join('')}</d:supportedlock>`;

/** RFC 4918 §15.8. A lock that is seen from below stands on a folder. */
export function lockDiscovery(locks: readonly Lock[], at: NodeInfo, mount: Mount, nowMs: number): string {
  if (locks.length === 0) return '<d:lockdiscovery/>';
  return `<d:lockdiscovery>${locks.map((lock) => activeLock(lock, lock.node !== at.id || at.isFolder, mount, nowMs)).join('')}</d:lockdiscovery>`;
}

/** RFC 4918 §14.1. */
function activeLock(lock: Lock, isFolder: boolean, mount: Mount, nowMs: number): string {
  const seconds = Math.max(0, Math.ceil((lock.expiresMs - nowMs) / 1000));
  return [
    '<d:activelock><d:locktype><d:write/></d:locktype>',
    `<d:lockscope><d:${lock.exclusive ? 'exclusive' : 'shared'}/></d:lockscope>`,
    `<d:depth>${lock.infinite ? 'infinity' : '0'}</d:depth>`,
    // Made from a parsed element when the lock was taken: it stands alone and is well-formed.
    lock.owner === '' ? '' : `<d:owner>${lock.owner}</d:owner>`,
    `<d:timeout>Second-${seconds}</d:timeout>`,
    `<d:locktoken><d:href>${lock.token}</d:href></d:locktoken>`,
    `<d:lockroot><d:href>${hrefOf(mount, lock.path, isFolder)}</d:href></d:lockroot>`,
    '</d:activelock>',
  ].join('');
}
