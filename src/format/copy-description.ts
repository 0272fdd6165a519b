import { fromUtf8, utf8 } from '../base/bytes.ts';
import { type CopyId, copyIdOf, idBytes } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import { type CborValue, cborMap, type Fields } from './cbor.ts';
import { isCountry } from './copy-marker.ts';

/** Where a copy is (docs/format.md §8, `copy`). */
export interface CopyDescription {
  readonly copy: CopyId;
  readonly kind: 'folder' | 's3';
  /** A folder, or `s3://HOST[:PORT]/BUCKET[/PREFIX]`. */
  readonly place: string;
  readonly label: string;
  readonly country: string | undefined;
  readonly bucket: BucketDescription | undefined;
}

export interface BucketDescription {
  readonly region: string | undefined;
  readonly lock: { readonly mode: CopyLock; readonly retentionMs: number } | undefined;
  readonly credentials: BucketCredentials;
}

interface BucketCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret | undefined;
}

type CopyLock = 'COMPLIANCE' | 'GOVERNANCE';
const locks: readonly CopyLock[] = ['COMPLIANCE', 'GOVERNANCE'];

export function copyToCbor({ copy, kind, place, label, country, bucket }: CopyDescription): CborValue {
  const text = (secret: Secret | undefined): string | undefined =>
    secret === undefined ? undefined : fromUtf8(secret.expose());
  return cborMap({
    o: 'copy',
    copy: idBytes(copy),
    kind,
    place,
    label,
    country,
    region: bucket?.region,
    lock: bucket?.lock?.mode,
    retention: bucket?.lock?.retentionMs,
    access: bucket?.credentials.accessKeyId,
    secret: text(bucket?.credentials.secretAccessKey),
    token: text(bucket?.credentials.sessionToken),
  });
}

/** Undefined for a kind that this program does not know. @throws Fault `damaged`. */
export function copyFromCbor(fields: Fields): CopyDescription | undefined {
  const kind = (['folder', 's3'] as const).find((each) => each === fields.text('kind'));
  if (kind === undefined) return undefined;
  const country = optionalText(fields, 'country');
  if (country !== undefined && !isCountry(country)) throw fields.wrong('country');
  return {
    copy: copyIdOf(fields.bytes('copy', 16)),
    kind,
    place: fields.text('place'),
    label: fields.text('label'),
    country,
    bucket: kind === 's3' ? bucketFromCbor(fields) : undefined,
  };
}

function bucketFromCbor(fields: Fields): BucketDescription {
  const mode = fields.has('lock') ? locks.find((each) => each === fields.text('lock')) : undefined;
  if (fields.has('lock') && mode === undefined) throw fields.wrong('lock');
  return {
    region: optionalText(fields, 'region'),
    lock: mode === undefined ? undefined : { mode, retentionMs: fields.count('retention') },
    credentials: {
      accessKeyId: fields.text('access'),
      secretAccessKey: secretOf(fields, 'secret'),
      sessionToken: fields.has('token') ? secretOf(fields, 'token') : undefined,
    },
  };
}

function optionalText(fields: Fields, key: string): string | undefined {
  return fields.has(key) ? fields.text(key) : undefined;
}

function secretOf(fields: Fields, key: string): Secret {
  const text = fields.text(key);
  if (text === '') throw fields.wrong(key);
  return new Secret(utf8(text));
}
