import { DavProblem } from './problem.ts';
import { childElements, davChild, isDav, type XmlElement } from './xml-element.ts';
import type { XmlName } from './xml-write.ts';

/** RFC 4918 §14.20. */
export type PropfindRequest =
  | { readonly kind: 'allprop'; readonly include: readonly XmlName[] }
  | { readonly kind: 'propname' }
  | { readonly kind: 'prop'; readonly names: readonly XmlName[] };

const maxNames = 500;

/** @throws DavProblem 400. */
export function propfindRequest(root: XmlElement | undefined): PropfindRequest {
  // RFC 4918 §9.1: no body asks for everything.
  if (root === undefined) return { kind: 'allprop', include: [] };
  if (!isDav(root, 'propfind')) throw wrong('its root is not DAV:propfind');
  const prop = davChild(root, 'prop');
  const kinds = childElements(root).filter(
    (child) => isDav(child, 'prop') || isDav(child, 'allprop') || isDav(child, 'propname'),
  );
  if (kinds.length !== 1) throw wrong('it must have exactly one of prop, allprop and propname');
  if (prop !== undefined) return { kind: 'prop', names: namesIn(prop) };
  if (davChild(root, 'propname') !== undefined) return { kind: 'propname' };
  const include = davChild(root, 'include');
  return { kind: 'allprop', include: include === undefined ? [] : namesIn(include) };
}

/** Each name once. */
function namesIn(element: XmlElement): readonly XmlName[] {
  const names = new Map(
    childElements(element).map(({ namespace, name }) => [nameKey({ namespace, name }), { namespace, name }]),
  );
  if (names.size > maxNames) throw wrong(`it names more than ${maxNames} properties`);
  return [...names.values()];
}

function wrong(why: string): DavProblem {
  return new DavProblem(400, `The PROPFIND request cannot be used: ${why}.`);
}

/** Names as keys of maps: a space is in no name of XML. */
export function nameKey({ namespace, name }: XmlName): string {
  return `${name} ${namespace}`;
}
