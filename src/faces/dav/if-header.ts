import { DavProblem } from './problem.ts';

export interface IfCondition {
  readonly not: boolean;
  readonly token?: string;
  /** Without quotes; a weak one keeps its `W/"…"`, which no strong one equals (RFC 9110 §8.8.3.2). */
  readonly etag?: string;
}

export interface IfListSyntax {
  /** The resource that the list is about; undefined: that of the request. */
  readonly resource: string | undefined;
  readonly conditions: readonly IfCondition[];
}

/**
 * RFC 4918 §10.4.2:
 * `If = 1*No-tag-list | 1*Tagged-list`, `Tagged-list = "<" Simple-ref ">" 1*List`,
 * `List = "(" 1*( ["Not"] ( "<" URI ">" | "[" entity-tag "]" ) ) ")"`.
 * @throws DavProblem 400: a condition that cannot be read must not count as met.
 */
export function parseIfHeader(text: string): readonly IfListSyntax[] {
  const reader = new IfReader(text);
  const lists: IfListSyntax[] = [];
  let resource: string | undefined;
  while (!reader.atEnd()) {
    if (reader.peek() === '<') {
      // Tags may not follow lists without one.
      if (lists.length > 0 && resource === undefined) throw reader.bad('lists with and without a resource are mixed');
      resource = reader.bracketed('<', '>');
      if (reader.peek() !== '(') throw reader.bad('a resource has no list');
    }
    lists.push({ resource, conditions: reader.list() });
  }
  if (lists.length === 0) throw reader.bad('it is empty');
  return lists;
}

class IfReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  bad(why: string): DavProblem {
    return new DavProblem(400, `The If header cannot be read: ${why}. Nothing was changed.`);
  }

  atEnd(): boolean {
    this.#skipSpace();
    return this.#at === this.#text.length;
  }

  peek(): string | undefined {
    this.#skipSpace();
    return this.#text[this.#at];
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at += 1;
  }

  #expect(character: string): void {
    if (this.peek() !== character) throw this.bad(`${character} is missing at position ${this.#at + 1}`);
    this.#at += 1;
  }

  bracketed(open: string, close: string): string {
    this.#expect(open);
    const end = this.#text.indexOf(close, this.#at);
    if (end < 0) throw this.bad(`${close} is missing`);
    const inside = this.#text.slice(this.#at, end);
    if (inside === '' || notInUri.test(inside))
      throw this.bad(`what stands between ${open} and ${close} is not an address`);
    this.#at = end + 1;
    return inside;
  }

  list(): readonly IfCondition[] {
    this.#expect('(');
    const conditions: IfCondition[] = [];
    while (this.peek() !== ')') conditions.push(this.#condition());
    this.#at += 1;
    if (conditions.length === 0) throw this.bad('a list is empty');
    return conditions;
  }

  #condition(): IfCondition {
    const not = this.#text.slice(this.#at, this.#at + 3).toLowerCase() === 'not';
    if (not) this.#at += 3;
    if (this.peek() === '<') return { not, token: this.bracketed('<', '>') };
    this.#expect('[');
    const etag = this.#entityTag();
    this.#expect(']');
    return { not, etag };
  }

  #entityTag(): string {
    this.#skipSpace();
    // RFC 9110 §8.8.3: `W/` is case-sensitive.
    const isWeak = this.#text.startsWith('W/', this.#at);
    if (isWeak) this.#at += 2;
    if (this.#text[this.#at] !== '"') throw this.bad('an entity tag has no quotes');
    const end = this.#text.indexOf('"', this.#at + 1);
    if (end < 0) throw this.bad('an entity tag does not end');
    const opaque = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return isWeak ? `W/"${opaque}"` : opaque;
  }
}

const notInUri = /[\s<>"]/;
