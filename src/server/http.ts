import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerFactory,
  fastify,
  LogController,
} from 'fastify';
import { Fault } from '../base/fault.ts';
import type { Config } from './config.ts';
import { http, https } from './node-http.ts';
import { hostProblem } from './peer.ts';
import { reloadTls } from './tls-reload.ts';

/** How long a client may be silent in the middle of a request; a slow upload that goes on is fine. */
const silenceMs = 120_000;
/** Each costs some memory, whoever is behind it; beyond, new ones are closed until others end. */
const mostConnections = 4000;
const limits = { maxHeaderSize: 32 * 1024, headersTimeout: 30_000, requestTimeout: 0, keepAliveTimeout: 65_000 };

/** An HTTP or HTTPS server that checks under which name it is called, and knows no face. @throws Fault `bad-config`. */
export function makeHttp(config: Config, log: FastifyBaseLogger): FastifyInstance {
  const app: FastifyInstance = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    // Only these may say that they speak for somebody else; `request.ip` is then the last address that they added.
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
    bodyLimit: 1024 * 1024,
    clientErrorHandler: refuseUnreadable,
    // Paths are taken apart by the faces, byte for byte.
    routerOptions: { maxParamLength: 16 * 1024 },
    serverFactory: serverFactory(config),
  });
  app.addHook('onRequest', (request, reply, next) => {
    const refuse = (status: number, problem: string): void => {
      void reply.code(status).header('content-type', 'text/plain; charset=utf-8').send(problem);
    };
    const problem = hostProblem(config, request.headers.host, request.socket.remoteAddress ?? '');
    // RFC 9110 §15.5.20.
    if (problem !== undefined) refuse(421, problem);
    // RFC 9112 §3.2: a proxy before us may have gone by the other one.
    else if ((request.raw.headersDistinct['host']?.length ?? 0) > 1) refuse(400, 'A request has one Host header.\n');
    else next();
  });
  if (config.tls !== undefined) reloadTls(app, config.tls, log);
  return app;
}

/** What cannot be read as HTTP reaches no face. The connection ends, because nobody knows where a next request would begin. */
function refuseUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, message] = unreadable(error.code);
  if (socket.writable) {
    const head = `HTTP/1.1 ${status}\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close`;
    socket.write(`${head}\r\ncontent-length: ${Buffer.byteLength(message)}\r\n\r\n${message}`);
  }
  socket.destroy(error);
}

function unreadable(code: string | undefined): readonly [status: string, message: string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [
        '431 Request Header Fields Too Large',
        'The address and headers are larger than 32 KiB. Nothing was changed.\n',
      ];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['408 Request Timeout', 'The request did not come in time. Nothing was changed; send it again.\n'];
    default:
      return ['400 Bad Request', 'The request cannot be read as HTTP. Nothing was changed.\n'];
  }
}

function serverFactory(config: Config): FastifyServerFactory {
  const { tls } = config;
  return (handler) => {
    const server =
      tls === undefined
        ? http.createServer(limits, handler)
        : https.createServer({ ...limits, ...readTls(tls) }, handler);
    server.setTimeout(silenceMs);
    server.maxConnections = mostConnections;
    // The Fastify type knows one kind of server at a time.
    return server as ReturnType<typeof http.createServer>;
  };
}

function readTls(tls: NonNullable<Config['tls']>): { readonly cert: Buffer; readonly key: Buffer } {
  try {
    return { cert: readFileSync(tls.certificateFile), key: readFileSync(tls.keyFile) };
  } catch (cause) {
    throw new Fault(
      'bad-config',
      'The TLS certificate or key file cannot be read. Nothing was started; check tls.certificateFile and tls.keyFile.',
      { cause },
    );
  }
}
