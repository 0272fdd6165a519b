import { Readable } from 'node:stream';
import type { NodeId } from '#base/ids.ts';
import type { Property } from '#format/file-operations.ts';
import type { Listing } from '#vault/files/port.ts';
import type { Lock, NodeInfo } from '#vault/files/types.ts';
import type { Answer } from '../../content/answer.ts';
import { HttpDates } from '../../content/http-date.ts';
import { readXml } from '../body.ts';
import { checkIfHeader } from '../caller.ts';
import type { Exchange } from '../exchange.ts';
import { depthOf } from '../headers.ts';
import { type NodeContext, nodeProperties } from '../live-properties.ts';
import { encodeSegment, hrefOf } from '../paths.ts';
import { DavProblem, xmlType } from '../problem.ts';
import { propfindRequest } from '../propfind-request.ts';
import { notFound } from '../refusals.ts';
import { multistatusEnd, multistatusStart, Selection } from '../selection.ts';

/** Larger answers are written bit by bit, so that others get their turn. */
const responsesPerPart = 500;

const noLocks: readonly Lock[] = [];

/** RFC 4918 §9.1. */
export async function propfind(exchange: Exchange): Promise<Answer> {
  const depth = depthOf(exchange) ?? 'infinity';
  const root = await readXml(exchange);
  if (depth === 'infinity') {
    throw new DavProblem(
      403,
      'A listing of everything below a folder at once is not given. Ask folder by folder, with Depth: 1.',
      {
        conditions: '<d:propfind-finite-depth/>',
      },
    );
  }
  await checkIfHeader(exchange);
  const selection = new Selection<NodeInfo, NodeContext>(propfindRequest(root), nodeProperties);
  const found = await look(exchange, depth, selection);
  return {
    status: 207,
    headers: { 'content-type': xmlType },
    body: multistatus(exchange, found, selection),
    node: found.listing.self.id,
  };
}

interface Found {
  readonly listing: Listing;
  readonly context: NodeContext;
  readonly deadOf: (node: NodeInfo) => readonly Property[] | undefined;
}

async function look(exchange: Exchange, depth: 0 | 1, selection: Selection<NodeInfo, NodeContext>): Promise<Found> {
  const { files, path } = exchange;
  const wantsLocks = selection.wants('DAV:', 'lockdiscovery');
  const wantsUsage = selection.wants('DAV:', 'quota-used-bytes') || selection.wants('DAV:', 'quota-available-bytes');
  const [listing, ownDead, childDead, ownLocks, childLocks, usage] = await Promise.all([
    depth === 1
      ? files.list(path)
      : files.stat(path).then((self): Listing | undefined => (self === undefined ? undefined : { self, children: [] })),
    selection.wantsDead ? files.properties(path) : undefined,
    selection.wantsDead && depth === 1 ? files.childProperties(path) : undefined,
    wantsLocks ? files.locksOn(path) : noLocks,
    wantsLocks && depth === 1 ? files.childLocks(path) : undefined,
    wantsUsage ? files.usage() : undefined,
  ]);
  if (listing === undefined) throw notFound();
  const { self } = listing;
  return {
    listing,
    deadOf: ({ id }) => (id === self.id ? ownDead : childDead?.get(id)),
    context: {
      vault: files.id,
      mount: exchange.mount,
      principalHref: exchange.principalHref,
      nowMs: exchange.clock.nowMs(),
      dates: new HttpDates(),
      usage,
      locksOf: locksOf(self, ownLocks, childLocks),
    },
  };
}

/** A child is under its own locks and under the infinite ones of its folder (RFC 4918 §7.4). */
function locksOf(
  self: NodeInfo,
  own: readonly Lock[],
  children: ReadonlyMap<NodeId, readonly Lock[]> | undefined,
): NodeContext['locksOf'] {
  const inherited = own.filter((lock) => lock.infinite);
  return ({ id }) => {
    if (id === self.id) return own;
    const locks = children?.get(id);
    return locks === undefined ? inherited : [...inherited, ...locks];
  };
}

function multistatus(exchange: Exchange, found: Found, selection: Selection<NodeInfo, NodeContext>): string | Readable {
  if (found.listing.children.length > responsesPerPart)
    return Readable.from(parts(exchange, found, selection), { objectMode: false });
  let text = '';
  for (const part of parts(exchange, found, selection)) text += part;
  return text;
}

function* parts(
  exchange: Exchange,
  { listing, context, deadOf }: Found,
  selection: Selection<NodeInfo, NodeContext>,
): Generator<string> {
  const { self, children } = listing;
  const base = hrefOf(exchange.mount, exchange.path, true);
  let text =
    multistatusStart + selection.response(self.isFolder ? base : base.slice(0, -1), self, context, deadOf(self));
  for (const [index, child] of children.entries()) {
    const name = encodeSegment(child.name);
    text += selection.response(child.isFolder ? `${base}${name}/` : base + name, child, context, deadOf(child));
    if (index % responsesPerPart === responsesPerPart - 1) {
      yield text;
      text = '';
    }
  }
  yield text + multistatusEnd;
}
