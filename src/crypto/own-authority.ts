import 'reflect-metadata';
import { randomFillSync, webcrypto, X509Certificate } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  X509Certificate as Certificate,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { concat, toHex, utf8 } from '../base/bytes.ts';

// Our own certificate authority: a root that can vouch for one name only, and a certificate of the server for that name.

cryptoProvider.set(webcrypto as Crypto);

const dayMs = 86_400_000;
const rootDays = 3650;
/** Devices of Apple take at most 825 days from an authority that was installed by hand. */
const leafDays = 800;
const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** RFC 5280 §4.2.1.10. */
const nameConstraintsOid = '2.5.29.30';

export interface KeyAndCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** A name of a host, or an IPv4 address. */
export interface HostName {
  readonly kind: 'dns' | 'ip';
  readonly text: string;
}

export async function makeRoot(host: HostName, nowMs: number): Promise<KeyAndCertificate> {
  const keys = await webcrypto.subtle.generateKey(signing, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=Coffre for ${host.text}`,
    serialNumber: serial(),
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + rootDays * dayMs),
    signingAlgorithm: signing,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      new Extension(nameConstraintsOid, true, permittedOnly(host)),
    ],
  });
  return { certificatePem: pem('CERTIFICATE', certificate.rawData), keyPem: await keyPem(keys.privateKey) };
}

/** What the server shows: the chain of its own certificate and the root. */
export async function makeLeaf(root: KeyAndCertificate, host: HostName, nowMs: number): Promise<KeyAndCertificate> {
  const issuer = new Certificate(root.certificatePem);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', derOf(root.keyPem), signing, false, ['sign']);
  const keys = await webcrypto.subtle.generateKey(signing, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    // No name of a host: some read the subject as one, and hold it to the constraints (RFC 6125 §6.4.4).
    subject: 'CN=Coffre server',
    issuer: issuer.subject,
    serialNumber: serial(),
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + leafDays * dayMs),
    signingAlgorithm: signing,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([{ type: host.kind, value: host.text }]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  const chain = `${pem('CERTIFICATE', certificate.rawData)}${root.certificatePem}`;
  return { certificatePem: chain, keyPem: await keyPem(keys.privateKey) };
}

/** What a person compares before a device is told to trust it: SHA-256, in pairs. @throws Error when it is none. */
export function fingerprintOf(certificatePem: string): string {
  return new X509Certificate(certificatePem).fingerprint256;
}

/** The first certificate of a file, as a device takes it. */
export function certificateDer(certificatePem: string): Uint8Array {
  return new X509Certificate(certificatePem).raw;
}

/** Whether a certificate is for this host. */
export function isFor(certificatePem: string, { kind, text }: HostName): boolean {
  const certificate = new X509Certificate(certificatePem);
  return (kind === 'dns' ? certificate.checkHost(text) : certificate.checkIP(text)) !== undefined;
}

export function certificateEndsMs(certificatePem: string): number {
  return Date.parse(new X509Certificate(certificatePem).validTo);
}

function serial(): string {
  const bytes = randomFillSync(new Uint8Array(16));
  // RFC 5280 §4.1.2.2: positive, and no leading zero byte.
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return toHex(bytes);
}

/**
 * NameConstraints: `permittedSubtrees` [0] with the one name. Of the kind of name that is not named nothing is permitted
 * either: an empty DNS name, or all of IPv4 and IPv6, stands in `excludedSubtrees` [1].
 */
function permittedOnly({ kind, text }: HostName): Uint8Array<ArrayBuffer> {
  const dns = (name: string): Uint8Array => der(0x82, utf8(name));
  const ip = (address: readonly number[]): Uint8Array => der(0x87, new Uint8Array([...address, 255, 255, 255, 255]));
  const [allIpv4, allIpv6] = [der(0x87, new Uint8Array(8)), der(0x87, new Uint8Array(32))];
  const permitted = kind === 'dns' ? dns(text) : ip(text.split('.').map(Number));
  const excluded = kind === 'dns' ? [allIpv4, allIpv6] : [dns(''), allIpv6];
  const subtrees = (tag: number, bases: readonly Uint8Array[]): Uint8Array =>
    der(tag, concat(...bases.map((base) => der(0x30, base))));
  return new Uint8Array(der(0x30, concat(subtrees(0xa0, [permitted]), subtrees(0xa1, excluded))));
}

/** DER of what is shorter than 64 KiB. */
function der(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return concat(new Uint8Array(head), content);
}

function pem(label: string, bytes: ArrayBuffer): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function derOf(text: string): Uint8Array<ArrayBuffer> {
  const base64 = text.replaceAll(/-----[^-]+-----|\s/g, '');
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return pem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', key));
}
