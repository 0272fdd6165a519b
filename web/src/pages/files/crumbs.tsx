import { UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import type { JSX } from 'react';
import { useWords } from '../../i18n/language.ts';
import styles from './dialogs.module.css';
import type { Path } from './place.ts';
import { words } from './words.ts';

interface CrumbsProps {
  readonly path: Path;
  readonly onGo: (path: Path) => void;
}

export function Crumbs({ path, onGo }: CrumbsProps): JSX.Element {
  const w = useWords(words);
  const steps = [{ name: w.title, at: [] as Path }, ...path.map((name, i) => ({ name, at: path.slice(0, i + 1) }))];
  return (
    <nav aria-label={w.whereAmI}>
      <ol className={styles['crumbs']}>
        {steps.map(({ name, at }, i) => (
          <li key={at.join('/')} className={styles['crumb']}>
            {i > 0 && <IconChevronRight size={16} aria-hidden />}
            <UnstyledButton
              className={styles['crumbButton']}
              {...(i === steps.length - 1 && { 'aria-current': 'page' as const })}
              onClick={() => onGo(at)}
            >
              {name}
            </UnstyledButton>
          </li>
        ))}
      </ol>
    </nav>
  );
}
