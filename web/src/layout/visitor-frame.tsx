import { Box, Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { JSX, ReactNode } from 'react';
import { useDocumentTitle } from '../ui/page.tsx';
import { Logo } from './logo.tsx';
import { LookAndLanguage } from './look-and-language.tsx';
import { MaintenanceNote } from './maintenance.tsx';
import styles from './visitor-frame.module.css';

interface VisitorFrameProps {
  readonly title: string;
  readonly lead?: ReactNode;
  /** For what needs more room than a form. */
  readonly isWide?: boolean;
  readonly children: ReactNode;
}

/** A page for whoever is not signed in: one card, the name of the place, and nothing else. */
export function VisitorFrame({ title, lead, isWide = false, children }: VisitorFrameProps): JSX.Element {
  useDocumentTitle(title);
  return (
    <Box className={styles['frame']}>
      <Group component="header" gap="sm" justify="center">
        <Logo size={36} />
        <Text fw={650} size="xl">
          Coffre
        </Text>
      </Group>
      <Paper component="main" id="content" className={styles['card']} data-wide={isWide} shadow="sm">
        <Stack gap="lg">
          <Stack gap={6}>
            <Title order={1} size="h2">
              {title}
            </Title>
            {lead !== undefined && <Text c="dimmed">{lead}</Text>}
          </Stack>
          <MaintenanceNote />
          {children}
        </Stack>
      </Paper>
      <footer>
        <LookAndLanguage />
      </footer>
    </Box>
  );
}
