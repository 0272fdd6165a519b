// The server's side of AWS Signature Version 4, written from its documentation: an independent check of what we sign.
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const sha256Hex = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: Uint8Array | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const headerPattern =
  /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
const maxSkewMs = 15 * 60_000;

export interface SignatureWorld {
  readonly nowMs: number;
  readonly region: string;
  secretOf(accessKeyId: string): string | undefined;
}

export type Verdict = { readonly accessKeyId: string } | { readonly code: string };

export function checkSignature(request: IncomingMessage, body: Uint8Array, world: SignatureWorld): Verdict {
  const match = headerPattern.exec(request.headers.authorization ?? '');
  if (match === null) return { code: 'AccessDenied' };
  const [, accessKeyId = '', day = '', region = '', signedHeaders = '', signature] = match;
  const secret = world.secretOf(accessKeyId);
  if (secret === undefined) return { code: 'InvalidAccessKeyId' };
  if (region !== world.region) return { code: 'AuthorizationHeaderMalformed' };
  const stamp = String(request.headers['x-amz-date']);
  const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(world.nowMs - at) <= maxSkewMs) || !stamp.startsWith(day)) return { code: 'RequestTimeTooSkewed' };
  const names = signedHeaders.split(';');
  // Whoever leaves these out could have them changed on the way.
  const amz = Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'));
  if (!['host', ...amz].every((name) => names.includes(name))) return { code: 'AccessDenied' };
  const claimed = String(request.headers['x-amz-content-sha256']);
  const canonical = [
    request.method,
    ...pathAndQuery(request.url ?? ''),
    ...names.map((name) => `${name}:${String(request.headers[name]).trim().replace(/\s+/g, ' ')}`),
    '',
    signedHeaders,
    claimed,
  ].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256Hex(canonical)].join('\n');
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, day), region), 's3'), 'aws4_request');
  if (hmac(key, text).toString('hex') !== signature) return { code: 'SignatureDoesNotMatch' };
  return claimed === sha256Hex(body) ? { accessKeyId } : { code: 'XAmzContentSHA256Mismatch' };
}

function pathAndQuery(url: string): [string, string] {
  const [path = '', query = ''] = url.split('?');
  const canonicalPath = path
    .split('/')
    .map((part) => escaped(decodeURIComponent(part)))
    .join('/');
  const pairs = query
    .split('&')
    .filter(Boolean)
    .map((pair) => pair.split('=').map((part) => escaped(decodeURIComponent(part.replaceAll('+', ' ')))))
    .map(([name = '', value = '']) => `${name}=${value}`);
  return [canonicalPath, pairs.sort().join('&')];
}
