import { noConditions } from '#vault/files/port.ts';
import type { Conditions, IfList } from '#vault/files/types.ts';
import { parseEntityTags } from '../content/entity-tags.ts';
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
    ...(ifMatch !== undefined && { ifMatch: entityTags(ifMatch, 'strong') }),
    ...(ifNoneMatch !== undefined && { ifNoneMatch: entityTags(ifNoneMatch, 'weak') }),
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

/** @throws DavProblem 400. */
function entityTags(text: string, comparison: 'strong' | 'weak'): readonly string[] | '*' {
  const tags = parseEntityTags(text, comparison);
  if (tags !== undefined) return tags;
  throw new DavProblem(
    400,
    'An If-Match or If-None-Match header cannot be read: it is no list of quoted entity tags. Nothing was changed.',
  );
}
