import { CloseButton, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type JSX, useEffect, useState } from 'react';
import { useWords } from '../../i18n/language.ts';
import styles from './files-page.module.css';
import { words } from './words.ts';

const waitMs = 200;

interface SearchProps {
  readonly text: string;
  readonly onSearch: (text: string) => void;
}

export function SearchField({ text, onSearch }: SearchProps): JSX.Element {
  const w = useWords(words);
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed === text) return undefined;
    const timer = window.setTimeout(() => onSearch(typed.trim()), waitMs);
    return () => window.clearTimeout(timer);
  }, [typed, text, onSearch]);
  return (
    <TextInput
      type="search"
      size="sm"
      className={styles['find'] ?? ''}
      aria-label={w.search}
      placeholder={w.search}
      maxLength={200}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      leftSection={<IconSearch size={18} aria-hidden />}
      rightSection={
        typed === '' ? undefined : <CloseButton size="sm" aria-label={w.clearSearch} onClick={() => setTyped('')} />
      }
    />
  );
}
