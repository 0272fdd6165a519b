import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Sessions } from '../accounts/sessions.ts';
import { vaultKinds } from '../format/instance-operations.ts';
import type { Trace } from '../rights/trace.ts';
import { parseBasic } from './basic-auth.ts';
import { type Config, isLoopback } from './config.ts';
import type { Core } from './core.ts';
import type { Metrics } from './metrics.ts';
import { addressOf } from './peer.ts';

export interface FaceParts {
  readonly config: Config;
  readonly core: Core;
  readonly sessions: Sessions;
  readonly trace: Trace;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export function addFaces(app: FastifyInstance, parts: FaceParts): void {
  addOperations(app, parts);
}

/** Not personal: whether the server lives, and what it counts. */
function addOperations(app: FastifyInstance, parts: FaceParts): void {
  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/metrics', async (request, reply) => {
    // A reverse proxy on this machine is a loopback peer too: what came through one is not answered.
    const isLocal = isLoopback(request.socket.remoteAddress ?? '') && request.headers['x-forwarded-for'] === undefined;
    if (!isLocal) return reply.code(404).send();
    return reply.header('content-type', parts.metrics.registry.contentType).send(await parts.metrics.registry.metrics());
  });
}
