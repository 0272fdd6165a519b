import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerFactory,
  fastify,
  LogController,
} from 'fastify';
import { Fault } from '../base/fault.ts';
import type { Config } from './config.ts';
import { hostProblem } from './peer.ts';

/** How long a client may be silent in the middle of a request; a slow upload that goes on is fine. */
const silenceMs = 120_000;
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
    // Paths are taken apart by the faces, byte for byte.
    routerOptions: { maxParamLength: 16 * 1024 },
    serverFactory: serverFactory(config),
  });
  app.addHook('onRequest', (request, reply, next) => {
    const problem = hostProblem(config, request.headers.host, request.socket.remoteAddress ?? '');
    if (problem === undefined) next();
    // RFC 9110 §15.5.20.
    else void reply.code(421).header('content-type', 'text/plain; charset=utf-8').send(problem);
  });
  return app;
}

function serverFactory(config: Config): FastifyServerFactory {
  const { tls } = config;
  return (handler) => {
    const server =
      tls === undefined
        ? createHttpServer(limits, handler)
        : createHttpsServer({ ...limits, ...readTls(tls) }, handler);
    server.setTimeout(silenceMs);
    // The Fastify type knows one kind of server at a time.
    return server as ReturnType<typeof createHttpServer>;
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
