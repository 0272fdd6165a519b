import { checkName } from '#format/file-operations.ts';
import type { Path } from '#vault/files/types.ts';
import { DavProblem } from './problem.ts';

/** RFC 9110 §4.1 recommends to support at least 8,000 octets. */
const maxTargetLength = 8000;
const maxSegments = 1000;

/** Where in the space of addresses a vault stands. */
export interface Mount {
  /** Decoded segments above the vault's own paths. */
  readonly segments: readonly string[];
  /** The same as an address: a slash in front, none at the end. */
  readonly base: string;
}

export function mountAt(...segments: readonly string[]): Mount {
  return { segments, base: segments.map((each) => `/${encodeSegment(each)}`).join('') };
}

/** Everything but unreserved characters (RFC 3986 §2.3) and `! * ' ( )` is encoded: what comes out is safe in XML text too. */
export function encodeSegment(name: string): string {
  return encodeURIComponent(name);
}

/** RFC 4918 §5.2: the address of a folder ends with a slash. */
export function hrefOf(mount: Mount, path: Path, isFolder: boolean): string {
  let href = mount.base;
  for (const name of path) href += `/${encodeSegment(name)}`;
  return isFolder ? `${href}/` : href;
}

/** The path below a mount; undefined when the segments lead elsewhere. */
export function pathUnder(mount: Mount, segments: readonly string[]): Path | undefined {
  const depth = mount.segments.length;
  if (segments.length < depth) return undefined;
  for (let i = 0; i < depth; i += 1) if (segments[i] !== mount.segments[i]) return undefined;
  return segments.slice(depth);
}

/**
 * The decoded segments of a request target or of an address in a header.
 * @throws DavProblem 400, 414: nothing ambiguous is let through, because a proxy before us might read it otherwise.
 */
export function parseTarget(target: string): readonly string[] {
  if (target.length > maxTargetLength)
    throw new DavProblem(
      414,
      `The address is longer than ${maxTargetLength} characters. Use shorter names or fewer folders.`,
    );
  const path = pathPart(target);
  const segments = path.split('/');
  // The path starts with a slash, so the first segment is empty; one slash at the end says "folder" and nothing more.
  segments.shift();
  if (segments.at(-1) === '') segments.pop();
  if (segments.length > maxSegments)
    throw new DavProblem(414, `The address is deeper than ${maxSegments} folders. Use fewer folders.`);
  for (let i = 0; i < segments.length; i += 1) segments[i] = decodeSegment(segments[i] ?? '');
  return segments;
}

function pathPart(target: string): string {
  if (target.includes('#')) throw badAddress('it has a fragment (#); send %23 for a name that contains one');
  let start = 0;
  if (!target.startsWith('/')) {
    // RFC 9112 §3.2.2: a server must accept the absolute form.
    const scheme = target.indexOf('://');
    if (scheme < 0) throw badAddress('it is no absolute path');
    start = target.indexOf('/', scheme + 3);
    if (start < 0) return '/';
  }
  const query = target.indexOf('?', start);
  return query < 0 ? target.slice(start) : target.slice(start, query);
}

function decodeSegment(segment: string): string {
  const name = decodeUtf8(segment);
  const verdict = checkName(name);
  switch (verdict) {
    case 'ok':
      return name;
    case 'empty':
      throw badAddress('it has an empty name (two slashes in a row)');
    case 'reserved':
      throw badAddress('it has a . or .. as a name');
    case 'too-long':
      throw badAddress('it has a name of more than 255 bytes; shorten it');
    case 'forbidden-character':
      throw badAddress('it has a name with an encoded slash or a zero byte');
  }
}

function decodeUtf8(segment: string): string {
  try {
    // Header values and targets arrive byte by byte; some clients leave UTF-8 unencoded in them.
    return decodeURIComponent(segment.replace(highBytes, percent));
  } catch {
    throw badAddress('its percent-encoding is not valid UTF-8');
  }
}

const highBytes = /[\x80-\xff]/g;

function percent(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16)}`;
}

function badAddress(why: string): DavProblem {
  return new DavProblem(400, `The address cannot be used: ${why}. Nothing was changed.`);
}

const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i;

/** The host of an absolute address, in lower case and without a default port; undefined for an absolute path. */
export function hostOf(address: string): string | undefined {
  if (address.startsWith('/')) return undefined;
  const match = authority.exec(address);
  if (match === null) throw badAddress('it is neither an absolute path nor an absolute address');
  return plainHost(match[1] ?? '');
}

/** A proxy may speak TLS for us, so that 80 here is 443 there: default ports count as none. */
export function plainHost(host: string): string {
  return host
    .slice(host.lastIndexOf('@') + 1)
    .toLowerCase()
    .replace(defaultPort, '');
}

const defaultPort = /:(80|443)?$/;
