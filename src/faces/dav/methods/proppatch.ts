import type { Property } from '#format/file-operations.ts';
import type { PropertyChange } from '#vault/files/commands.ts';
import type { Answer } from '../../content/answer.ts';
import { readXml } from '../body.ts';
import { callerOf } from '../caller.ts';
import type { Exchange } from '../exchange.ts';
import { nodeProperties } from '../live-properties.ts';
import { hrefOf } from '../paths.ts';
import { DavProblem, xmlType } from '../problem.ts';
import { nameKey } from '../propfind-request.ts';
import { notFound, refusalProblem } from '../refusals.ts';
import { multistatusEnd, multistatusStart } from '../selection.ts';
import { childElements, davChild, isDav, type XmlElement } from '../xml-element.ts';
import { BoundedText, emptyElement, writeStandalone, type XmlName } from '../xml-write.ts';

const maxChanges = 1000;
const maxStoredLength: number = 4 * 1024 * 1024;

/** Properties that are computed and yet not shown by PROPFIND; nobody sets them either. */
const alsoProtected: ReadonlySet<string> = new Set(
  ['creationdate'].map((name) => nameKey({ namespace: 'DAV:', name })),
);

/** One name with what is to become of it; undefined: removed. */
interface Step extends XmlName {
  readonly xml: string | undefined;
}

/** RFC 4918 §9.2: all of it or nothing. */
export async function proppatch(exchange: Exchange): Promise<Answer> {
  const steps = readSteps(await readXml(exchange));
  const refused = steps.filter((each) => isProtected(each));
  if (refused.length > 0) {
    const info = await exchange.files.stat(exchange.path);
    if (info === undefined) throw notFound();
    return {
      status: 207,
      headers: { 'content-type': xmlType },
      body: refusal(hrefOf(exchange.mount, exchange.path, info.isFolder), steps),
      node: info.id,
    };
  }
  const result = await exchange.files.setProperties(await callerOf(exchange), exchange.path, changeOf(steps));
  if (result.kind === 'refused') throw refusalProblem(result, exchange);
  const href = hrefOf(exchange.mount, exchange.path, result.node.isFolder);
  const body = `${multistatusStart}<d:response><d:href>${href}</d:href>${propstat(steps, '200 OK')}</d:response>${multistatusEnd}`;
  return { status: 207, headers: { 'content-type': xmlType }, body, node: result.node.id };
}

function isProtected(name: XmlName): boolean {
  const key = nameKey(name);
  return nodeProperties.has(key) || alsoProtected.has(key);
}

/** In document order (RFC 4918 §14.19), so that of several about one name the last decides. */
function readSteps(root: XmlElement | undefined): readonly Step[] {
  if (root === undefined || !isDav(root, 'propertyupdate')) throw wrong('its root is not DAV:propertyupdate');
  const out = new BoundedText(
    maxStoredLength,
    () => new DavProblem(413, 'The properties are too large together. Nothing was changed; set fewer at once.'),
  );
  const steps = new Map<string, Step>();
  for (const instruction of childElements(root)) {
    const isSet = isDav(instruction, 'set');
    if (!isSet && !isDav(instruction, 'remove')) continue;
    const prop = davChild(instruction, 'prop');
    if (prop === undefined) throw wrong('a set or remove has no prop');
    for (const element of childElements(prop)) {
      const { namespace, name } = element;
      if (isSet) writeStandalone(element, out);
      steps.set(nameKey(element), { namespace, name, xml: isSet ? out.take() : undefined });
    }
  }
  if (steps.size === 0) throw wrong('it changes nothing');
  if (steps.size > maxChanges) throw wrong(`it changes more than ${maxChanges} properties`);
  return [...steps.values()];
}

function wrong(why: string): DavProblem {
  return new DavProblem(400, `The PROPPATCH request cannot be used: ${why}. Nothing was changed.`);
}

function changeOf(steps: readonly Step[]): PropertyChange {
  return {
    set: steps.flatMap(({ namespace, name, xml }): Property[] => (xml === undefined ? [] : [{ namespace, name, xml }])),
    remove: steps.filter((each) => each.xml === undefined).map(({ namespace, name }) => ({ namespace, name })),
  };
}

/** RFC 4918 §9.2.1: what could have been done is said to have failed with the rest. */
function refusal(href: string, steps: readonly Step[]): string {
  const isRefused = Map.groupBy(steps, isProtected);
  const error = '<d:error><d:cannot-modify-protected-property/></d:error>';
  const forbidden = propstat(isRefused.get(true) ?? [], '403 Forbidden', error);
  const others = isRefused.get(false) ?? [];
  const failed = others.length === 0 ? '' : propstat(others, '424 Failed Dependency');
  return `${multistatusStart}<d:response><d:href>${href}</d:href>${forbidden}${failed}</d:response>${multistatusEnd}`;
}

function propstat(names: readonly XmlName[], status: string, error = ''): string {
  return `<d:propstat><d:prop>${names.map(emptyElement).join('')}</d:prop><d:status>HTTP/1.1 ${status}</d:status>${error}</d:propstat>`;
}
