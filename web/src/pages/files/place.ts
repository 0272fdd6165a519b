import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';

export type Path = readonly string[];

/** Where somebody is: the folder, the file that is shown over it, and what is searched for. All of it stands in the address. */
export interface Place {
  readonly folder: Path;
  readonly shown: string | undefined;
  readonly text: string;
}

/** A name holds every character but `/`. */
function folderText(path: Path): string | undefined {
  return path.length === 0 ? undefined : path.join('/');
}

function folderOf(text: unknown): Path {
  return typeof text === 'string' || typeof text === 'number' ? String(text).split('/').filter(Boolean) : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

export function usePlace(): Place {
  const { in: folder, show, find } = useSearch({ strict: false }) as Readonly<Record<string, unknown>>;
  return useMemo(
    () => ({ folder: folderOf(folder), shown: textOf(show), text: textOf(find) ?? '' }),
    [folder, show, find],
  );
}

type Go = (
  place: { readonly folder: Path; readonly shown?: string; readonly text?: string },
  replace?: boolean,
) => void;

export function useGo(): Go {
  const navigate = useNavigate();
  return ({ folder, shown, text }, replace = false) => {
    const at = folderText(folder);
    const search = {
      ...(at !== undefined && { in: at }),
      ...(shown !== undefined && { show: shown }),
      ...(text !== undefined && text !== '' && { find: text }),
    };
    void navigate({ to: '/files', search, replace, resetScroll: false } as Parameters<typeof navigate>[0]);
  };
}
