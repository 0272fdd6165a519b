import { Badge, Group, Stack, Text } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { JSX, ReactNode } from 'react';
import styles from './entry-list.module.css';

interface EntryProps {
  readonly icon: Icon;
  readonly title: string;
  readonly badge?: string | undefined;
  /** Quiet lines below the title. */
  readonly lines: readonly string[];
  readonly action?: ReactNode;
}

/** One thing of many of a kind: a session, an app password, a passkey. */
export function Entry({ icon: Sign, title, badge, lines, action }: EntryProps): JSX.Element {
  return (
    <li className={styles['entry']}>
      <Sign size={24} stroke={1.6} aria-hidden className={styles['icon']} />
      <Stack gap={2} flex={1} miw={0}>
        <Group gap="xs">
          <Text fw={600} className={styles['title'] ?? ''}>
            {title}
          </Text>
          {badge !== undefined && (
            <Badge variant="light" tt="none">
              {badge}
            </Badge>
          )}
        </Group>
        {lines.map((line) => (
          <Text key={line} size="sm" c="dimmed">
            {line}
          </Text>
        ))}
      </Stack>
      {action}
    </li>
  );
}

export function Entries({ label, children }: { readonly label: string; readonly children: ReactNode }): JSX.Element {
  return (
    <ul className={styles['entries']} aria-label={label}>
      {children}
    </ul>
  );
}
