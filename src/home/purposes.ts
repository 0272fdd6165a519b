import { toHex, utf8 } from '#base/bytes.ts';
import { sha256 } from '#crypto/primitives.ts';

/** Every reason for which something may leave the home. There is no other way out. */
export const purposeNames = ['update-list', 'update-image'] as const;
export type PurposeName = (typeof purposeNames)[number];

/** Scheme, name and port of who is asked, as `https://downloads.example.org` or `http://192.0.2.1:8080`. */
export type Origin = string;

interface Purpose {
  readonly why: string;
  /** What the request contains, by name; nothing else of the home stands in it. */
  readonly fields: readonly string[];
  /** The address that is asked for, made of the fields. */
  readonly target: (value: (field: string) => string) => string;
}

const purposes: Readonly<Record<PurposeName, Purpose>> = {
  'update-list': {
    why: 'asks for a list of system images; which router you have is not told',
    fields: ['path'],
    target: (value) => value('path'),
  },
  'update-image': {
    why: 'fetches one file: a system image, its signature, or the signed list that belongs to it',
    fields: ['path'],
    target: (value) => value('path'),
  },
};

/** What is agreed to: exactly this text, named by its hash. */
export interface ConsentText {
  readonly purpose: PurposeName;
  readonly origin: Origin;
  readonly fields: readonly string[];
  readonly text: string;
  /** SHA-256 of the text in UTF-8, hex. */
  readonly sha256: string;
}

export function consentText(purpose: PurposeName, origin: Origin): ConsentText {
  const { why, fields } = purposes[purpose];
  const lines = [
    `Coffre on this machine ${why}.`,
    `It asks: ${origin}`,
    origin.startsWith('https:')
      ? 'On the way nobody else reads it. That this machine talks to that one can be seen.'
      : 'It is not encrypted: everybody on the way can read it.',
    'It sends these lines, and nothing else:',
    ...requestLines(purpose, origin, (field) => `{${field}}`).map((line) => `  ${line}`),
    ...fields.map((field) => `${field}: ${fieldMeanings[field] ?? ''}`),
    'To find the address of a name, this machine asks the name server that its operating system is set to.',
    'This is asked only when somebody in the home starts it. It ends when it is withdrawn, before the next byte.',
  ];
  const text = `${lines.join('\n')}\n`;
  return { purpose, origin, fields, text, sha256: toHex(sha256(utf8(text))) };
}

const fieldMeanings: Readonly<Record<string, string>> = {
  path: 'where the file is on that server, as given in the command',
};

/** The request head without line ends, as it goes out. */
export function requestLines(
  purpose: PurposeName,
  origin: Origin,
  value: (field: string) => string,
): readonly [request: string, host: string, connection: string] {
  return [`GET ${purposes[purpose].target(value)} HTTP/1.1`, `Host: ${new URL(origin).host}`, 'Connection: close'];
}

export function parsePurpose(text: string): PurposeName | undefined {
  return purposeNames.find((each) => each === text);
}

/** Undefined for anything but `http(s)://HOST[:PORT]`. */
export function parseOrigin(text: string): Origin | undefined {
  if (text.length > 300 || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isPlain || url.pathname !== '/' || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  return url.origin;
}
