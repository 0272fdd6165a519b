import type { NodeId } from '../../base/ids.ts';
import type { Property } from '../../format/file-operations.ts';
import type { FilesView } from './files-view.ts';

/** What people say about photos, as dead properties (docs/format.md §7). */
export const albumNamespace = 'urn:album';
const ownCloudNamespace = 'http://owncloud.org/ns';
export const favouriteName: Pick<Property, 'namespace' | 'name'> = { namespace: ownCloudNamespace, name: 'favorite' };
export const favouriteMark: Property = {
  ...favouriteName,
  xml: `<favorite xmlns="${ownCloudNamespace}">1</favorite>`,
};

export function albumTitle(album: string, title: string): Property {
  return {
    namespace: albumNamespace,
    name: album,
    xml: `<${album} xmlns="${albumNamespace}">${escaped(title)}</${album}>`,
  };
}

export function albumMark(album: string): Property {
  return { namespace: albumNamespace, name: album, xml: `<${album} xmlns="${albumNamespace}"/>` };
}

/** A client of another kind may have written it: prefixes and white space are its own. */
function isFavourite({ xml }: Pick<Property, 'xml'>): boolean {
  return /^\s*1\s*$/.test(textOf(xml));
}

export function textOf(xml: string): string {
  return xml
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(lt|gt|amp|quot|apos);/g, (_, name: string) => entities[name] ?? '');
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export function favourites(view: FilesView): ReadonlySet<NodeId> {
  const rows = view.sql.all(
    'SELECT node, xml FROM property WHERE namespace = ? AND name = ?',
    favouriteName.namespace,
    favouriteName.name,
  );
  return new Set(rows.filter((row) => isFavourite({ xml: String(row['xml']) })).map((row) => row['node'] as NodeId));
}

export function inAlbum(view: FilesView, album: string): ReadonlySet<NodeId> {
  const rows = view.sql.all('SELECT node FROM property WHERE namespace = ? AND name = ?', albumNamespace, album);
  return new Set(rows.map((row) => row['node'] as NodeId));
}
