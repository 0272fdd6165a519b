import { SaxesParser, type SaxesTagNS } from 'saxes';
import { DavProblem } from './problem.ts';
import type { XmlElement } from './xml-element.ts';

/** Deep enough for every protocol spoken here, shallow enough for any stack. */
const maxDepth = 100;
const maxElements = 20_000;
const maxNamespacesInScope = 100;
const maxNamespaceLength = 1000;

interface OpenElement extends XmlElement {
  readonly children: (XmlElement | string)[];
}

const nothingDeclared: ReadonlyMap<string, string> = new Map();

/**
 * Reads a request body strictly, with namespaces (RFC 4918 §8.2: anything not well-formed is a bad request).
 * @throws DavProblem 400.
 */
export function parseXml(bytes: Uint8Array): XmlElement {
  const reader = new TreeReader();
  // XML version 1.1 would let characters in that an answer in 1.0 cannot carry.
  const parser = new SaxesParser({ xmlns: true, position: false, defaultXMLVersion: '1.0', forceXMLVersion: true });
  parser.on('error', (error) => {
    throw badXml(error.message);
  });
  parser.on('xmldecl', ({ encoding }) => checkEncoding(encoding));
  parser.on('doctype', () => {
    // RFC 4918 §20.6: entities are how small requests become large ones, and how a server is made to fetch things.
    throw badXml('a document type declaration is not accepted');
  });
  parser.on('opentag', (tag) => reader.open(tag));
  parser.on('text', (text) => reader.text(text));
  parser.on('cdata', (text) => reader.text(text));
  parser.on('closetag', () => reader.close());
  parser.write(decode(bytes)).close();
  return reader.root();
}

class TreeReader {
  readonly #open: OpenElement[] = [];
  #root: XmlElement | undefined;
  #elements = 0;

  open(tag: SaxesTagNS): void {
    this.#elements += 1;
    if (this.#open.length >= maxDepth) throw badXml(`it is nested deeper than ${maxDepth} elements`);
    if (this.#elements > maxElements) throw badXml(`it has more than ${maxElements} elements`);
    const parent = this.#open.at(-1);
    const declared = declaredOn(tag);
    const scope =
      declared.size === 0 ? (parent?.scope ?? nothingDeclared) : new Map([...(parent?.scope ?? []), ...declared]);
    if (scope.size > maxNamespacesInScope) throw badXml(`more than ${maxNamespacesInScope} namespaces are in scope`);
    const attributes = Object.values(tag.attributes)
      .filter((each) => each.prefix !== 'xmlns' && each.name !== 'xmlns')
      .map(({ name, value }) => ({ name, value }));
    const language = attributes.find((each) => each.name === 'xml:lang')?.value ?? parent?.language;
    const element: OpenElement = {
      namespace: tag.uri,
      name: tag.local,
      tag: tag.name,
      attributes,
      children: [],
      declared,
      scope,
      language,
    };
    parent?.children.push(element);
    this.#open.push(element);
  }

  text(text: string): void {
    this.#open.at(-1)?.children.push(text);
  }

  close(): void {
    const closed = this.#open.pop();
    if (this.#open.length === 0) this.#root = closed;
  }

  root(): XmlElement {
    if (this.#root === undefined) throw badXml('it is empty');
    return this.#root;
  }
}

function declaredOn(tag: SaxesTagNS): ReadonlyMap<string, string> {
  const prefixes = Object.keys(tag.ns);
  if (prefixes.length === 0) return nothingDeclared;
  const declared = new Map<string, string>();
  for (const prefix of prefixes) {
    const namespace = tag.ns[prefix] ?? '';
    if (namespace.length > maxNamespaceLength) throw badXml('the name of a namespace is too long');
    // `xml` may be declared, but only as what it is everywhere.
    if (prefix !== 'xml') declared.set(prefix, namespace);
  }
  return declared;
}

/** XML 1.0 §4.3.3: UTF-8, or UTF-16 with its byte order mark. */
function decode(bytes: Uint8Array): string {
  const mark = bytes.length >= 2 ? ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0) : 0;
  const encoding = mark === 0xfeff ? 'utf-16be' : mark === 0xfffe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw badXml(`it is not ${encoding.toUpperCase()}`);
  }
}

const encodings: ReadonlySet<string> = new Set([
  'utf-8',
  'utf8',
  'us-ascii',
  'ascii',
  'utf-16',
  'utf-16le',
  'utf-16be',
]);

function checkEncoding(encoding: string | undefined): void {
  if (encoding !== undefined && !encodings.has(encoding.toLowerCase()))
    throw badXml('its encoding is neither UTF-8 nor UTF-16');
}

function badXml(why: string): DavProblem {
  return new DavProblem(400, `The body of the request cannot be used: ${why}. Nothing was changed.`);
}
