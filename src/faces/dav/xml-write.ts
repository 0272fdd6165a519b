import type { XmlElement } from './xml-element.ts';

/** Characters that XML 1.0 §2.2 does not allow at all: names of files may have them, answers may not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not get through
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const needsCareInText = /[&<>\r\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const needsCareInAttribute = /[&<>"\r\n\t\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

export function escapeText(text: string): string {
  if (!needsCareInText.test(text)) return text;
  return (
    text
      .replace(forbidden, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      // XML 1.0 §2.11: a carriage return survives reading only as a reference.
      .replaceAll('\r', '&#13;')
  );
}

export function escapeAttribute(text: string): string {
  if (!needsCareInAttribute.test(text)) return text;
  // XML 1.0 §3.3.3: white space in attributes survives reading only as references.
  return escapeText(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}

/** The namespace of what sync clients of the ownCloud family ask for. */
export const ownCloud = 'http://owncloud.org/ns';

export interface XmlName {
  readonly namespace: string;
  readonly name: string;
}

/** An element without content, for properties that are named but have no value to show. */
export function emptyElement({ namespace, name }: XmlName): string {
  if (namespace === 'DAV:') return `<d:${name}/>`;
  if (namespace === ownCloud) return `<oc:${name}/>`;
  return namespace === '' ? `<${name}/>` : `<x:${name} xmlns:x="${escapeAttribute(namespace)}"/>`;
}

/** Text of bounded length: declarations that are repeated for each part could otherwise make much out of little. */
export class BoundedText {
  #text = '';
  #left: number;
  readonly #tooLong: () => Error;

  constructor(maxLength: number, tooLong: () => Error) {
    this.#left = maxLength;
    this.#tooLong = tooLong;
  }

  add(text: string): void {
    this.#left -= text.length;
    if (this.#left < 0) throw this.#tooLong();
    this.#text += text;
  }

  /** What was added since the last call; the bound goes on counting. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}

/**
 * RFC 4918 §4.3: an element as it was sent, but standing alone: the namespaces and the language in scope are declared on it,
 * because its value may use them in text as well.
 */
export function writeStandalone(element: XmlElement, out: BoundedText): void {
  let declarations = '';
  for (const [prefix, namespace] of element.scope) declarations += declaration(prefix, namespace);
  const language = element.language;
  const hasOwn = element.attributes.some((each) => each.name === 'xml:lang');
  if (language !== undefined && !hasOwn) declarations += ` xml:lang="${escapeAttribute(language)}"`;
  writeTag(element, declarations, out);
}

/** What is inside an element, each part standing alone. */
export function writeContent(element: XmlElement, out: BoundedText): void {
  for (const child of element.children) {
    if (typeof child === 'string') out.add(escapeText(child));
    else writeStandalone(child, out);
  }
}

function writeTag(element: XmlElement, declarations: string, out: BoundedText): void {
  out.add(`<${element.tag}${declarations}`);
  for (const { name, value } of element.attributes) out.add(` ${name}="${escapeAttribute(value)}"`);
  if (element.children.length === 0) {
    out.add('/>');
    return;
  }
  out.add('>');
  for (const child of element.children) {
    if (typeof child === 'string') out.add(escapeText(child));
    else writeTag(child, ownDeclarations(child), out);
  }
  out.add(`</${element.tag}>`);
}

function ownDeclarations(element: XmlElement): string {
  let declarations = '';
  for (const [prefix, namespace] of element.declared) declarations += declaration(prefix, namespace);
  return declarations;
}

function declaration(prefix: string, namespace: string): string {
  return prefix === '' ? ` xmlns="${escapeAttribute(namespace)}"` : ` xmlns:${prefix}="${escapeAttribute(namespace)}"`;
}
