import { SaxesParser, type SaxesTagNS } from 'saxes';
import { Failure, usage } from './failure.ts';
import { visible } from './terminal.ts';

/** Something in a folder on the server. */
export interface RemoteNode {
  readonly name: string;
  readonly isFolder: boolean;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

export interface RemoteFolder {
  readonly etag: string;
  readonly children: readonly RemoteNode[];
}

const maxListingBytes: number = 256 * 1024 * 1024;
const giveUpMs = 60_000;
const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Reads a vault over WebDAV (RFC 4918), and never writes. */
export class MirrorRemote {
  readonly #url: URL;
  readonly #authorization: string;
  readonly #stopping: AbortSignal;

  /** @throws Failure `usage` for an address over which the password would travel in clear. */
  constructor(url: string, account: string, password: string, stopping: AbortSignal) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || !['http:', 'https:'].includes(parsed.protocol))
      throw usage(`${visible(url)} is no address of a server.`, '--url https://HOST/dav/NAME/files/');
    if (parsed.protocol === 'http:' && !loopback.has(parsed.hostname))
      throw usage('Over plain http the password could be read on the way. Nothing was sent.', 'use https');
    if (!parsed.pathname.endsWith('/')) parsed.pathname += '/';
    this.#url = parsed;
    this.#authorization = `Basic ${Buffer.from(`${account}:${password}`).toString('base64')}`;
    this.#stopping = stopping;
  }

  /** Undefined when there is no such folder. */
  async list(path: readonly string[]): Promise<RemoteFolder | undefined> {
    const response = await this.#send('PROPFIND', path, true, { depth: '1', 'content-type': 'text/xml' }, propfind);
    if (response.status === 404) return undefined;
    if (response.status !== 207) throw refused(response.status, 'list', path);
    const text = await textOf(response);
    return folderOf(text, new URL(response.url === '' ? this.#at(path, true) : response.url).pathname);
  }

  /** The content of the version with this ETag; undefined when it is another by now. */
  async content(path: readonly string[], etag: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const response = await this.#send('GET', path, false, { 'if-match': etag });
    if (response.status === 200 && response.body !== null && response.headers.get('etag') === etag)
      return response.body;
    await response.body?.cancel();
    if (response.status === 200 || response.status === 404 || response.status === 412) return undefined;
    throw refused(response.status, 'fetch', path);
  }

  #at(path: readonly string[], isFolder: boolean): URL {
    const below = path.map(encodeURIComponent).join('/');
    return new URL(isFolder && below !== '' ? `${below}/` : below, this.#url);
  }

  async #send(
    method: string,
    path: readonly string[],
    isFolder: boolean,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<Response> {
    try {
      return await fetch(this.#at(path, isFolder), {
        method,
        headers: { ...headers, authorization: this.#authorization },
        redirect: 'error',
        signal: AbortSignal.any([this.#stopping, AbortSignal.timeout(giveUpMs)]),
        ...(body === undefined ? {} : { body }),
      });
    } catch (cause) {
      throw new Failure(
        'unavailable',
        `The server does not answer (${(cause as Error).message}). Nothing was changed here.`,
        'it is tried again with the next run',
      );
    }
  }
}

const propfind =
  '<?xml version="1.0"?><d:propfind xmlns:d="DAV:"><d:prop><d:getetag/><d:getcontentlength/><d:getlastmodified/><d:resourcetype/></d:prop></d:propfind>';

function refused(status: number, what: string, path: readonly string[]): Failure {
  if (status === 401 || status === 403)
    return new Failure('wrong-proof', 'The server does not take this password. Nothing was changed here.');
  return new Failure(
    'unavailable',
    `The server would not ${what} /${visible(path.join('/'))} (${status}). Nothing was changed here.`,
  );
}

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of response.body ?? []) {
    sizeBytes += part.length;
    if (sizeBytes > maxListingBytes) throw new Failure('unavailable', 'The server sent a listing without end.');
    parts.push(part);
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
}

/** A `response` element of a multistatus (RFC 4918 §14.24), as far as it matters here. */
interface Found {
  href: string;
  etag: string;
  sizeBytes: number;
  mtimeMs: number;
  isFolder: boolean;
}

/** @throws Failure `unavailable` for what is no such listing: a half one must not pass for an empty folder. */
function folderOf(text: string, self: string): RemoteFolder {
  const found = responsesOf(text);
  const own = found.find(({ href }) => samePath(href, self));
  if (own === undefined || !own.isFolder || own.etag === '')
    throw new Failure('unavailable', 'The server sent a listing without the folder itself. Nothing was changed here.');
  const children = found.flatMap((each) => {
    if (each === own) return [];
    const name = decodeURIComponent(each.href.replace(/\/$/, '').split('/').at(-1) ?? '');
    // Names come from elsewhere: none may lead out of the folder.
    if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) return [];
    return [{ ...each, name }];
  });
  return {
    etag: own.etag,
    children: children.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))),
  };
}

function samePath(href: string, self: string): boolean {
  const path = (URL.canParse(href) ? new URL(href).pathname : href).replace(/\/$/, '');
  return decodeURIComponent(path) === decodeURIComponent(self.replace(/\/$/, ''));
}

function responsesOf(xml: string): readonly Found[] {
  const found: Found[] = [];
  let now: Found | undefined;
  let text = '';
  let isDone = false;
  const parser = new SaxesParser({ xmlns: true, position: false });
  parser.on('error', (error) => {
    throw new Failure('unavailable', `The server sent a listing that is no XML: ${error.message}`);
  });
  parser.on('opentag', (tag: SaxesTagNS) => {
    text = '';
    if (tag.uri !== 'DAV:') return;
    if (tag.local === 'response') now = { href: '', etag: '', sizeBytes: 0, mtimeMs: 0, isFolder: false };
    if (tag.local === 'collection' && now !== undefined) now.isFolder = true;
  });
  parser.on('text', (part) => {
    text += part;
  });
  parser.on('closetag', (tag: SaxesTagNS) => {
    if (tag.uri !== 'DAV:') return;
    if (tag.local === 'multistatus') isDone = true;
    if (now === undefined) return;
    if (tag.local === 'href' && now.href === '') now.href = text;
    else if (tag.local === 'getetag') now.etag = text;
    else if (tag.local === 'getcontentlength') now.sizeBytes = Number(text);
    else if (tag.local === 'getlastmodified') now.mtimeMs = Date.parse(text);
    else if (tag.local === 'response') {
      found.push(now);
      now = undefined;
    }
  });
  parser.write(xml).close();
  if (!isDone) throw new Failure('unavailable', 'The server sent a listing that ends early. Nothing was changed here.');
  return found;
}
