import type { FileNode } from '#faces/api/contract/files.ts';
import type { Language } from '../../i18n/language.ts';

export type SortKey = 'name' | 'time' | 'size';

export interface Sorting {
  readonly key: SortKey;
  readonly isDescending: boolean;
}

export const byName: Sorting = { key: 'name', isDescending: false };

/** Folders first; `photo 2` before `photo 10`. */
export function inOrder(nodes: readonly FileNode[], { key, isDescending }: Sorting, language: Language): FileNode[] {
  const { compare } = new Intl.Collator(language, { numeric: true });
  const sign = isDescending ? -1 : 1;
  return nodes.toSorted((one, other) => {
    if (one.isFolder !== other.isFolder) return one.isFolder ? -1 : 1;
    const difference =
      key === 'time' ? one.mtimeMs - other.mtimeMs : key === 'size' ? one.sizeBytes - other.sizeBytes : 0;
    return sign * (difference === 0 ? compare(one.name, other.name) : difference);
  });
}
