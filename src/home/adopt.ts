import type { Clock } from '#base/clock.ts';
import { isFault } from '#base/fault.ts';
import { compareRights, routerUser, setupScript } from './openwrt/access.ts';
import type { Endpoint, Pinned } from './openwrt/pinned-request.ts';
import { readIdentity } from './openwrt/status.ts';
import { login, ubusCall } from './openwrt/ubus.ts';
import type { AdoptedRouter, RouterRecord } from './routers.ts';

export type Adoption =
  | { readonly kind: 'adopted'; readonly router: AdoptedRouter }
  /** The owner has to run this on the router; then again. */
  | { readonly kind: 'needs-setup'; readonly script: string; readonly certificate: string | undefined }
  | { readonly kind: 'other-certificate'; readonly seen: string }
  /** Adopted before, and another one now. */
  | { readonly kind: 'other-device'; readonly board: string; readonly macAddress: string }
  | { readonly kind: 'wrong-rights'; readonly beyond: readonly string[]; readonly missing: readonly string[] };

/** Whether something that speaks ubus answers there. Sends no password. */
export async function isUbus(endpoint: Endpoint): Promise<boolean> {
  try {
    await ubusCall({ endpoint, fingerprint: undefined }, undefined, 'session', 'access', {});
    return true;
  } catch (error) {
    if (isFault(error, 'unavailable')) return false;
    throw error;
  }
}

/**
 * Makes a router ours: the first one that answers is remembered, unless its owner named the certificate.
 * @param fingerprint the beginning of the certificate's, when the owner read it on the router.
 * @throws Fault `unavailable`.
 */
export async function adopt(record: RouterRecord, fingerprint: string | undefined, clock: Clock): Promise<Adoption> {
  const { scheme, address, port } = record;
  const endpoint = { scheme, address, port };
  const certificate = scheme === 'https' ? await certificateOf(endpoint) : undefined;
  if (fingerprint !== undefined && certificate?.startsWith(fingerprint) !== true)
    return { kind: 'other-certificate', seen: certificate ?? 'none' };
  // One that was adopted before is still the same one, or the password goes nowhere: only `forget` ends that.
  const known = record.pinned;
  if (known !== undefined && known.certificate !== null && known.certificate !== certificate)
    return { kind: 'other-certificate', seen: certificate ?? 'none' };
  // From here on only that one: the password goes to no other.
  const pinned: Pinned = { endpoint, fingerprint: certificate };
  const made = await login(pinned, routerUser, record.password, 300);
  if (made === undefined) return { kind: 'needs-setup', script: setupScript(record.password), certificate };
  const { beyond, missing } = compareRights(made.rights);
  if (beyond.length > 0 || missing.length > 0) return { kind: 'wrong-rights', beyond, missing };
  const { board, macAddress } = await readIdentity(pinned, made.session);
  if (known !== undefined && (known.board !== board || known.macAddress !== macAddress))
    return { kind: 'other-device', board, macAddress };
  const adoptedAt = new Date(clock.nowMs()).toISOString();
  return {
    kind: 'adopted',
    router: { ...record, pinned: { certificate: certificate ?? null, board, macAddress, adoptedAt } },
  };
}

async function certificateOf(endpoint: Endpoint): Promise<string | undefined> {
  let seen: string | undefined;
  const sees = (fingerprint: string): void => {
    seen = fingerprint;
  };
  await ubusCall({ endpoint, fingerprint: undefined, sees }, undefined, 'session', 'access', {});
  return seen;
}
