import { Group, Stack, Text, Title } from '@mantine/core';
import { type JSX, type ReactNode, useEffect } from 'react';

interface PageProps {
  readonly title: string;
  /** One quiet sentence below the title. */
  readonly lead?: ReactNode;
  /** Buttons beside the title. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** Every page stands in one: it names the window and has the one heading of the first level. */
export function Page({ title, lead, actions, children }: PageProps): JSX.Element {
  useDocumentTitle(title);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={4} miw={0}>
          <Title order={1}>{title}</Title>
          {lead !== undefined && <Text c="dimmed">{lead}</Text>}
        </Stack>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Coffre`;
  }, [title]);
}
