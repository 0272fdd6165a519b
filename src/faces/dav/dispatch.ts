import { isFault } from '#base/fault.ts';
import type { Answer } from '../content/answer.ts';
import type { Exchange } from './exchange.ts';
import { copy, mkcol, move, remove } from './methods/change.ts';
import { get } from './methods/get.ts';
import { lock, unlock } from './methods/lock.ts';
import { propfind } from './methods/propfind.ts';
import { proppatch } from './methods/proppatch.ts';
import { put } from './methods/put.ts';
import { DavProblem, errorBody, xmlType } from './problem.ts';
import { faultProblem } from './refusals.ts';

const methods: ReadonlyMap<string, (exchange: Exchange) => Promise<Answer>> = new Map([
  ['GET', get],
  ['HEAD', get],
  ['PUT', put],
  ['DELETE', remove],
  ['MKCOL', mkcol],
  ['COPY', copy],
  ['MOVE', move],
  ['PROPFIND', propfind],
  ['PROPPATCH', proppatch],
  ['LOCK', lock],
  ['UNLOCK', unlock],
]);

export const allowedMethods: string = ['OPTIONS', ...methods.keys()].join(', ');

/** Answers one request to a vault. @throws DavProblem, Fault, CutOff; `problemAnswer` makes answers of the first two. */
export async function dispatch(exchange: Exchange): Promise<Answer> {
  const run = methods.get(exchange.method);
  if (run === undefined) throw methodNotAllowed(allowedMethods);
  return run(exchange);
}

export function methodNotAllowed(allow: string): DavProblem {
  // RFC 9110 §15.5.6.
  return new DavProblem(405, 'This method does nothing here. Nothing was changed.', { headers: { allow } });
}

/** RFC 4918 §10.1, §18: classes 1, 2 and 3. */
export function optionsAnswer(allow: string): Answer {
  // MS-Author-Via: without it Windows and Office take the address for a web page.
  return { status: 200, headers: { dav: '1, 2, 3', allow, 'ms-author-via': 'DAV', 'content-length': '0' } };
}

/** Undefined for what is nobody's fault but the program's. */
export function problemAnswer(error: unknown): Answer | undefined {
  const problem = isFault(error) ? faultProblem(error) : error;
  if (!(problem instanceof DavProblem)) return undefined;
  return {
    status: problem.status,
    headers: { ...problem.headers, 'content-type': xmlType },
    body: errorBody(problem.status, problem.message, problem.conditions),
  };
}
