import { noConditions } from '#vault/files/port.ts';
import type { Conditions, IfList } from '#vault/files/types.ts';
import { type Exchange, header } from './exchange.ts';
import { type IfListSyntax, parseIfHeader } from './if-header.ts';
import { hostOf, parseTarget, pathUnder, plainHost } from './paths.ts';
import { DavProblem } from './problem.ts';

type Asked = Pick<Exchange, 'headers' | 'mount'>;

/** @throws DavProblem 400 when a condition cannot be read. */
export function conditionsOf(asked: Asked): Conditions {
  const ifMatch = header(asked, 'if-match');
  const ifNoneMatch = header(asked, 'if-none-match');
  const ifHeader = header(asked, 'if');
  if (ifMatch === undefined && ifNoneMatch === undefined && ifHeader === undefined) return noConditions;
  const lists = ifHeader === undefined ? undefined : parseIfHeader(ifHeader);
  return {
    ...(ifMatch !== undefined && { ifMatch: parseEntityTags(ifMatch, 'strong') }),
    ...(ifNoneMatch !== undefined && { ifNoneMatch: parseEntityTags(ifNoneMatch, 'weak') }),
    ...(lists !== undefined && {
      ifLists: lists.map((list) => ifListFor(list, asked)),
      tokens: [...new Set(lists.flatMap((list) => list.conditions.flatMap((each) => each.token ?? [])))],
    }),
  };
}

/** RFC 4918 §10.4.8: never the state of anything. */
const noLock = 'DAV:no-lock';

function ifListFor({ resource, conditions }: IfListSyntax, asked: Asked): IfList {
  if (resource === undefined) return { path: undefined, conditions };
  const path = pathOf(resource, asked);
  if (path !== undefined) return { path, conditions };
  // Elsewhere: there nothing is known to hold, so each condition fails and each negated one is met.
  return { path: undefined, conditions: conditions.map(({ not }) => ({ not, token: noLock })) };
}

function pathOf(resource: string, asked: Asked): readonly string[] | undefined {
  const host = hostOf(resource);
  if (host !== undefined && host !== plainHost(header(asked, 'host') ?? '')) return undefined;
  return pathUnder(asked.mount, parseTarget(resource));
}

/**
 * `*` or a list of entity tags, without quotes.
 * @param comparison RFC 9110 §8.8.3.2. We only have strong tags: compared strongly a weak one equals none of them, compared
 *   weakly it equals the one with the same text.
 * @throws DavProblem 400.
 */
export function parseEntityTags(text: string, comparison: 'strong' | 'weak'): readonly string[] | '*' {
  if (text.trim() === '*') return '*';
  const tags: string[] = [];
  let at = 0;
  while (at < text.length) {
    entityTag.lastIndex = at;
    const match = entityTag.exec(text);
    if (match === null)
      throw new DavProblem(
        400,
        'An If-Match or If-None-Match header cannot be read: it is no list of quoted entity tags. Nothing was changed.',
      );
    const [all, weak, opaque = ''] = match;
    tags.push(weak !== undefined && comparison === 'strong' ? `W/"${opaque}"` : opaque);
    at += all.length;
  }
  return tags;
}

/** RFC 9110 §5.6.1: empty elements of a list are passed over. */
const entityTag = /[\t ,]*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[\t ]*(?:,[\t ,]*|$)/y;
