import type { Property } from '#format/file-operations.ts';
import { xmlDeclaration } from './problem.ts';
import { nameKey, type PropfindRequest } from './propfind-request.ts';
import { emptyElement, ownCloud, type XmlName } from './xml-write.ts';

/** A property that is computed. `write` gives its whole element, or undefined where the item does not have it. */
export interface LiveProperty<Item, Context> extends XmlName {
  /** RFC 4918 §9.1: allprop gives those that the RFC itself defines. */
  readonly inAllprop: boolean;
  readonly write: (item: Item, context: Context) => string | undefined;
}

export type LiveTable<Item, Context> = ReadonlyMap<string, LiveProperty<Item, Context>>;

export function liveTable<Item, Context>(properties: readonly LiveProperty<Item, Context>[]): LiveTable<Item, Context> {
  return new Map(properties.map((each) => [nameKey(each), each]));
}

interface Column<Item, Context> {
  readonly empty: string;
  readonly write: (item: Item, context: Context) => string | undefined;
}

export const multistatusStart: string = `${xmlDeclaration}<d:multistatus xmlns:d="DAV:" xmlns:oc="${ownCloud}">`;
export const multistatusEnd = '</d:multistatus>';

const noProperties: readonly Property[] = [];

/** What a PROPFIND asks for, made ready so that thousands of items cost little each. */
export class Selection<Item, Context> {
  /** Whether dead properties have to be looked up. */
  readonly wantsDead: boolean;
  readonly #request: PropfindRequest;
  readonly #columns: readonly Column<Item, Context>[];
  /** Names asked for that are not live. */
  readonly #others: readonly { readonly key: string; readonly empty: string }[];
  readonly #othersEmpty: string;
  readonly #wanted: ReadonlySet<string>;

  constructor(request: PropfindRequest, table: LiveTable<Item, Context>) {
    this.#request = request;
    const named = request.kind === 'prop' ? request.names : request.kind === 'allprop' ? request.include : [];
    const keys = new Set(named.map(nameKey));
    if (request.kind !== 'prop')
      for (const [key, each] of table) if (each.inAllprop || request.kind === 'propname') keys.add(key);
    this.#wanted = keys;
    this.#columns = [...keys].flatMap((key) => {
      const live = table.get(key);
      return live === undefined ? [] : { empty: emptyElement(live), write: live.write };
    });
    this.#others = named
      .filter((each) => !table.has(nameKey(each)))
      .map((each) => ({ key: nameKey(each), empty: emptyElement(each) }));
    this.#othersEmpty = this.#others.map((each) => each.empty).join('');
    this.wantsDead = request.kind !== 'prop' || this.#others.length > 0;
  }

  wants(namespace: string, name: string): boolean {
    return this.#wanted.has(nameKey({ namespace, name }));
  }

  /** One DAV:response. What was found stands before what was not: some clients read the one into the other. */
  response(href: string, item: Item, context: Context, dead: readonly Property[] = noProperties): string {
    const namesOnly = this.#request.kind === 'propname';
    let found = '';
    let missing = '';
    for (const column of this.#columns) {
      const written = column.write(item, context);
      if (written === undefined) missing += column.empty;
      else found += namesOnly ? column.empty : written;
    }
    if (this.#request.kind !== 'prop') {
      for (const each of dead) found += namesOnly ? emptyElement(each) : each.xml;
      // Only what was asked for by name is missing.
      missing = '';
    }
    if (dead.length === 0) missing += this.#othersEmpty;
    else missing += this.#missingOthers(dead);
    if (this.#request.kind === 'prop' && dead.length > 0) found += this.#foundOthers(dead);
    return `<d:response><d:href>${href}</d:href>${found === '' && missing !== '' ? '' : ok(found)}${missing === '' ? '' : notFound(missing)}</d:response>`;
  }

  #missingOthers(dead: readonly Property[]): string {
    const has = new Set(dead.map(nameKey));
    return this.#others.map((each) => (has.has(each.key) ? '' : each.empty)).join('');
  }

  #foundOthers(dead: readonly Property[]): string {
    const asked = new Set(this.#others.map((each) => each.key));
    return dead.map((each) => (asked.has(nameKey(each)) ? each.xml : '')).join('');
  }
}

function ok(properties: string): string {
  return `<d:propstat><d:prop>${properties}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>`;
}

function notFound(properties: string): string {
  return `<d:propstat><d:prop>${properties}</d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat>`;
}
