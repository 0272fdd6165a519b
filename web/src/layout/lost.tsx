import { Button } from '@mantine/core';
import { IconBug, IconMapQuestion } from '@tabler/icons-react';
import type { JSX } from 'react';
import { useWords } from '../i18n/language.ts';
import { useDocumentTitle } from '../ui/page.tsx';
import { EmptyState } from '../ui/states.tsx';
import { words } from './words.ts';

export function NotFound(): JSX.Element {
  const w = useWords(words);
  useDocumentTitle(w.notFoundTitle);
  return (
    <EmptyState
      icon={IconMapQuestion}
      title={w.notFoundTitle}
      text={w.notFoundText}
      action={
        <Button component="a" href="/">
          {w.home}
        </Button>
      }
    />
  );
}

/** A mistake of the application: the frame stays, the rest of it goes on. */
export function Crashed(): JSX.Element {
  const w = useWords(words);
  useDocumentTitle(w.crashedTitle);
  return (
    <EmptyState
      icon={IconBug}
      title={w.crashedTitle}
      text={w.crashedText}
      action={<Button onClick={() => location.reload()}>{w.reload}</Button>}
    />
  );
}
