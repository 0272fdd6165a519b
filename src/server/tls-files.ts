import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import {
  certificateEndsMs,
  fingerprintOf,
  type HostName,
  isFor,
  type KeyAndCertificate,
  makeLeaf,
  makeRoot,
} from '../crypto/own-authority.ts';
import { realClock } from './real-world.ts';

/** Certificates of this machine, beside the data folder: they are made again, and are no part of what is kept. */
export function tlsFolder(dataFolder: string): string {
  return `${dataFolder}.tls`;
}

export const certificateName = 'certificate.pem';
export const keyName = 'key.pem';
const rootName = 'root.pem';
const rootKeyName = 'root-key.pem';

const labels = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/;

/** Undefined for what is no name of a host, or one that no certificate is made for. */
export function parseHost(text: string): HostName | undefined {
  if (isIPv4(text)) return { kind: 'ip', text };
  const name = text.toLowerCase();
  return labels.test(name) ? { kind: 'dns', text: name } : undefined;
}

export interface OwnCertificate {
  readonly folder: string;
  readonly fingerprint: string;
  readonly endsMs: number;
  /** False when the devices that trust the root go on to do so. */
  readonly isNewRoot: boolean;
}

/** A new certificate for the server, from the root of this name when there is one. @throws Fault `io`. */
export async function makeOwnCertificate(dataFolder: string, host: HostName): Promise<OwnCertificate> {
  const folder = tlsFolder(dataFolder);
  const nowMs = realClock.nowMs();
  const known = await knownRoot(folder, host);
  const root = known ?? (await makeRoot(host, nowMs));
  const leaf = await makeLeaf(root, host, nowMs);
  if (known === undefined) {
    await put(folder, rootKeyName, root.keyPem);
    await put(folder, rootName, root.certificatePem);
  }
  await putCertificate(dataFolder, leaf);
  return {
    folder,
    fingerprint: fingerprintOf(root.certificatePem),
    endsMs: certificateEndsMs(leaf.certificatePem),
    isNewRoot: known === undefined,
  };
}

/** A root vouches for one name only: for another one a new root is made. */
async function knownRoot(folder: string, host: HostName): Promise<KeyAndCertificate | undefined> {
  const [certificatePem, keyPem, leaf] = await Promise.all(
    [rootName, rootKeyName, certificateName].map((name) => readOrNothing(join(folder, name))),
  );
  if (certificatePem === undefined || keyPem === undefined || leaf === undefined) return undefined;
  return isFor(leaf, host) ? { certificatePem, keyPem } : undefined;
}

/** The key first: a certificate that stands there always has its key. */
export async function putCertificate(
  dataFolder: string,
  { certificatePem, keyPem }: KeyAndCertificate,
): Promise<string> {
  const folder = tlsFolder(dataFolder);
  await put(folder, keyName, keyPem);
  await put(folder, certificateName, certificatePem);
  return folder;
}

async function put(folder: string, name: string, text: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, name);
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await chmod(`${path}.new`, 0o600);
    await rename(`${path}.new`, path);
  } catch (cause) {
    throw new Fault('io', `${folder}/${name} cannot be written. The certificate before stays in use.`, { cause });
  }
}

/** The certificate of our own authority, when there is one. */
export function ownRoot(dataFolder: string): string | undefined {
  const path = join(tlsFolder(dataFolder), rootName);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

export async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Fault('io', `${path} cannot be read.`, { cause });
  }
}
