import { equalBytes, toHex } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import { Fault } from '#base/fault.ts';
import { assertObjectName, compareNames, isObjectName } from './object-name.ts';
import type { ObjectLock, Place, PlacedObject } from './place.ts';
import type { S3Answer, S3Client } from './s3-client.ts';
import { extendLock, isLockOffered, keptUntil, type LockSettings, lockHeaders } from './s3-lock.ts';
import { md5 } from './s3-md5.ts';
import { childrenOf, parseS3Xml, type S3Element, textOf } from './s3-xml.ts';

export interface S3PlaceParts {
  readonly client: S3Client;
  readonly clock: Clock;
  /** For each object that is put, when the bucket offers it. */
  readonly lock?: LockSettings | undefined;
}

/** A bucket that speaks S3; objects are far below the 5 GiB of one PUT. */
export class S3Place implements Place {
  readonly title: string;
  readonly lock: ObjectLock | undefined;
  readonly #parts: S3PlaceParts;
  #lockOffered: Promise<boolean> | undefined;
  /** Buckets that seal what they store need not answer with the MD5 of what was sent. */
  #tagIsMd5 = true;

  constructor(parts: S3PlaceParts) {
    this.#parts = parts;
    this.title = parts.client.address.text;
    this.lock = parts.lock === undefined ? undefined : this.#lockWith(parts.client, parts.lock);
  }

  /** By the host alone: two accounts at one provider share what befalls the provider. */
  async fate(): Promise<string> {
    return `host ${this.#parts.client.address.host}`;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    assertObjectName(name);
    const { client } = this.#parts;
    // The caller may go on with its buffer while this one is tried again.
    const body = bytes.slice();
    const digest = md5(body);
    // Object lock wants the MD5, and it is what the ETag is compared with.
    const headers = { 'content-md5': digest.toBase64(), ...(await this.#lockHeaders()) };
    const answer = await client.ask({ method: 'PUT', name, body, headers });
    if (answer.status !== 200) throw client.refused('take an object', answer);
    if (this.#tagIsMd5 && tagOf(answer) !== toHex(digest)) await this.#readBack(name, body);
  }

  async get(name: string): Promise<Uint8Array | null> {
    assertObjectName(name);
    const { client } = this.#parts;
    const answer = await client.ask({ method: 'GET', name });
    if (answer.status === 200) return answer.body;
    if (answer.status === 404 && answer.code !== 'NoSuchBucket') return null;
    throw client.refused('give an object', answer);
  }

  async size(name: string): Promise<number | null> {
    assertObjectName(name);
    const { client } = this.#parts;
    const answer = await client.ask({ method: 'HEAD', name });
    if (answer.status === 404) return null;
    const sizeBytes = Number(answer.headers.get('content-length') ?? Number.NaN);
    if (answer.status !== 200 || !Number.isSafeInteger(sizeBytes)) throw client.refused('look at an object', answer);
    return sizeBytes;
  }

  async *list(prefix: string, after?: string): AsyncGenerator<PlacedObject> {
    const { client } = this.#parts;
    const { prefix: top } = client.address;
    let last = after ?? '';
    let from: Readonly<Record<string, string>> =
      after === undefined || after === '' ? {} : { 'start-after': top + after };
    for (;;) {
      const query = { 'list-type': '2', 'encoding-type': 'url', prefix: top + prefix, ...from };
      const answer = await client.ask({ method: 'GET', query });
      if (answer.status !== 200) throw client.refused('list its objects', answer);
      const page = parseS3Xml(answer.body, 'ListBucketResult');
      for (const object of objectsOf(page, top)) {
        if (compareNames(object.name, last) <= 0) throw this.#strange('lists its objects out of order');
        last = object.name;
        if (isObjectName(object.name)) yield object;
      }
      if (textOf(page, 'IsTruncated') !== 'true') return;
      const token = textOf(page, 'NextContinuationToken');
      if (token === '') throw this.#strange('does not say how its listing goes on');
      from = { 'continuation-token': token };
    }
  }

  /** S3 does not say. */
  async freeBytes(): Promise<undefined> {}

  async close(): Promise<void> {}

  async #lockHeaders(): Promise<Readonly<Record<string, string>>> {
    const { lock, clock } = this.#parts;
    if (lock === undefined || !(await this.#isLockOffered())) return {};
    return lockHeaders(lock.mode, clock.nowMs() + lock.retentionMs);
  }

  async #isLockOffered(): Promise<boolean> {
    this.#lockOffered ??= isLockOffered(this.#parts.client);
    try {
      return await this.#lockOffered;
    } catch (error) {
      this.#lockOffered = undefined;
      throw error;
    }
  }

  #lockWith(client: S3Client, { mode }: LockSettings): ObjectLock {
    return {
      offered: () => this.#isLockOffered(),
      keptUntilMs: async (name) => {
        assertObjectName(name);
        const answer = await client.ask({ method: 'HEAD', name });
        if (answer.status !== 200 && answer.status !== 404) throw client.refused('look at an object', answer);
        return keptUntil(answer);
      },
      extend: async (name, untilMs) => {
        assertObjectName(name);
        return await extendLock(client, name, mode, untilMs);
      },
    };
  }

  /** The signature made the server check what it received; when its ETag is not the MD5 of that, the bytes themselves say. */
  async #readBack(name: string, bytes: Uint8Array): Promise<void> {
    const stored = await this.get(name);
    if (stored === null || !equalBytes(stored, bytes)) {
      throw new Fault('damaged', `${this.title} keeps something else than what was sent, as ${name}. Put it again.`);
    }
    this.#tagIsMd5 = false;
  }

  #strange(what: string): Fault {
    return new Fault('io', `${this.title} ${what}. Nothing was lost; it cannot be used for copies like this.`);
  }
}

function tagOf({ headers }: S3Answer): string {
  return (headers.get('etag') ?? '').replaceAll('"', '');
}

function* objectsOf(page: S3Element, top: string): Generator<PlacedObject> {
  const decode = textOf(page, 'EncodingType') === 'url' ? decoded : (text: string): string => text;
  for (const entry of childrenOf(page, 'Contents')) {
    const key = decode(textOf(entry, 'Key'));
    if (key.startsWith(top)) yield { name: key.slice(top.length), sizeBytes: Number(textOf(entry, 'Size')) };
  }
}

/** Some servers write a space as `+`, all of them a plus as `%2B`. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // A key that is not UTF-8 is none of ours.
    return '';
  }
}
