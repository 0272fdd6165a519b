// Requests that no well-meaning client sends, with what they must be answered.
import { requestBytes, type WireRequest } from './wire.ts';

export interface BadRequest {
  readonly what: string;
  /** Bytes as they go over the connection. */
  readonly parts: (at: Address) => readonly Uint8Array[];
  readonly status: number;
  /** What the answer tells a person. */
  readonly says: RegExp;
}

interface Address {
  readonly url: string;
  readonly authorization: string;
}

const files = '/dav/alice/files';
/** Exists, with content and a lock. */
export const keptFile = 'kept.txt';
export const lockedFile = 'locked.txt';
const kept = `${files}/${keptFile}`;
const mebibyte = 1024 * 1024;

type Headers = Readonly<Record<string, string>>;

function well(what: string, request: WireRequest, status: number, says: RegExp): BadRequest {
  return {
    what,
    status,
    says,
    parts: ({ url, authorization }) => [
      requestBytes(url, { ...request, headers: { authorization, ...request.headers } }),
    ],
  };
}

/** The head as it is written here, after a right Host and Authorization. */
function raw(what: string, firstLine: string, rest: string, status: number, says: RegExp): BadRequest {
  return {
    what,
    status,
    says,
    parts: ({ url, authorization }) => [
      Buffer.from(`${firstLine}\r\nhost: ${new URL(url).host}\r\nauthorization: ${authorization}\r\n${rest}`, 'latin1'),
    ],
  };
}

const xml = (what: string, body: string | Uint8Array, status: number, says: RegExp): BadRequest =>
  well(what, { method: 'PROPFIND', target: `${files}/`, headers: { depth: '1' }, body }, status, says);

