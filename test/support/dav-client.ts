// A small WebDAV client: what was answered, and nothing repeated or hidden.
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { pipeline } from 'node:stream/promises';

export interface DavAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** Cut the connection when there is no answer by then. */
  readonly timeoutMs?: number;
}

export interface DavEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number;
}

export class DavClient {
  readonly #url: string;
  readonly #user: string;
  readonly #vault: string;
  readonly #authorization: string;
  readonly #agent: Agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(url: string, user: string, appPassword: string, vault = 'files') {
    this.#url = url;
    this.#user = user;
    this.#vault = vault;
    this.#authorization = `Basic ${Buffer.from(`${user}:${appPassword}`).toString('base64')}`;
  }

  /** The path on the server of something in the vault: `a/b.txt`, or '' for its root. */
  href(path: string): string {
    return `/dav/${this.#user}/${this.#vault}/${path.split('/').map(encodeURIComponent).join('/')}`;
  }

  put(path: string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<DavAnswer> {
    return this.send('PUT', path, { body, headers });
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<DavAnswer> {
    return this.send('GET', path, { headers });
  }

  remove(path: string): Promise<DavAnswer> {
    return this.send('DELETE', path);
  }

  makeFolder(path: string): Promise<DavAnswer> {
    return this.send('MKCOL', path);
  }

  move(from: string, to: string, overwrite = true): Promise<DavAnswer> {
    return this.send('MOVE', from, { headers: this.#transfer(to, overwrite) });
  }

  copy(from: string, to: string, overwrite = true): Promise<DavAnswer> {
    return this.send('COPY', from, { headers: this.#transfer(to, overwrite) });
  }

  /** What a folder holds, or undefined when there is none. */
  async list(path: string): Promise<readonly DavEntry[] | undefined> {
    const { status, body } = await this.send('PROPFIND', path, { headers: { depth: '1' } });
    if (status === 404) return undefined;
    if (status !== 207) throw new Error(`PROPFIND ${path}: ${status} ${body.toString()}`);
    const self = this.href(path).replace(/\/$/, '');
    const responses = body
      .toString()
      .split(/<(?:\w+:)?response[ >]/i)
      .slice(1);
    return responses.flatMap((text) => {
      const href = (/<(?:\w+:)?href>([^<]*)</i.exec(text)?.[1] ?? '').replace(/\/$/, '');
      if (href === self) return [];
      return [
        {
          name: decodeURIComponent(href.split('/').at(-1) ?? ''),
          isFolder: /<(?:\w+:)?collection\s*\/>/i.test(text),
          sizeBytes: Number(/getcontentlength>(\d+)</i.exec(text)?.[1] ?? 0),
        },
      ];
    });
  }

  /** Rejects when the connection ends before the whole answer: then nobody knows what the server did. */
  send(method: string, path: string, sending: Sending = {}): Promise<DavAnswer> {
    const { body } = sending;
    const length = body instanceof Uint8Array ? { 'content-length': String(body.length) } : {};
    const headers = { authorization: this.#authorization, ...length, ...sending.headers };
    return new Promise((resolve, reject) => {
      const sent = request(new URL(this.href(path), this.#url), { method, agent: this.#agent, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) });
        });
      });
      sent.on('error', reject);
      if (sending.timeoutMs !== undefined) {
        sent.setTimeout(sending.timeoutMs, () => sent.destroy(new Error('no answer in time')));
      }
      if (body === undefined || body instanceof Uint8Array) sent.end(body);
      else pipeline(body, sent).catch(reject);
    });
  }

  /** Ends idle connections, so that a test can end. */
  close(): void {
    this.#agent.destroy();
  }

  #transfer(to: string, overwrite: boolean): Record<string, string> {
    return { destination: new URL(this.href(to), this.#url).href, overwrite: overwrite ? 'T' : 'F' };
  }
}
