import type { Caller } from '#vault/files/commands.ts';
import { parseHttpDate } from '../content/http-date.ts';
import { conditionsOf } from './conditions.ts';
import { type Exchange, header } from './exchange.ts';
import { DavProblem } from './problem.ts';
import { refusalProblem } from './refusals.ts';

/** Who asks for a change, and under which conditions. @throws DavProblem 400, 412. */
export async function callerOf(exchange: Exchange): Promise<Caller> {
  const conditions = conditionsOf(exchange);
  const unmodifiedSince = header(exchange, 'if-unmodified-since');
  // RFC 9110 §13.1.4: passed over when there is an If-Match, or when it cannot be read.
  const sinceMs =
    unmodifiedSince === undefined || conditions.ifMatch !== undefined ? undefined : parseHttpDate(unmodifiedSince);
  if (sinceMs === undefined) return { by: exchange.by, conditions };
  const info = await exchange.files.stat(exchange.path);
  if (info === undefined) return { by: exchange.by, conditions };
  if (Math.floor(info.mtimeMs / 1000) * 1000 > sinceMs) {
    throw new DavProblem(
      412,
      'It was changed since the time that was named. Nothing was changed now. Look at it again.',
    );
  }
  // What was looked at just now must still be there when the change is made.
  return { by: exchange.by, conditions: { ...conditions, ifMatch: [info.etag] } };
}

/** RFC 4918 §10.4: the If header holds for methods that only look, too. @throws DavProblem 400, 412. */
export async function checkIfHeader(exchange: Exchange): Promise<void> {
  if (header(exchange, 'if') === undefined) return;
  const { ifLists, tokens } = conditionsOf(exchange);
  const conditions = { ...(ifLists !== undefined && { ifLists }), ...(tokens !== undefined && { tokens }) };
  const refused = await exchange.files.check({ by: exchange.by, conditions }, exchange.path, 'read');
  if (refused !== undefined) throw refusalProblem(refused, exchange);
}
