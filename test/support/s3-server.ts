// A small S3 server for tests: signatures, versions, object lock and listings as AWS documents them, faults on demand.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkSignature } from './s3-signature.ts';

interface Version {
  readonly id: string;
  /** Null marks a deletion. */
  bytes: Buffer | null;
  lock: { readonly mode: string; readonly untilMs: number } | undefined;
}

/**
 * - `reset-before`: the connection breaks, nothing is done; `reset-after`: it is done, and the answer is lost.
 * - `truncated`: half the answer; `silent`: no answer at all; `damaged`: keeps other bytes than it received.
 */
export type S3Fault = 'slow-down' | 'internal' | 'reset-before' | 'reset-after' | 'truncated' | 'silent' | 'damaged';

export interface S3ServerOptions {
  /** The bucket has versions and object lock. */
  readonly locking?: boolean;
  /** Says yes to locks, and to deleting what is locked. */
  readonly locksInVain?: boolean;
  /** As a bucket that seals what it stores. */
  readonly foreignTags?: boolean;
  readonly nowMs?: () => number;
}

interface Call {
  readonly request: IncomingMessage;
  readonly method: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly mayDelete: boolean;
  readonly fault: S3Fault | undefined;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly headers: Record<string, string>;
}

const pageSize = 100;
const region = 'eu-test-1';
const ids = { server: ['SERVER', 'server secret'], reaper: ['REAPER', 'reaper secret/+='] } as const;

export class S3Server {
  /** All versions of a key, newest first. */
  readonly objects: Map<string, Version[]> = new Map();
  /** Asked at every request. */
  faults: (method: string, key: string) => S3Fault | undefined = () => undefined;
  capacityBytes: number = Number.MAX_SAFE_INTEGER;
  readonly requests: string[] = [];
  readonly #options: S3ServerOptions;
  #server: Server | undefined;
  #port = 0;
  #versions = 0;

  constructor(options: S3ServerOptions = {}) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  address(prefix = ''): string {
    return `s3://127.0.0.1:${this.#port}/bucket${prefix}`;
  }

  get region(): string {
    return region;
  }

