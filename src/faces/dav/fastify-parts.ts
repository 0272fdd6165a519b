import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Answer, sendAnswer } from '../content/answer.ts';
import { throwAway } from '../content/throw-away.ts';
import { problemAnswer } from './dispatch.ts';
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
  onBroken?: () => void,
): FastifyReply {
  throwAway(request.raw, reply.raw);
  return sendAnswer(request, reply, answer, onBroken);
}
