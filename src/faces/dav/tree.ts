import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from '../content/answer.ts';
import { readXml } from './body.ts';
import { depthOf } from './headers.ts';
import { encodeSegment } from './paths.ts';
import { DavProblem, xmlType } from './problem.ts';
import { propfindRequest } from './propfind-request.ts';
import { type LiveTable, liveTable, multistatusEnd, multistatusStart, Selection } from './selection.ts';
import { escapeText } from './xml-write.ts';

/** A folder above the vaults: it is not stored anywhere. */
interface Above {
  readonly name: string;
  readonly isPrincipal: boolean;
  readonly principalHref: string;
}

const properties: LiveTable<Above, undefined> = liveTable<Above, undefined>([
  {
    namespace: 'DAV:',
    name: 'resourcetype',
    inAllprop: true,
    write: ({ isPrincipal }) =>
      `<d:resourcetype><d:collection/>${isPrincipal ? '<d:principal/>' : ''}</d:resourcetype>`,
  },
  {
    namespace: 'DAV:',
    name: 'displayname',
    inAllprop: true,
    write: ({ name }) => `<d:displayname>${escapeText(name)}</d:displayname>`,
  },
  {
    namespace: 'DAV:',
    name: 'current-user-principal',
    inAllprop: false,
    write: ({ principalHref }) =>
      `<d:current-user-principal><d:href>${principalHref}</d:href></d:current-user-principal>`,
  },
]);

interface TreeRequest {
  readonly headers: IncomingHttpHeaders;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Encoded, with a slash at both ends. */
  readonly href: string;
  readonly name: string;
  readonly principalHref: string;
  /** Names one level below. */
  readonly children: readonly { readonly name: string; readonly isPrincipal: boolean }[];
}

/** PROPFIND above the vaults: enough to find one's way (RFC 5397), and nothing of anybody else. */
export async function propfindTree(asked: TreeRequest): Promise<Answer> {
  const depth = depthOf(asked) ?? 'infinity';
  const selection = new Selection(propfindRequest(await readXml(asked)), properties);
  if (depth === 'infinity') {
    throw new DavProblem(
      403,
      'A listing of everything below a folder at once is not given. Ask folder by folder, with Depth: 1.',
      {
        conditions: '<d:propfind-finite-depth/>',
      },
    );
  }
  const { href, principalHref, name } = asked;
  let body =
    multistatusStart +
    selection.response(href, { name, principalHref, isPrincipal: href === principalHref }, undefined);
  if (depth === 1) {
    for (const child of asked.children) {
      body += selection.response(`${href}${encodeSegment(child.name)}/`, { ...child, principalHref }, undefined);
    }
  }
  return { status: 207, headers: { 'content-type': xmlType }, body: body + multistatusEnd };
}
