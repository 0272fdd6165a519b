import type { FastifyRequest } from 'fastify';
import type { SessionHalves } from '#crypto/seals.ts';

/**
 * The cookie's half. `__Host-` binds it to this host and to TLS (RFC 6265bis §4.1.3.2); on http://localhost not every browser
 * takes such a cookie, so there it has a plain name.
 */
const secureName = '__Host-coffre';
const localName = 'coffre';
const halfLength = 43;
/** The application's half. A page of somebody else's cannot send it. */
export const keyHeader = 'coffre-session';

const keptSeconds: number = 30 * 24 * 3600;

function isSecure(request: FastifyRequest): boolean {
  return request.protocol === 'https';
}

export function sessionCookie(request: FastifyRequest, half: Uint8Array, isKept: boolean): string {
  const value = Buffer.from(half).toString('base64url');
  return cookie(request, value, isKept ? `; Max-Age=${keptSeconds}` : '');
}

export function endedCookie(request: FastifyRequest): string {
  return cookie(request, '', '; Max-Age=0');
}

function cookie(request: FastifyRequest, value: string, age: string): string {
  const name = isSecure(request) ? secureName : localName;
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Strict${isSecure(request) ? '; Secure' : ''}${age}`;
}

/** Undefined without the cookie; a browser that sends two of the name is not believed either. */
export function cookieHalf(request: FastifyRequest): Uint8Array | undefined {
  const wanted = isSecure(request) ? secureName : localName;
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim().split('=', 2))
    .flatMap(([name, value]) => (name === wanted && value !== undefined ? [value] : []));
  const [only, ...others] = values;
  return only === undefined || others.length > 0 ? undefined : decodeHalf(only);
}

/** Both halves, or undefined: one alone opens nothing. */
export function halvesOf(request: FastifyRequest): SessionHalves | undefined {
  const sent = request.headers[keyHeader];
  const key = typeof sent === 'string' ? decodeHalf(sent) : undefined;
  const half = cookieHalf(request);
  return key === undefined || half === undefined ? undefined : { cookie: half, key };
}

function decodeHalf(text: string): Uint8Array | undefined {
  if (text.length !== halfLength || !/^[\w-]+$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === 32 ? new Uint8Array(bytes) : undefined;
}
