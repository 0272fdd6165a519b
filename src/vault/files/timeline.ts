import { type NodeId, rootNode, type VersionId } from '../../base/ids.ts';
import type { FilesView } from './files-view.ts';
import { fileKind } from './kinds.ts';
import type { PhotoFilter, TimelineMonths, TimelinePage } from './media-port.ts';
import { dateInName } from './name-date.ts';
import { favourites, inAlbum } from './photo-marks.ts';
import { here } from './view-schema.ts';

export interface TimelineItem {
  readonly node: NodeId;
  readonly version: VersionId;
  readonly takenMs: number;
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
  readonly isVideo: boolean;
  readonly hasPicture: boolean;
}

/** What is shown though nobody has looked into it yet. Drawings and the like are no photos, whatever their media type says. */
const noPhoto: RegExp = /\.(svg|psd|xcf)$/i;

export function mediaKindByName(name: string, type: string | undefined): 'photo' | 'video' | undefined {
  const kind = fileKind(name, type);
  return (kind === 'photo' && !noPhoto.test(name)) || kind === 'video' ? kind : undefined;
}

/** Photos and videos that are seen, newest first; made anew when the vault has changed. */
export class Timeline {
  readonly #view: FilesView;
  #revision = '';
  #items: readonly TimelineItem[] = [];

  constructor(view: FilesView) {
    this.#view = view;
  }

  months(filter: PhotoFilter): TimelineMonths {
    const items = this.#filtered(filter);
    const months: { month: string; count: number }[] = [];
    for (const { takenMs } of items) {
      const month = new Date(takenMs).toISOString().slice(0, -17);
      const last = months.at(-1);
      if (last?.month === month) last.count += 1;
      else months.push({ month, count: 1 });
    }
    return { revision: this.#revision, count: items.length, months };
  }

  page(filter: PhotoFilter, from: number, count: number): TimelinePage {
    const items = this.#filtered(filter).slice(from, from + count);
    const loved = favourites(this.#view);
    return {
      revision: this.#revision,
      nodes: items.map((each) => each.node),
      versions: items.map((each) => each.version),
      takenMs: items.map((each) => each.takenMs),
      widths: items.map((each) => each.width),
      heights: items.map((each) => each.height),
      durationsMs: items.map((each) => each.durationMs),
      areVideos: items.map((each) => each.isVideo),
      havePictures: items.map((each) => each.hasPicture),
      areFavourites: items.map((each) => loved.has(each.node)),
    };
  }

  items(): readonly TimelineItem[] {
    const { fork, sequence } = this.#view.position();
    const revision = `${fork}-${sequence}`;
    if (revision !== this.#revision) {
      this.#items = readItems(this.#view);
      this.#revision = revision;
    }
    return this.#items;
  }

  #filtered(filter: PhotoFilter): readonly TimelineItem[] {
    const items = this.items();
    switch (filter.kind) {
      case 'all':
        return items;
      case 'videos':
        return items.filter((each) => each.isVideo);
      case 'favourites': {
        const loved = favourites(this.#view);
        return items.filter((each) => loved.has(each.node));
      }
      case 'album': {
        const members = inAlbum(this.#view, filter.album);
        return items.filter((each) => members.has(each.node));
      }
    }
  }
}

function readItems(view: FilesView): readonly TimelineItem[] {
  const seen = new SeenFolders(view);
  const rows = view.sql.arrays(
    `SELECT node.id, parent, name, version, type, kind, taken_ms, mtime_ms, width, height, duration_ms, small
     FROM node JOIN version ON version.id = node.version LEFT JOIN media ON media.sum = version.sha256 WHERE state = ${here}`,
  );
  const items: TimelineItem[] = [];
  for (const [node, parent, name, version, type, read, taken, mtime, width, height, duration, small] of rows) {
    const byName = mediaKindByName(name as string, (type as string | null) ?? undefined);
    // What was read decides; a name only stands in for it.
    const kind = read === null ? byName : read;
    if ((kind !== 'photo' && kind !== 'video') || !seen.has(parent as NodeId)) continue;
    items.push({
      node: node as NodeId,
      version: version as VersionId,
      takenMs: takenWhen(taken, name as string, mtime).takenMs,
      width: Number(width ?? 0),
      height: Number(height ?? 0),
      durationMs: kind === 'video' ? Number(duration ?? 0) : 0,
      isVideo: kind === 'video',
      hasPicture: small !== null,
    });
  }
  return items.sort((a, b) => b.takenMs - a.takenMs || (a.node < b.node ? 1 : -1));
}

/** What the content says; otherwise the name; otherwise the time of the file. */
export function takenWhen(
  taken: unknown,
  name: string,
  mtime: unknown,
): { readonly takenMs: number; readonly takenFrom: 'content' | 'name' | 'file' } {
  if (taken !== null && taken !== undefined) return { takenMs: Number(taken), takenFrom: 'content' };
  const named = dateInName(name);
  return named === undefined ? { takenMs: Number(mtime), takenFrom: 'file' } : { takenMs: named, takenFrom: 'name' };
}

/** Folders that are here with everything above them. */
export class SeenFolders {
  readonly #view: FilesView;
  readonly #known = new Map<NodeId, boolean>([[rootNode, true]]);

  constructor(view: FilesView) {
    this.#view = view;
  }

  has(folder: NodeId): boolean {
    const below: NodeId[] = [];
    let isSeen: boolean | undefined;
    for (let at = folder; isSeen === undefined; ) {
      isSeen = this.#known.get(at);
      if (isSeen !== undefined) break;
      below.push(at);
      const row = this.#view.node(at);
      if (row === undefined || row.state !== here) isSeen = false;
      else at = row.parent;
    }
    for (const each of below) this.#known.set(each, isSeen);
    return isSeen;
  }
}
