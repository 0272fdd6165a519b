import type { PhotoItems, PhotoMonths } from '#faces/api/contract/photos.ts';
import { call } from '../../api/client.ts';
import type { Show } from './show.ts';

export interface Photo {
  readonly node: string;
  readonly version: string;
  readonly takenMs: number;
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
  readonly isVideo: boolean;
  readonly hasPicture: boolean;
  readonly isFavourite: boolean;
}

const pageSize = 500;
const mostPages = 60;

/** The photos of one view by their place in it, loaded in pages as they are looked at. */
export class Timeline {
  readonly show: Show;
  readonly months: PhotoMonths;
  readonly #onOutdated: () => void;
  readonly #pages = new Map<number, readonly Photo[] | undefined>();
  readonly #listeners = new Set<() => void>();
  #version = 0;

  constructor(show: Show, months: PhotoMonths, onOutdated: () => void) {
    this.show = show;
    this.months = months;
    this.#onOutdated = onOutdated;
  }

  get version(): number {
    return this.#version;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Undefined while it is not loaded; `want` loads it. */
  at(index: number): Photo | undefined {
    return this.#pages.get(Math.floor(index / pageSize))?.[index % pageSize];
  }

  /** What is about to be seen. */
  want(from: number, to: number): void {
    const last = Math.floor(Math.min(to, this.months.count - 1) / pageSize);
    for (let page = Math.floor(Math.max(0, from) / pageSize); page <= last; page += 1) {
      if (!this.#pages.has(page)) void this.#load(page);
    }
  }

  indexOf(node: string): number | undefined {
    for (const [page, photos] of this.#pages) {
      const at = photos?.findIndex((each) => each.node === node) ?? -1;
      if (at >= 0) return page * pageSize + at;
    }
    return undefined;
  }

  /** Shown at once; the server's answer comes with the next look. */
  markFavourite(nodes: ReadonlySet<string>, isFavourite: boolean): void {
    for (const [page, photos] of this.#pages)
      this.#pages.set(
        page,
        photos?.map((each) => (nodes.has(each.node) ? { ...each, isFavourite } : each)),
      );
    this.#changed();
  }

  async #load(page: number): Promise<void> {
    this.#pages.set(page, undefined);
    try {
      const query = { show: this.show, from: page * pageSize, count: pageSize };
      const items = await call<PhotoItems>('GET', '/vaults/files/photos/items', { query });
      if (items.revision !== this.months.revision) {
        this.#pages.delete(page);
        this.#onOutdated();
        return;
      }
      this.#forgetFarFrom(page);
      this.#pages.set(page, photosOf(items));
      this.#changed();
    } catch {
      // Asked for again when it is looked at again.
      this.#pages.delete(page);
    }
  }

  #forgetFarFrom(page: number): void {
    const far = [...this.#pages.keys()].toSorted((a, b) => Math.abs(b - page) - Math.abs(a - page));
    for (const each of far.slice(0, Math.max(0, far.length - mostPages))) this.#pages.delete(each);
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}

function photosOf(items: PhotoItems): readonly Photo[] {
  return items.nodes.map((node, at) => {
    const flags = items.flags[at] ?? 0;
    return {
      node,
      version: items.versions[at] ?? '',
      takenMs: items.takenMs[at] ?? 0,
      width: items.widths[at] ?? 0,
      height: items.heights[at] ?? 0,
      durationMs: items.durationsMs[at] ?? 0,
      isVideo: (flags & 1) !== 0,
      hasPicture: (flags & 2) !== 0,
      isFavourite: (flags & 4) !== 0,
    };
  });
}
