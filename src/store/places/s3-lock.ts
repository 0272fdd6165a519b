import { utf8 } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';
import type { S3Answer, S3Client } from './s3-client.ts';
import { md5 } from './s3-md5.ts';
import { parseS3Xml, textOf } from './s3-xml.ts';

/** COMPLIANCE: nobody, not even the owner of the account, can remove before the time; GOVERNANCE: who has a special right. */
export type LockMode = 'COMPLIANCE' | 'GOVERNANCE';

export interface LockSettings {
  readonly mode: LockMode;
  /** From each put on. */
  readonly retentionMs: number;
}

const notOffered: ReadonlySet<string> = new Set(['ObjectLockConfigurationNotFoundError', 'NotImplemented']);

export async function isLockOffered(client: S3Client): Promise<boolean> {
  const answer = await client.ask({ method: 'GET', query: { 'object-lock': '' } });
  if (answer.status === 501 || notOffered.has(answer.code)) return false;
  if (answer.status !== 200) throw client.refused('say whether it has object lock', answer);
  return textOf(parseS3Xml(answer.body, 'ObjectLockConfiguration'), 'ObjectLockEnabled') === 'Enabled';
}

export function lockHeaders(mode: LockMode, untilMs: number): Record<string, string> {
  return { 'x-amz-object-lock-mode': mode, 'x-amz-object-lock-retain-until-date': dateOf(untilMs) };
}

/** Until when the answer to HEAD or GET says that the version is kept. */
export function keptUntil({ headers }: S3Answer): number | null {
  const untilMs = Date.parse(headers.get('x-amz-object-lock-retain-until-date') ?? '');
  return Number.isNaN(untilMs) ? null : untilMs;
}

/** False when there is no such object. */
export async function extendLock(client: S3Client, name: string, mode: LockMode, untilMs: number): Promise<boolean> {
  const found = await client.ask({ method: 'HEAD', name });
  if (found.status === 404) return false;
  if (found.status !== 200) throw client.refused('look at an object', found);
  // A lock is never shortened; COMPLIANCE would refuse it.
  if ((keptUntil(found) ?? 0) >= untilMs) return true;
  const versionId = found.headers.get('x-amz-version-id');
  const body = utf8(
    `<Retention xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Mode>${mode}</Mode>` +
      `<RetainUntilDate>${dateOf(untilMs)}</RetainUntilDate></Retention>`,
  );
  const answer = await client.ask({
    method: 'PUT',
    name,
    query: { retention: '', ...(versionId === null ? {} : { versionId }) },
    headers: { 'content-md5': md5(body).toBase64() },
    body,
  });
  if (answer.status === 200) return true;
  throw client.refused('keep an object for longer', answer);
}

/**
 * - `enforced`: an unlocked object could be deleted, a locked one not.
 * - `not-enforced`: the bucket said yes to a lock, and then to the deletion.
 * - `cannot-tell`: these credentials may not delete at all, which is as it should be for the server; the reaper's can tell.
 */
export type LockCheck = 'enforced' | 'not-enforced' | 'not-offered' | 'cannot-tell';

/** Not a name of a copy (docs/format.md §13). */
const probeName = 'probe/lock';
/** Long enough for the deletion to be tried while it lasts; afterwards the next check clears the rest away. */
const probeRetentionMs = 120_000;
const probeBytes: Uint8Array = utf8('made to try whether a locked object can be deleted');

/** Tries on objects of its own what an attacker would try. */
export async function checkLock(client: S3Client, mode: LockMode, nowMs: number): Promise<LockCheck> {
  if (!(await isLockOffered(client))) return 'not-offered';
  if (await deletedAtOnce(client, lockHeaders(mode, nowMs + probeRetentionMs))) return 'not-enforced';
  return (await deletedAtOnce(client, {})) ? 'enforced' : 'cannot-tell';
}

async function deletedAtOnce(client: S3Client, headers: Readonly<Record<string, string>>): Promise<boolean> {
  const put = await client.ask({
    method: 'PUT',
    name: probeName,
    body: probeBytes,
    headers: { 'content-md5': md5(probeBytes).toBase64(), ...headers },
  });
  if (put.status !== 200) throw client.refused('take a probe for its object lock', put);
  const versionId = put.headers.get('x-amz-version-id');
  if (versionId === null)
    throw new Fault('io', `${client.address.text} has object lock and no versions. Do not rely on it.`);
  const deletion = await client.ask({ method: 'DELETE', name: probeName, query: { versionId } });
  return deletion.status >= 200 && deletion.status < 300;
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString();
}
