import type { Done, WriteResult } from '#vault/files/types.ts';
import type { Answer } from '../../content/answer.ts';
import { callerOf } from '../caller.ts';
import type { Exchange } from '../exchange.ts';
import { header } from '../exchange.ts';
import { depthOf, hasBody, overwriteOf } from '../headers.ts';
import { stableId } from '../live-properties.ts';
import { hostOf, parseTarget, pathUnder, plainHost } from '../paths.ts';
import { DavProblem } from '../problem.ts';
import { refusalProblem } from '../refusals.ts';

/** Headers by which clients know what a change made of the node. */
export function identityHeaders(exchange: Exchange, { node }: Done): Record<string, string> {
  const etag = `"${node.etag}"`;
  return { etag, 'oc-etag': etag, 'oc-fileid': stableId(exchange.files.id, node) };
}

function made(exchange: Exchange, result: WriteResult, status: (done: Done) => number): Answer {
  if (result.kind === 'refused') throw refusalProblem(result, exchange);
  return { status: status(result), headers: identityHeaders(exchange, result), node: result.node.id };
}

const createdOrNot = ({ created }: Done): number => (created ? 201 : 204);

/** RFC 4918 §9.3. */
export async function mkcol(exchange: Exchange): Promise<Answer> {
  // RFC 4918 §9.3: a body that is not understood must be refused, and none is.
  if (hasBody(exchange))
    throw new DavProblem(415, 'MKCOL with a body is not understood. Nothing was made; send it without one.');
  return made(exchange, await exchange.files.makeFolder(await callerOf(exchange), exchange.path), () => 201);
}

/** RFC 4918 §9.6. What is deleted goes to the trash. */
export async function remove(exchange: Exchange): Promise<Answer> {
  const caller = await callerOf(exchange);
  await checkWholeFolder(exchange);
  const result = await exchange.files.trash(caller, exchange.path);
  if (result.kind === 'refused') throw refusalProblem(result, exchange);
  return { status: 204, headers: {}, node: result.node.id };
}

/** RFC 4918 §9.9. */
export async function move(exchange: Exchange): Promise<Answer> {
  const to = destinationOf(exchange);
  const caller = await callerOf(exchange);
  await checkWholeFolder(exchange);
  return made(
    exchange,
    await exchange.files.move(caller, { from: exchange.path, to, overwrite: overwriteOf(exchange) }),
    createdOrNot,
  );
}

/** RFC 4918 §9.8. */
export async function copy(exchange: Exchange): Promise<Answer> {
  const to = destinationOf(exchange);
  const depth = depthOf(exchange);
  // RFC 4918 §9.8.3.
  if (depth === 1) throw new DavProblem(400, 'A copy has depth 0 or infinity. Nothing was copied.');
  const transfer = { from: exchange.path, to, overwrite: overwriteOf(exchange), shallow: depth === 0 };
  return made(exchange, await exchange.files.copy(await callerOf(exchange), transfer), createdOrNot);
}

/** RFC 4918 §9.6.1, §9.9.2: a folder goes whole; asking for less is a mistake. On a file the depth means nothing. */
async function checkWholeFolder(exchange: Exchange): Promise<void> {
  const depth = depthOf(exchange);
  if (depth === undefined || depth === 'infinity') return;
  const info = await exchange.files.stat(exchange.path);
  if (info?.isFolder === true)
    throw new DavProblem(
      400,
      'A folder is moved or deleted with everything in it; the Depth header asks for less. Nothing was changed.',
    );
}

/** RFC 4918 §10.3. @throws DavProblem 400, 502. */
function destinationOf(exchange: Exchange): readonly string[] {
  const text = header(exchange, 'destination')?.trim();
  if (text === undefined || text === '')
    throw new DavProblem(400, 'The Destination header is missing. Nothing was changed.');
  // Also what two Destination headers look like once they are joined.
  if (whiteSpace.test(text))
    throw new DavProblem(400, 'The Destination header must be one percent-encoded address. Nothing was changed.');
  const host = hostOf(text);
  const path =
    host === undefined || host === plainHost(header(exchange, 'host') ?? '')
      ? pathUnder(exchange.mount, parseTarget(text))
      : undefined;
  if (path === undefined) {
    // RFC 4918 §9.8.5, §9.9.4: the same answer wherever else it is, so that nobody learns what exists there.
    throw new DavProblem(
      502,
      'The destination lies outside of this vault. Nothing was changed; download and upload it instead.',
    );
  }
  return path;
}

const whiteSpace = /\s/;
