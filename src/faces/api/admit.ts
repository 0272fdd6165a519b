import type { FastifyRequest } from 'fastify';
import type { WebSession } from '#accounts/web-sessions.ts';
import { halvesOf } from './cookies.ts';
import type { Who } from './endpoint.ts';
import type { ApiParts } from './parts.ts';
import { notFound, notFresh, unauthenticated } from './problem.ts';

/** @throws ApiProblem 401, 403, 404: an address with somebody else's tag is one that does not exist. */
export function admit(parts: ApiParts, who: Exclude<Who, 'anyone'>, request: FastifyRequest): WebSession {
  const halves = halvesOf(request);
  const session = halves === undefined ? undefined : parts.sessions.resume(halves, request.ip);
  if (session === undefined) throw unauthenticated();
  const { tag } = request.params as { readonly tag: string };
  const { account } = session.unlocked;
  if (tag !== account.tag) throw notFound();
  if (who === 'operator' && !account.isOperator) throw notFound();
  if (who === 'fresh' && !parts.sessions.isFresh(session)) throw notFresh();
  return session;
}
