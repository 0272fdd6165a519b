import { Alert, Button, Center, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { type Icon, IconAlertTriangle } from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import type { JSX, ReactNode } from 'react';
import { problemText } from '../api/words.ts';
import { useWords } from '../i18n/language.ts';
import { words } from './words.ts';

interface EmptyStateProps {
  readonly icon: Icon;
  readonly title: string;
  readonly text?: ReactNode;
  readonly action?: ReactNode;
}

/** Where there is nothing yet: what would be here, and how it gets here. */
export function EmptyState({ icon: Sign, title, text, action }: EmptyStateProps): JSX.Element {
  return (
    <Center py={64} px="md">
      <Stack align="center" gap="sm" maw={440} ta="center">
        <ThemeIcon size={64} radius={32} variant="light">
          <Sign size={32} stroke={1.5} />
        </ThemeIcon>
        <Title order={2} size="h3">
          {title}
        </Title>
        {text !== undefined && <Text c="dimmed">{text}</Text>}
        {action}
      </Stack>
    </Center>
  );
}

interface ErrorStateProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** Instead of what could not be loaded. */
export function ErrorState({ error, onRetry }: ErrorStateProps): JSX.Element {
  const { wentWrong, retry } = useWords(words);
  return (
    <Alert color="red" icon={<IconAlertTriangle />} title={wentWrong} role="alert">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{problemText(error)}</Text>
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {retry}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** Grey lines where text will be. */
export function Loading({ lines = 3 }: { readonly lines?: number }): JSX.Element {
  const { loading } = useWords(words);
  return (
    <Stack gap="sm" role="status" aria-label={loading}>
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike and never change places
        <Skeleton key={index} height={18} width={`${100 - ((index * 17) % 40)}%`} />
      ))}
    </Stack>
  );
}

interface LoadedProps<Data> {
  readonly of: UseQueryResult<Data>;
  readonly children: (data: Data) => ReactNode;
  /** Instead of grey lines. */
  readonly loading?: ReactNode;
}

/** What a query brings, once it is there; until then grey lines, or why it cannot be shown. */
export function Loaded<Data>({ of, children, loading }: LoadedProps<Data>): ReactNode {
  if (of.data !== undefined) return children(of.data);
  if (of.isError) return <ErrorState error={of.error} onRetry={() => void of.refetch()} />;
  return loading ?? <Loading />;
}