const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${Array.from(
  { length: 9 },
  (_, n) => `<!ENTITY a${n} "${`&${n === 0 ? 'a' : `a${n - 1}`};`.repeat(10)}">`,
).join('')}]><propfind xmlns="DAV:"><prop>&a8;</prop></propfind>`;

const malformed = /The body of the request cannot be used: .+ Nothing was changed\./;
const badXml: readonly BadRequest[] = [
  xml('XML that does not close', '<propfind xmlns="DAV:"><prop></propfind>', 400, malformed),
  xml('XML that is cut off', '<propfind xmlns="DAV:"><prop>', 400, malformed),
  xml('XML that is none', 'depth=1&user=alice', 400, malformed),
  xml('an entity bomb', bomb, 400, /document type declaration is not accepted/),
  xml('an outer entity', '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', 400, /document type declaration/),
  xml('XML in a thousand layers', `${'<x>'.repeat(1000)}${'</x>'.repeat(1000)}`, 400, /nested deeper than/),
  xml('XML that is not UTF-8', Buffer.from('<propfind xmlns="DAV:">\xff</propfind>', 'latin1'), 400, /not UTF-8/),
  xml('XML of 10 MiB', Buffer.alloc(10 * mebibyte, '<'), 413, /larger than 1 MiB/),
  {
    what: 'XML of 10 MiB in chunks',
    status: 413,
    says: /larger than 1 MiB/,
    parts: ({ url, authorization }) => [
      requestBytes(url, {
        method: 'PROPFIND',
        target: `${files}/`,
        headers: { authorization, depth: '1', 'transfer-encoding': 'chunked' },
      }),
      ...Array.from({ length: 10 }, () => Buffer.from(`100000\r\n${'<'.repeat(mebibyte)}\r\n`)),
      Buffer.from('0\r\n\r\n'),
    ],
  },
  well(
    'a property update without one',
    { method: 'PROPPATCH', target: kept, body: '<x/>' },
    400,
    /Nothing was changed/,
  ),
];

const unreadable =
  /^(The request cannot be read as HTTP|The address and headers are larger than 32 KiB)\. Nothing was changed/;
const badFraming: readonly BadRequest[] = [
  raw('a negative length', `PUT ${kept} HTTP/1.1`, 'content-length: -5\r\n\r\nhello', 400, unreadable),
  raw('a length that is no number', `PUT ${kept} HTTP/1.1`, 'content-length: 5x\r\n\r\nhello', 400, unreadable),
  raw('two lengths', `PUT ${kept} HTTP/1.1`, 'content-length: 5\r\ncontent-length: 6\r\n\r\nhello!', 400, unreadable),
  raw(
    'a length and chunks together',
    `PUT ${kept} HTTP/1.1`,
    'content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    400,
    unreadable,
  ),
  raw('no method that exists', `FROB ${kept} HTTP/1.1`, '\r\n', 400, unreadable),
  raw('no HTTP', `GET ${kept} FTP/1.1`, '\r\n', 400, unreadable),
  raw('a header without a name', `GET ${kept} HTTP/1.1`, ': x\r\n\r\n', 400, unreadable),
  raw('a zero byte in a header', `GET ${kept} HTTP/1.1`, 'x: a\0b\r\n\r\n', 400, unreadable),
  raw('2,000 headers', `GET ${kept} HTTP/1.1`, `${'x-header-of-a-flood: 1\r\n'.repeat(2000)}\r\n`, 431, unreadable),
  raw('an address of 100 KiB', `GET ${files}/${'a'.repeat(100 * 1024)} HTTP/1.1`, '\r\n', 431, unreadable),
  raw('two Hosts', `GET ${kept} HTTP/1.1`, 'host: localhost\r\n\r\n', 400, /Host/),
];

const address = (what: string, path: string, status: number, says: RegExp): BadRequest =>
  well(what, { method: 'PUT', target: `${files}/${path}`, body: 'x' }, status, says);

const notUtf8 = /is not a valid url component/;
const unusable = /The address cannot be used: .+ Nothing was changed\./;
const badAddresses: readonly BadRequest[] = [
  address('a zero byte in a name', 'a%00b', 400, unusable),
  address('a step up', '../bob/x', 400, unusable),
  address('a step up, encoded', '%2e%2e/%2E%2e/etc/passwd', 400, unusable),
  address('an encoded slash', 'a%2fb', 400, unusable),
  address('an empty name', 'a//b', 400, unusable),
  address('an escape that is no UTF-8', '%ff%fe', 400, notUtf8),
  address('an escape that is none', '%zz', 400, notUtf8),
  address('an overlong slash', '%c0%af', 400, notUtf8),
  address('half a surrogate pair', '%ed%a0%80', 400, notUtf8),
  address('a name of 256 bytes', 'a'.repeat(256), 400, /more than 255 bytes/),
  address('a name of 256 bytes in 128 letters', '%c3%bc'.repeat(128), 400, /more than 255 bytes/),
  address('a name of 300 bytes', 'a'.repeat(300), 400, /more than 255 bytes/),
  address('a folder that is not there', 'absent/x', 409, /Make the folder first/),
  address('a path that is 900 deep', `${'a/'.repeat(900)}x`, 409, /Make the folder first/),
  address('a path that is 1,000 deep', `${'a/'.repeat(1000)}x`, 414, /deeper than/),
  address('an address of 10 KiB', `${'a'.repeat(200)}/`.repeat(50), 414, /longer than/),
];

const change = (what: string, method: string, headers: Headers, status: number, says: RegExp): BadRequest =>
  well(what, { method, target: kept, headers }, status, says);

const lockBody =
  '<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype><owner>x</owner></lockinfo>';
const locked = `${files}/${lockedFile}`;
const lost = '<urn:uuid:00000000-0000-4000-8000-000000000000>';
const badChanges: readonly BadRequest[] = [
  change('a move without a destination', 'MOVE', {}, 400, /Destination/),
  change('a move to another host', 'MOVE', { destination: 'http://example.org/x' }, 502, /.{20,}/),
  change('a copy out of the vault', 'COPY', { destination: '/health' }, 502, /.{20,}/),
  change('a destination that steps up', 'COPY', { destination: `${files}/../../x` }, 400, unusable),
  change('a copy onto itself', 'COPY', { destination: kept }, 403, /the same/),
  change('an Overwrite that is none', 'MOVE', { destination: `${files}/y`, overwrite: 'X' }, 400, /T or F/),
  change('a Depth that is none', 'PROPFIND', { depth: '7' }, 400, /Depth/),
  change('a method that does nothing', 'POST', {}, 405, /does nothing here/),
  change('a lock condition that is none', 'DELETE', { if: '(<' }, 400, /If/),
  change('a condition of 30 KB', 'DELETE', { if: `${'(Not <DAV:x>)'.repeat(2300)}(` }, 400, /If/),
  change('a lock token that never was', 'DELETE', { if: `(${lost})` }, 412, /not in the state/),
  change('an unlock of nothing', 'UNLOCK', { 'lock-token': lost }, 409, /no such lock/),
  change('an unlock without a token', 'UNLOCK', {}, 400, /Lock-Token/),
  well('a lock that is none', { method: 'LOCK', target: kept, body: '<lockinfo/>' }, 400, /.{20,}/),
  well('a second lock', { method: 'LOCK', target: locked, body: lockBody }, 423, /locked by another program/),
  well('what is locked, written', { method: 'PUT', target: locked, body: 'x' }, 423, /locked by another program/),
  well('what is locked, removed', { method: 'DELETE', target: locked }, 423, /locked by another program/),
  well('the folder of what is locked, removed', { method: 'DELETE', target: `${files}/` }, 403, /top folder/),
  well(
    'content that is not what was declared',
    { method: 'PUT', target: kept, body: 'x', headers: { 'oc-checksum': `SHA256:${'0'.repeat(64)}` } },
    400,
    /checksum/,
  ),
  well(
    'a part of a file',
    { method: 'PUT', target: kept, body: 'x', headers: { 'content-range': 'bytes 0-0/10' } },
    400,
    /.{20,}/,
  ),
];

const named = (what: string, host: string): BadRequest =>
  well(what, { method: 'GET', target: kept, headers: { host } }, 421, /not known as|needs a Host/);
const badHosts: readonly BadRequest[] = [
  named('the name of somebody else', 'example.org'),
  named('a name that ends like ours', 'localhost.example.org'),
  named('a name with a password', 'localhost:1@example.org'),
  named('no name', ''),
];

export const badRequests: readonly BadRequest[] = [
  ...badXml,
  ...badFraming,
  ...badAddresses,
  ...badChanges,
  ...badHosts,
];
