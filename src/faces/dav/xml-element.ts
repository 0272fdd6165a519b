export interface XmlElement {
  readonly namespace: string;
  /** Local name. */
  readonly name: string;
  /** Name as it was written, with its prefix. */
  readonly tag: string;
  /** With their prefixes; declarations of namespaces are not among them. */
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  readonly children: readonly (XmlElement | string)[];
  /** Namespaces declared on this very element, by prefix. */
  readonly declared: ReadonlyMap<string, string>;
  /** All namespaces in scope, by prefix. */
  readonly scope: ReadonlyMap<string, string>;
  /** xml:lang in scope. */
  readonly language: string | undefined;
}

export function childElements(element: XmlElement): XmlElement[] {
  return element.children.filter((child) => typeof child !== 'string');
}

/** The first child with this name in the DAV namespace. */
export function davChild(element: XmlElement, name: string): XmlElement | undefined {
  return childElements(element).find((child) => isDav(child, name));
}

export function isDav(element: XmlElement, name: string): boolean {
  return element.namespace === 'DAV:' && element.name === name;
}
