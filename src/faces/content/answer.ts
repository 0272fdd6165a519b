import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { NodeId } from '#base/ids.ts';
import { type Outgoing, sendParts } from './outgoing.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | Readable | Outgoing;
  /** What the answer is about, for the trace. */
  readonly node?: NodeId;
}

/** @param onBroken the answer was cut off in the middle. */
export function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
  onBroken: () => void = noop,
): FastifyReply {
  const { body } = answer;
  // Nothing personal stays in a cache, nothing is taken for what it does not say it is, and no page of somebody else shows or
  // runs it with the password that a browser remembers.
  reply.headers({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    ...answer.headers,
  });
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body) || 'readable' in body) {
    if (typeof body === 'object' && 'readable' in body) body.once('error', onBroken);
    return reply.code(answer.status).send(body);
  }
  const headers = { ...reply.getHeaders() } as Record<string, string | string[]>;
  const response = reply.hijack().raw;
  response.writeHead(answer.status, headers);
  sendParts(response, body).catch((error: unknown) => {
    onBroken();
    request.log.warn({ err: error }, 'an answer was cut off');
    // What was already sent was right, and the connection is cut: the client knows that the rest is missing.
    response.destroy();
  });
  return reply;
}

const noop = (): void => undefined;
