import { AwsV4Signer } from 'aws4fetch';
import { assert } from '#base/assert.ts';
import { fromUtf8, noBytes, toHex } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import { Fault } from '#base/fault.ts';
import { sha256 } from '#crypto/primitives.ts';
import type { BucketAddress } from './bucket-address.ts';
import type { S3Credentials } from './s3-credentials.ts';
import { errorCode } from './s3-xml.ts';

export interface S3Options {
  readonly address: BucketAddress;
  readonly region: string;
  readonly credentials: S3Credentials;
  readonly clock: Clock;
  /** Before the second try, the third, and so on. */
  readonly retryDelaysMs?: readonly number[];
  /** For an answer to begin; what is large gets more in proportion. */
  readonly timeoutMs?: number;
}

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  /** Of an object, without the prefix; the bucket itself when left out. */
  readonly name?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface S3Answer {
  readonly status: number;
  /** Of an error; empty for HEAD, which has no body to say it. */
  readonly code: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

const defaultDelaysMs: readonly number[] = [200, 800, 2500, 6000];
const defaultTimeoutMs = 30_000;
const slowestBytesPerSecond = 16 * 1024;
/** A segment has at most 64 MiB or one entry, whose body has at most 64 MiB. */
const maxBodyBytes = 192 * 1024 * 1024;
const fullCodes: ReadonlySet<string> = new Set(['QuotaExceeded', 'XMinioStorageFull', 'InsufficientCapacity']);
/** Refusals that say nothing against trying the same again: what was sent came damaged, late, or too often. */
const passingCodes: ReadonlySet<string> = new Set([
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'RequestTimeout',
  'OperationAborted',
  'IncompleteBody',
]);

/**
 * Signed requests to one bucket, path-style. Every request carries the SHA-256 of its body in its signature (AWS Signature
 * Version 4), so the server refuses what was changed on the way. Tried again, with growing pauses, when the network or the
 * server fails: every request of ours may be repeated.
 */
export class S3Client {
  readonly address: BucketAddress;
  readonly #options: S3Options;

  constructor(options: S3Options) {
    this.address = options.address;
    this.#options = options;
  }

  /** Any answer below 500; what is not a success is the caller's to judge. @throws Fault `unavailable`, `disk-full` */
  async ask(request: S3Request): Promise<S3Answer> {
    const delays = this.#options.retryDelaysMs ?? defaultDelaysMs;
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#try(request);
      if (answer instanceof Error || isPassing(answer)) {
        const delayMs = delays[attempt];
        if (delayMs === undefined) throw this.#unavailable(answer);
        await pause(delayMs);
        continue;
      }
      if (answer.status === 507 || fullCodes.has(answer.code)) {
        const message = `${this.address.text} is full (${answer.code}). Nothing was lost; make room and try again.`;
        throw new Fault('disk-full', message);
      }
      return answer;
    }
  }

  /** For an answer that leaves nothing else to do. */
  refused(action: string, { status, code }: S3Answer): Fault {
    const said = code === '' ? `status ${status}` : code;
    const hint = hints.get(code) ?? (status === 401 || status === 403 ? hints.get('AccessDenied') : '') ?? '';
    return new Fault('io', `${this.address.text} refused to ${action} (${said}). Nothing was lost. ${hint}`.trim());
  }

  /** The network's error, or the answer. */
  async #try(request: S3Request): Promise<S3Answer | Error> {
    const body = request.body ?? noBytes;
    const signed = await this.#signed(request, body);
    const deadline = new Deadline(this.#options.timeoutMs ?? defaultTimeoutMs);
    try {
      deadline.allow(body.length);
      const response = await fetch(signed.url, {
        method: request.method,
        headers: signed.headers,
        redirect: 'manual',
        signal: deadline.signal,
        ...(request.method === 'PUT' ? { body } : {}),
      });
      if (request.method !== 'HEAD') deadline.allow(Number(response.headers.get('content-length') ?? 0));
      const bytes = await readBody(response);
      const code = response.status >= 300 ? errorCode(bytes) : '';
      return { status: response.status, code, headers: response.headers, body: bytes };
    } catch (error) {
      if (error instanceof Fault) throw error;
      // fetch rejects with TypeError when the network fails, and with the signal's reason when the time is up.
      assert(error instanceof Error, 'something else than an error was thrown');
      return error;
    } finally {
      deadline.end();
    }
  }

  async #signed(request: S3Request, body: Uint8Array): Promise<{ readonly url: URL; readonly headers: Headers }> {
    const { credentials, region, clock } = this.#options;
    const headers = new Headers(request.headers);
    headers.set('X-Amz-Content-Sha256', toHex(sha256(body)));
    const token = credentials.sessionToken;
    const signer = new AwsV4Signer({
      method: request.method,
      url: this.#url(request),
      headers,
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: fromUtf8(credentials.secretAccessKey.expose()),
      ...(token === undefined ? {} : { sessionToken: fromUtf8(token.expose()) }),
      service: 's3',
      region,
      datetime: new Date(clock.nowMs()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    });
    return await signer.sign();
  }

  #url({ name, query }: S3Request): string {
    const { origin, bucket, prefix } = this.address;
    const path = name === undefined ? '' : `/${(prefix + name).split('/').map(escaped).join('/')}`;
    const pairs = Object.entries(query ?? {}).map(([key, value]) => `${escaped(key)}=${escaped(value)}`);
    return `${origin}/${bucket}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
  }

  #unavailable(answer: S3Answer | Error): Fault {
    const why = answer instanceof Error ? networkError(answer) : answer.code || `status ${answer.status}`;
    return new Fault(
      'unavailable',
      `${this.address.text} does not answer (${why}). Nothing was lost; it is tried again later.`,
      answer instanceof Error ? { cause: answer } : {},
    );
  }
}

const hints: ReadonlyMap<string, string> = new Map([
  ['AccessDenied', 'Check its credentials and what they may do (docs/operating.md, Places for copies).'],
  ['InvalidAccessKeyId', 'The access key id is not known there.'],
  ['SignatureDoesNotMatch', 'The secret access key or the region is not the right one.'],
  ['AuthorizationHeaderMalformed', 'The region is probably not the right one.'],
  ['PermanentRedirect', 'The region is probably not the right one.'],
  ['RequestTimeTooSkewed', 'The clock of this machine or of that one is wrong.'],
  ['NoSuchBucket', 'There is no such bucket.'],
]);

function isPassing({ status, code }: S3Answer): boolean {
  return (status >= 500 && status !== 501 && status !== 507) || status === 429 || passingCodes.has(code);
}

/** RFC 3986: what is not unreserved, byte by byte. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

async function readBody(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > maxBodyBytes) throw new Fault('io', 'The bucket answered with more than any object of a copy has.');
    parts.push(part);
  }
  return parts.length === 1 ? (parts[0] ?? noBytes) : new Uint8Array(Buffer.concat(parts, length));
}

/** Bounds a request; more bytes get more time. */
class Deadline {
  readonly #base: number;
  readonly #abort: AbortController = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(baseMs: number) {
    this.#base = baseMs;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** From now on. */
  allow(bytes: number): void {
    this.end();
    const limitMs = this.#base + (Math.min(bytes, maxBodyBytes) * 1000) / slowestBytesPerSecond;
    this.#timer = setTimeout(() => this.#abort.abort(new Error(`no answer in ${limitMs} ms`)), limitMs);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

function networkError(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? cause.message : error.message;
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
}