  /** As the environment of a program; the server's may not delete. */
  environment(who: 'server' | 'reaper'): Record<string, string> {
    const [accessKeyId, secret] = ids[who];
    return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secret };
  }

  #now(): number {
    return this.#options.nowMs?.() ?? Date.now();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const url = new URL(request.url ?? '', 'http://s3');
    const [, bucket = '', ...rest] = url.pathname.split('/').map(decodeURIComponent);
    const method = request.method ?? '';
    const key = rest.join('/');
    this.requests.push(`${method} ${request.url}`);
    const fault = this.faults(method, key);
    if (fault === 'silent') return;
    if (fault === 'reset-before') {
      request.socket.resetAndDestroy();
      return;
    }
    const call: Call = { request, method, key, query: url.searchParams, body, mayDelete: false, fault };
    await send(response, call, bucket === 'bucket' ? this.#checked(call) : fail(404, 'NoSuchBucket'));
  }

  #checked(call: Call): Answer {
    if (call.fault === 'slow-down') return fail(503, 'SlowDown');
    if (call.fault === 'internal') return fail(500, 'InternalError');
    const secretOf = (id: string): string | undefined => Object.values(ids).find(([known]) => known === id)?.[1];
    const verdict = checkSignature(call.request, call.body, { nowMs: this.#now(), region, secretOf });
    if ('code' in verdict) return fail(verdict.code === 'XAmzContentSHA256Mismatch' ? 400 : 403, verdict.code);
    return this.#answer({ ...call, mayDelete: verdict.accessKeyId === ids.reaper[0] });
  }

  #answer(call: Call): Answer {
    const { method, key, query } = call;
    if (key === '') {
      if (query.has('object-lock')) return this.#lockConfiguration();
      if (query.has('versions')) return this.#listVersions(call);
      return this.#list(call);
    }
    if (method === 'PUT') return query.has('retention') ? this.#retain(call) : this.#put(call);
    if (method === 'DELETE') return this.#delete(call);
    return this.#get(call);
  }

  #lockConfiguration(): Answer {
    if (this.#options.locking !== true) return fail(404, 'ObjectLockConfigurationNotFoundError');
    return done(200, xml('ObjectLockConfiguration', '<ObjectLockEnabled>Enabled</ObjectLockEnabled>'));
  }

  #put(call: Call): Answer {
    const { key, body, request } = call;
    const sum = createHash('md5').update(body);
    const digest = sum.copy().digest('base64');
    if (request.headers['content-md5'] !== digest) return fail(400, 'BadDigest');
    if (this.#used() + body.length > this.capacityBytes) return fail(507, 'InsufficientStorage');
    const mode = request.headers['x-amz-object-lock-mode'];
    const until = request.headers['x-amz-object-lock-retain-until-date'];
    if ((mode !== undefined) !== (until !== undefined)) return fail(400, 'InvalidArgument');
    if (mode !== undefined && this.#options.locking !== true) return fail(400, 'InvalidRequest');
    const lock = mode === undefined ? undefined : { mode: String(mode), untilMs: Date.parse(String(until)) };
    const locking = this.#options.locking === true;
    const id = locking ? `v${++this.#versions}` : 'null';
    const bytes = call.fault === 'damaged' ? Buffer.from(body.map((byte) => byte ^ 1)) : body;
    this.objects.set(key, [{ id, bytes, lock }, ...(locking ? (this.objects.get(key) ?? []) : [])]);
    const tag = this.#options.foreignTags === true ? `${id}-1` : createHash('md5').update(bytes).digest('hex');
    return done(200, '', { etag: `"${tag}"`, ...(locking ? { 'x-amz-version-id': id } : {}) });
  }

  #get(call: Call): Answer {
    const wanted = call.query.get('versionId');
    const versions = this.objects.get(call.key) ?? [];
    const version = wanted === null ? versions[0] : versions.find(({ id }) => id === wanted);
    if (version === undefined || version.bytes === null) return fail(404, 'NoSuchKey');
    const { lock, id } = version;
    return done(200, version.bytes, {
      ...(this.#options.locking === true ? { 'x-amz-version-id': id } : {}),
      ...(lock === undefined
        ? {}
        : {
            'x-amz-object-lock-mode': lock.mode,
            'x-amz-object-lock-retain-until-date': new Date(lock.untilMs).toISOString(),
          }),
    });
  }

  #retain(call: Call): Answer {
    const version = this.objects.get(call.key)?.find(({ id }) => id === (call.query.get('versionId') ?? id));
    if (version === undefined) return fail(404, 'NoSuchKey');
    const text = String(call.body);
    const mode = /<Mode>(COMPLIANCE|GOVERNANCE)<\/Mode>/.exec(text)?.[1];
    const untilMs = Date.parse(/<RetainUntilDate>([^<]+)</.exec(text)?.[1] ?? '');
    if (mode === undefined || Number.isNaN(untilMs)) return fail(400, 'MalformedXML');
    if (untilMs < (version.lock?.untilMs ?? 0)) return fail(403, 'AccessDenied');
    version.lock = { mode, untilMs };
    return done(200, '');
  }

  #delete(call: Call): Answer {
    if (!call.mayDelete) return fail(403, 'AccessDenied');
    const versions = this.objects.get(call.key) ?? [];
    const wanted = call.query.get('versionId');
    if (wanted === null) {
      if (this.#options.locking !== true) this.objects.delete(call.key);
      else this.objects.set(call.key, [{ id: `v${++this.#versions}`, bytes: null, lock: undefined }, ...versions]);
      return done(204, '');
    }
    const held = versions.some(({ id, lock }) => id === wanted && (lock?.untilMs ?? 0) > this.#now());
    if (held && this.#options.locksInVain !== true) return fail(403, 'AccessDenied');
    const left = versions.filter(({ id }) => id !== wanted);
    if (left.length > 0) this.objects.set(call.key, left);
    else this.objects.delete(call.key);
    return done(204, '');
  }

  #keys(prefix: string): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort(byBytes);
  }

  #list(call: Call): Answer {
    const { query } = call;
    const behind = query.get('continuation-token') ?? query.get('start-after') ?? '';
    const keys = this.#keys(query.get('prefix') ?? '').filter(
      (key) => byBytes(key, behind) > 0 && (this.objects.get(key)?.[0]?.bytes ?? null) !== null,
    );
    const page = keys.slice(0, pageSize);
    const entries = page.map((key) => {
      const size = this.objects.get(key)?.[0]?.bytes?.length ?? 0;
      return `<Contents><Key>${urlEncoded(key)}</Key><Size>${size}</Size></Contents>`;
    });
    const more = keys.length > page.length;
    const token = more ? `<NextContinuationToken>${xmlText(page.at(-1) ?? '')}</NextContinuationToken>` : '';
    const head = `<EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>${token}`;
    return done(200, xml('ListBucketResult', head + entries.join('')));
  }

  #listVersions(call: Call): Answer {
    const { query } = call;
    const all = this.#keys(query.get('prefix') ?? '').flatMap((key) =>
      (this.objects.get(key) ?? []).map((version) => ({ key, version })),
    );
    const marker = [query.get('key-marker'), query.get('version-id-marker')].join();
    const start = all.findIndex(({ key, version }) => [key, version.id].join() === marker) + 1;
    const page = all.slice(start, start + pageSize);
    const last = page.at(-1);
    const more = start + page.length < all.length && last !== undefined;
    const entries = page.map(({ key, version }) => {
      const name = version.bytes === null ? 'DeleteMarker' : 'Version';
      return `<${name}><Key>${urlEncoded(key)}</Key><VersionId>${version.id}</VersionId></${name}>`;
    });
    const next = more
      ? `<NextKeyMarker>${urlEncoded(last.key)}</NextKeyMarker><NextVersionIdMarker>${last.version.id}</NextVersionIdMarker>`
      : '';
    const head = `<EncodingType>url</EncodingType><IsTruncated>${more}</IsTruncated>${next}`;
    return done(200, xml('ListVersionsResult', head + entries.join('')));
  }

  #used(): number {
    return [...this.objects.values()].flat().reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);
  }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** As AWS does: a space is a plus. */
function urlEncoded(key: string): string {
  return encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');
}

function xmlText(text: string): string {
  return text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
}

function xml(name: string, content: string): string {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  return `${declaration}<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`;
}

function fail(status: number, code: string): Answer {
  return done(status, `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as asked</Message></Error>`);
}

function done(status: number, body: string | Buffer, headers: Record<string, string> = {}): Answer {
  return { status, body: Buffer.from(body), headers };
}

async function send(response: ServerResponse, call: Call, { status, body, headers }: Answer): Promise<void> {
  if (call.fault === 'reset-after') {
    call.request.socket.resetAndDestroy();
    return;
  }
  response.writeHead(status, { ...headers, 'content-length': String(body.length) });
  if (call.method === 'HEAD') response.end();
  else if (call.fault !== 'truncated') response.end(body);
  else response.write(body.subarray(0, body.length / 2), () => call.request.socket.resetAndDestroy());
}
