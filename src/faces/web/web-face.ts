import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { securityHeaders } from './security-headers.ts';

/** A file of the built application, with what was compressed when it was built. */
export interface WebFile {
  readonly type: string;
  readonly plain: Uint8Array;
  readonly brotli: Uint8Array | undefined;
  readonly gzip: Uint8Array | undefined;
}

export interface WebParts {
  /** By its path: `/assets/index-Ab12.js`. */
  readonly files: ReadonlyMap<string, WebFile>;
  /** What styles of one page are allowed by; another one each time. */
  styleNonce(): string;
}

const page = '/index.html';
const noncePlace = '%STYLE_NONCE%';
/** At the top of the site because browsers look for them there. Everything else has its hash in its name. */
const topFiles = [
  '/favicon.svg',
  '/apple-touch-icon.png',
  '/icon-192.png',
  '/icon-512.png',
  '/icon-maskable-512.png',
  '/manifest.webmanifest',
  // Its folder is what a service worker may look after.
  '/worker.js',
] as const;
/** Of a file that is opened by itself: it shows and runs nothing; the service worker may ask this server. */
const filePolicy = "default-src 'none'; connect-src 'self'; frame-ancestors 'none'";

/** Serves the application that the browser runs. Nothing here is personal: it is the same for everybody. */
export function webFace(app: FastifyInstance, parts: WebParts): void {
  const sendPage = (request: FastifyRequest, reply: FastifyReply): FastifyReply => pageOf(parts, request, reply);
  app.route({ method: ['GET', 'HEAD'], url: '/', handler: async (request, reply) => sendPage(request, reply) });
  app.route({
    method: ['GET', 'HEAD'],
    url: '/assets/*',
    handler: async (request, reply) => sendFile(parts, request, reply, 'public, max-age=31536000, immutable'),
  });
  for (const url of topFiles)
    app.route({
      method: ['GET', 'HEAD'],
      url,
      handler: async (request, reply) => sendFile(parts, request, reply, 'no-cache'),
    });
  app.setNotFoundHandler((request, reply) => {
    // An address inside the application: the browser that asks for a page gets it, and the page knows what it shows.
    const wantsPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
    return wantsPage ? sendPage(request, reply) : nothingHere(reply);
  });
}

function pageOf({ files, styleNonce }: WebParts, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const built = files.get(page);
  if (built === undefined) return nothingHere(reply);
  const nonce = styleNonce();
  reply.headers(securityHeaders(nonce, request.protocol === 'https')).header('cache-control', 'no-store');
  return reply.type('text/html; charset=utf-8').send(Buffer.from(built.plain).toString().replace(noncePlace, nonce));
}

function sendFile(
  { files }: WebParts,
  request: FastifyRequest,
  reply: FastifyReply,
  cacheControl: string,
): FastifyReply {
  const [path = ''] = request.url.split('?', 1);
  const file = files.get(path);
  if (file === undefined) return nothingHere(reply);
  const [encoding, bytes] = best(file, request.headers['accept-encoding'] ?? '');
  if (encoding !== undefined) reply.header('content-encoding', encoding);
  return reply
    .headers({ 'cache-control': cacheControl, vary: 'accept-encoding', 'x-content-type-options': 'nosniff' })
    .header('cross-origin-resource-policy', 'same-origin')
    .header('content-security-policy', filePolicy)
    .type(file.type)
    .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

function best(file: WebFile, accepted: string): readonly [encoding: string | undefined, bytes: Uint8Array] {
  const takes = (name: string): boolean => new RegExp(`(^|[\\s,])${name}\\s*(,|$)`).test(accepted);
  if (file.brotli !== undefined && takes('br')) return ['br', file.brotli];
  if (file.gzip !== undefined && takes('gzip')) return ['gzip', file.gzip];
  return [undefined, file.plain];
}

function nothingHere(reply: FastifyReply): FastifyReply {
  return reply.code(404).type('text/plain; charset=utf-8').send('There is nothing at this address.\n');
}
