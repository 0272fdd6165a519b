import { Fault } from '#base/fault.ts';
import { assertObjectName } from './object-name.ts';
import type { ErasablePlace, Removal } from './place.ts';
import type { S3Client } from './s3-client.ts';
import { keptUntil } from './s3-lock.ts';
import { decoded, S3Place, type S3PlaceParts } from './s3-place.ts';
import { parseS3Xml, textOf } from './s3-xml.ts';

/** The reaper's way into a bucket, with credentials that may delete. */
export class ErasableS3Place extends S3Place implements ErasablePlace {
  readonly #client: S3Client;

  constructor(parts: S3PlaceParts) {
    super(parts);
    this.#client = parts.client;
  }

  async remove(name: string): Promise<Removal> {
    assertObjectName(name);
    let heldUntilMs: number | undefined;
    // Oldest first: a crash leaves the newest, which is what says that there is still something to remove.
    for (const versionId of (await this.#versions(name)).reverse()) {
      const held = await this.#removeVersion(name, versionId);
      if (held !== undefined) heldUntilMs = Math.max(held, heldUntilMs ?? 0);
    }
    return heldUntilMs === undefined ? { kind: 'removed' } : { kind: 'held', untilMs: heldUntilMs };
  }

  /** Newest first, with the marks of deletions; `undefined` alone where the server knows no versions. */
  async #versions(name: string): Promise<(string | undefined)[]> {
    const key = this.#client.address.prefix + name;
    const versions: string[] = [];
    let from: Readonly<Record<string, string>> = {};
    for (;;) {
      const query = { versions: '', 'encoding-type': 'url', prefix: key, ...from };
      const answer = await this.#client.ask({ method: 'GET', query });
      if (answer.status === 501 || answer.code === 'NotImplemented') return [undefined];
      if (answer.status !== 200) throw this.#client.refused('list the versions of an object', answer);
      const page = parseS3Xml(answer.body, 'ListVersionsResult');
      const decode = textOf(page, 'EncodingType') === 'url' ? decoded : (text: string): string => text;
      for (const entry of page.children) {
        if (entry.name !== 'Version' && entry.name !== 'DeleteMarker') continue;
        if (decode(textOf(entry, 'Key')) === key) versions.push(textOf(entry, 'VersionId'));
      }
      const nextKey = decode(textOf(page, 'NextKeyMarker'));
      // Names that begin with this one come behind it.
      if (textOf(page, 'IsTruncated') !== 'true' || nextKey !== key) return versions;
      from = { 'key-marker': nextKey, 'version-id-marker': textOf(page, 'NextVersionIdMarker') };
    }
  }

  /** Until when a lock keeps it, undefined when it is gone. */
  async #removeVersion(name: string, versionId: string | undefined): Promise<number | undefined> {
    const query = versionId === undefined ? {} : { versionId };
    const answer = await this.#client.ask({ method: 'DELETE', name, query });
    if ((answer.status >= 200 && answer.status < 300) || answer.status === 404) return undefined;
    const version = await this.#client.ask({ method: 'HEAD', name, query });
    const untilMs = keptUntil(version);
    if (untilMs !== null) return untilMs;
    if (version.headers.get('x-amz-object-lock-legal-hold') === 'ON') {
      throw new Fault(
        'io',
        `${this.title} keeps ${name} under a legal hold. Nothing was lost; who set it must lift it.`,
      );
    }
    throw this.#client.refused('remove an object', answer);
  }
}
