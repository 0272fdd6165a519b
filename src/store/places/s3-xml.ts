import { SaxesParser } from 'saxes';
import { fromUtf8 } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';

/** An element of an answer; its namespace says nothing, several servers leave it out. */
export interface S3Element {
  readonly name: string;
  readonly text: string;
  readonly children: readonly S3Element[];
}

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: OpenElement[];
}

/** A page has 1,000 objects of about ten elements. */
const maxElements = 50_000;

/** @throws Fault `io` when the answer is none. */
export function parseS3Xml(bytes: Uint8Array, expected: string): S3Element {
  const root = tree(bytes);
  if (root?.name === expected) return root;
  throw new Fault('io', `The bucket answered with something else than ${expected}; is it S3 that listens there?`);
}

/** The code of an error, empty when the answer has none. */
export function errorCode(bytes: Uint8Array): string {
  const root = bytes.length === 0 ? undefined : tree(bytes);
  return root?.name === 'Error' ? textOf(root, 'Code') : '';
}

export function childrenOf(element: S3Element, name: string): readonly S3Element[] {
  return element.children.filter((child) => child.name === name);
}

export function textOf(element: S3Element, name: string): string {
  return element.children.find((child) => child.name === name)?.text ?? '';
}

function tree(bytes: Uint8Array): S3Element | undefined {
  const top: OpenElement = { name: '', text: '', children: [] };
  const open: OpenElement[] = [top];
  let elements = 0;
  const parser = new SaxesParser({ position: false });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name }) => {
    elements += 1;
    if (elements > maxElements) throw new Error('too many elements');
    const element = { name: name.slice(name.indexOf(':') + 1), text: '', children: [] };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  try {
    parser.write(fromUtf8(bytes)).close();
  } catch {
    return undefined;
  }
  return top.children[0];
}
