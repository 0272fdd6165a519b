import type { Caller } from '#vault/files/commands.ts';
import type { LockRequest, LockResult } from '#vault/files/port.ts';
import type { Answer } from '../../content/answer.ts';
import { readXml } from '../body.ts';
import { callerOf } from '../caller.ts';
import type { Exchange } from '../exchange.ts';
import { depthOf, lockTimeoutMs, lockTokenOf } from '../headers.ts';
import { lockDiscovery } from '../lock-xml.ts';
import { DavProblem, xmlDeclaration, xmlType } from '../problem.ts';
import { refusalProblem } from '../refusals.ts';
import { davChild, isDav, type XmlElement } from '../xml-element.ts';
import { BoundedText, writeContent } from '../xml-write.ts';

const maxOwnerLength: number = 16 * 1024;

/** RFC 4918 §9.10. */
export async function lock(exchange: Exchange): Promise<Answer> {
  const depth = depthOf(exchange) ?? 'infinity';
  // RFC 4918 §9.10.3.
  if (depth === 1) throw new DavProblem(400, 'A lock has depth 0 or infinity. Nothing was locked.');
  const root = await readXml(exchange);
  const caller = await callerOf(exchange);
  const timeoutMs = lockTimeoutMs(exchange);
  const result =
    root === undefined
      ? await refresh(exchange, caller, timeoutMs)
      : await exchange.files.lock(caller, exchange.path, lockRequest(root, depth === 'infinity', timeoutMs));
  if (result.kind === 'refused') throw refusalProblem(result, exchange);
  const { node } = result;
  const discovery = lockDiscovery([result.lock], node, exchange.mount, exchange.clock.nowMs());
  return {
    // RFC 4918 §9.10.4: a lock on an address where nothing was makes an empty file there.
    status: result.created ? 201 : 200,
    // RFC 4918 §9.10.1: the token of a new lock; a refresh has none to tell.
    headers: { 'content-type': xmlType, ...(root !== undefined && { 'lock-token': `<${result.lock.token}>` }) },
    body: `${xmlDeclaration}<d:prop xmlns:d="DAV:">${discovery}</d:prop>`,
    node: node.id,
  };
}

/** RFC 4918 §9.10.2. */
async function refresh(exchange: Exchange, caller: Caller, timeoutMs: number): Promise<LockResult> {
  if ((caller.conditions.tokens ?? []).length === 0) {
    throw new DavProblem(
      400,
      'A LOCK without a body refreshes the lock whose token stands in the If header; there is none. Nothing was locked.',
    );
  }
  return exchange.files.refreshLock(caller, exchange.path, timeoutMs);
}

/** RFC 4918 §14.11. */
function lockRequest(root: XmlElement, infinite: boolean, timeoutMs: number): LockRequest {
  if (!isDav(root, 'lockinfo')) throw wrong('its root is not DAV:lockinfo');
  const scope = davChild(root, 'lockscope');
  const type = davChild(root, 'locktype');
  const exclusive = scope !== undefined && davChild(scope, 'exclusive') !== undefined;
  const shared = scope !== undefined && davChild(scope, 'shared') !== undefined;
  if (exclusive === shared) throw wrong('its scope is neither exclusive nor shared');
  if (type === undefined || davChild(type, 'write') === undefined) throw wrong('only write locks are known');
  const owner = davChild(root, 'owner');
  return { infinite, exclusive, timeoutMs, owner: owner === undefined ? '' : ownerText(owner) };
}

function ownerText(owner: XmlElement): string {
  const out = new BoundedText(
    maxOwnerLength,
    () => new DavProblem(413, 'The owner of the lock is described at too great length. Nothing was locked.'),
  );
  writeContent(owner, out);
  return out.take();
}

function wrong(why: string): DavProblem {
  return new DavProblem(400, `The LOCK request cannot be used: ${why}. Nothing was locked.`);
}

/** RFC 4918 §9.11. */
export async function unlock(exchange: Exchange): Promise<Answer> {
  const token = lockTokenOf(exchange);
  const result = await exchange.files.unlock(await callerOf(exchange), exchange.path, token);
  if (result === 'unlocked') return { status: 204, headers: {} };
  // RFC 4918 §9.11.1: the lock is there, but somebody else's.
  if (result.why === 'locked')
    throw new DavProblem(403, 'This lock was taken by another program; only that one may give it back.');
  throw refusalProblem(result, exchange);
}
