import { Fault } from '#base/fault.ts';
import { isObjectName } from './object-name.ts';

/** `s3://HOST[:PORT]/BUCKET[/PREFIX]` */
export interface BucketAddress {
  /** Where requests go, without a path. */
  readonly origin: string;
  /** Without the port: what two buckets of one provider have in common. */
  readonly host: string;
  readonly bucket: string;
  /** Before every name: empty, or ending in `/`. */
  readonly prefix: string;
  /** As it was written. */
  readonly text: string;
}

const scheme = 's3://';
/** docs.aws.amazon.com, "General purpose bucket naming rules"; older buckets may have upper case and underscores. */
const bucketPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/;
const maxPrefixBytes = 250;
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export function isBucketAddress(text: string): boolean {
  return text.startsWith(scheme);
}

/** https, except on loopback. @throws Fault `bad-config` */
export function parseBucketAddress(text: string): BucketAddress {
  const [authority = '', bucket = '', ...rest] = text.slice(scheme.length).split('/');
  const prefix = rest.join('/').replace(/\/$/, '');
  const host = hostOf(authority);
  const prefixFits = prefix === '' || (isObjectName(prefix) && prefix.length <= maxPrefixBytes);
  if (!isBucketAddress(text) || host === undefined || !bucketPattern.test(bucket) || !prefixFits) {
    throw new Fault(
      'bad-config',
      `Not the address of a bucket: ${text}. It looks like s3://HOST[:PORT]/BUCKET[/PREFIX].`,
    );
  }
  return {
    origin: `${loopback.test(host) ? 'http' : 'https'}://${authority.toLowerCase()}`,
    host,
    bucket,
    prefix: prefix === '' ? '' : `${prefix}/`,
    text,
  };
}

/** Nothing but a host and a port: no name or password, which would end in logs. */
function hostOf(authority: string): string | undefined {
  if (!/^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.test(authority) || !URL.canParse(`https://${authority}`))
    return undefined;
  return new URL(`https://${authority}`).hostname;
}
