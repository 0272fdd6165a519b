import { Readable } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { throwAway } from './body.ts';
import { problemAnswer } from './dispatch.ts';
import type { Answer } from './exchange.ts';
import { sendParts } from './outgoing.ts';
import { DavProblem } from './problem.ts';

/** Methods that Fastify has to be told of. None is given a body parser: bodies are read where they are needed. */
export function addDavMethods(app: FastifyInstance): void {
  for (const method of [
    'PROPFIND',
    'PROPPATCH',
    'MKCOL',
    'COPY',
    'MOVE',
    'LOCK',
    'UNLOCK',
    'REPORT',
    'MKCALENDAR',
    'ACL',
    'SEARCH',
  ]) {
    if (!app.supportedMethods.includes(method)) app.addHttpMethod(method);
  }
}

/** Content is content, whatever type it claims: Fastify must parse none of it. */
export function takeBodiesAsTheyAre(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  scope.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    const problem = status >= 400 && status < 500 ? problemAnswer(new DavProblem(status, error.message)) : undefined;
    if (problem === undefined) throw error;
    return send(request, reply, problem);
  });
}

export function send(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
  onBroken: () => void = noop,
): FastifyReply {
  const { body } = answer;
  throwAway(request.raw, reply.raw);
  // Nothing personal stays in a cache, nothing is taken for what it does not say it is, and no page of somebody else shows or
  // runs it with the password that a browser remembers.
  const headers = {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    ...answer.headers,
  };
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body) || body instanceof Readable) {
    reply.code(answer.status);
    for (const [name, value] of Object.entries(headers)) reply.header(name, value);
    if (body instanceof Readable) body.once('error', onBroken);
    return reply.send(body);
  }
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
