import type { VaultId } from '#base/ids.ts';
import type { Usage } from '#vault/files/port.ts';
import type { Lock, NodeInfo } from '#vault/files/types.ts';
import type { HttpDates } from '../content/http-date.ts';
import { mediaTypeOf } from '../content/media-types.ts';
import { lockDiscovery, supportedLock } from './lock-xml.ts';
import type { Mount } from './paths.ts';
import { type LiveProperty, type LiveTable, liveTable } from './selection.ts';
import { escapeText, ownCloud } from './xml-write.ts';

/** What live properties need beside the node. */
export interface NodeContext {
  readonly vault: VaultId;
  readonly mount: Mount;
  readonly principalHref: string;
  readonly nowMs: number;
  readonly dates: HttpDates;
  /** Undefined when nobody asked for it. */
  readonly usage: Usage | undefined;
  readonly locksOf: (info: NodeInfo) => readonly Lock[];
}

type Live = LiveProperty<NodeInfo, NodeContext>;

function dav(name: string, write: Live['write']): Live {
  return { namespace: 'DAV:', name, inAllprop: true, write };
}

/** RFC 4918 §9.1 and RFC 4331 §2: properties of other documents are given to those who name them. */
function named(namespace: string, name: string, write: Live['write']): Live {
  return { namespace, name, inAllprop: false, write };
}

const folderType = '<d:resourcetype><d:collection/></d:resourcetype>';
const fileType = '<d:resourcetype/>';

/** Opaque, never reused, kept over moves and new versions. */
export function stableId(vault: VaultId, node: NodeInfo): string {
  return `${node.id.toString().padStart(8, '0')}oc${vault.slice(0, 8)}`;
}

/** Checksums as sync clients write them. */
export function checksumText(sums: ReadonlyMap<string, string>): string {
  return [...sums].map(([name, hex]) => `${name}:${hex}`).join(' ');
}

export const nodeProperties: LiveTable<NodeInfo, NodeContext> = liveTable<NodeInfo, NodeContext>([
  dav('resourcetype', (node) => (node.isFolder ? folderType : fileType)),
  dav(
    'displayname',
    (node, { mount }) =>
      `<d:displayname>${escapeText(node.name === '' ? (mount.segments.at(-1) ?? '') : node.name)}</d:displayname>`,
  ),
  dav('getcontentlength', (node) =>
    node.isFolder ? undefined : `<d:getcontentlength>${node.sizeBytes}</d:getcontentlength>`,
  ),
  dav('getcontenttype', (node) =>
    node.isFolder ? undefined : `<d:getcontenttype>${escapeText(mediaTypeOf(node))}</d:getcontenttype>`,
  ),
  dav('getetag', (node) => `<d:getetag>"${node.etag}"</d:getetag>`),
  dav('getlastmodified', (node, { dates }) => `<d:getlastmodified>${dates.of(node.mtimeMs)}</d:getlastmodified>`),
  dav('supportedlock', () => supportedLock),
  dav('lockdiscovery', (node, { locksOf, mount, nowMs }) => lockDiscovery(locksOf(node), node, mount, nowMs)),
  named('DAV:', 'quota-used-bytes', (node, { usage }) =>
    node.isFolder && usage !== undefined ? `<d:quota-used-bytes>${usage.keptBytes}</d:quota-used-bytes>` : undefined,
  ),
  named('DAV:', 'quota-available-bytes', (node, { usage }) =>
    node.isFolder && usage?.quotaBytes !== undefined
      ? `<d:quota-available-bytes>${Math.max(0, usage.quotaBytes - usage.keptBytes)}</d:quota-available-bytes>`
      : undefined,
  ),
  named(
    'DAV:',
    'current-user-principal',
    (_, { principalHref }) => `<d:current-user-principal><d:href>${principalHref}</d:href></d:current-user-principal>`,
  ),
  named(ownCloud, 'id', (node, { vault }) => `<oc:id>${stableId(vault, node)}</oc:id>`),
  named(ownCloud, 'fileid', (node) => `<oc:fileid>${node.id}</oc:fileid>`),
  named(ownCloud, 'size', (node) => `<oc:size>${node.sizeBytes}</oc:size>`),
  named(ownCloud, 'permissions', (node) => `<oc:permissions>${node.isFolder ? 'RGDNVCK' : 'RGDNVW'}</oc:permissions>`),
  named(ownCloud, 'checksums', (node) =>
    node.sums.size === 0
      ? undefined
      : `<oc:checksums><oc:checksum>${escapeText(checksumText(node.sums))}</oc:checksum></oc:checksums>`,
  ),
]);
