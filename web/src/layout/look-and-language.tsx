import { Group, NativeSelect, useMantineColorScheme } from '@mantine/core';
import type { JSX } from 'react';
import { changeLanguage, type Language, languageNames, languages, useLanguage, useWords } from '../i18n/language.ts';
import { words } from './words.ts';

/** The two choices that every visitor has. */
export function LookAndLanguage(): JSX.Element {
  const w = useWords(words);
  const language = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Group gap="xs" wrap="nowrap">
      <NativeSelect
        size="xs"
        aria-label={w.language}
        value={language}
        onChange={(event) => changeLanguage(event.currentTarget.value as Language)}
        data={languages.map((each) => ({ value: each, label: languageNames[each] }))}
      />
      <NativeSelect
        size="xs"
        aria-label={w.theme}
        value={colorScheme}
        onChange={(event) => setColorScheme(event.currentTarget.value as typeof colorScheme)}
        data={[
          { value: 'auto', label: w.system },
          { value: 'light', label: w.light },
          { value: 'dark', label: w.dark },
        ]}
      />
    </Group>
  );
}
