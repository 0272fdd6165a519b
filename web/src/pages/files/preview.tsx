import { ActionIcon, Button, Group, Loader, Modal, Stack, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type JSX, type KeyboardEvent, lazy, Suspense } from 'react';
import type { FileNode } from '#faces/api/contract/files.ts';
import { admit, personalUrl, problemOf, sessionHeaders } from '../../api/client.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { ErrorState } from '../../ui/states.tsx';
import { toastProblem } from '../../ui/toasts.tsx';
import { download, ticketFor } from './changes.ts';
import { iconOf, kindOf } from './kinds.ts';
import type { Path } from './place.ts';
import styles from './preview.module.css';
import { words } from './words.ts';

const MarkdownText = lazy(async () => ({ default: (await import('./markdown-text.tsx')).MarkdownText }));
const PdfPages = lazy(async () => ({ default: (await import('./pdf-pages.tsx')).PdfPages }));

interface PreviewProps {
  readonly folder: Path;
  readonly node: FileNode;
  readonly onStep: ((by: -1 | 1) => void) | undefined;
  readonly onClose: () => void;
}

export function Preview({ folder, node, onStep, onClose }: PreviewProps): JSX.Element {
  const w = useWords(words);
  const { size } = useFormats();
  const keep = async (): Promise<void> => {
    try {
      await download(folder, [node]);
    } catch (error) {
      toastProblem(error);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const isMedia = event.target instanceof HTMLMediaElement;
    const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : undefined;
    if (by === undefined || isMedia) return;
    onStep?.(by);
  };
  return (
    <Modal
      opened
      fullScreen
      onClose={onClose}
      onKeyDown={onKeyDown}
      transitionProps={{ transition: 'fade', duration: 120 }}
      closeButtonProps={{ 'aria-label': w.close, size: 'lg' }}
      title={
        <Group gap="xs" wrap="nowrap" miw={0}>
          <Stack gap={0} miw={0}>
            <Text fw={650} truncate>
              {node.name}
            </Text>
            <Text size="sm" c="dimmed">
              {size(node.sizeBytes)}
            </Text>
          </Stack>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={w.download} onClick={() => void keep()}>
            <IconDownload size={20} aria-hidden />
          </ActionIcon>
          {onStep !== undefined && (
            <>
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={w.previous} onClick={() => onStep(-1)}>
                <IconChevronLeft size={22} aria-hidden />
              </ActionIcon>
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={w.next} onClick={() => onStep(1)}>
                <IconChevronRight size={22} aria-hidden />
              </ActionIcon>
            </>
          )}
        </Group>
      }
    >
      <div className={styles['body']}>
        <Suspense fallback={<Loader role="status" aria-label={w.loading} />}>
          <Content
            key={`${node.id}-${node.version}`}
            path={[...folder, node.name]}
            node={node}
            onKeep={() => void keep()}
          />
        </Suspense>
      </div>
    </Modal>
  );
}

interface ContentProps {
  readonly path: Path;
  readonly node: FileNode;
  readonly onKeep: () => void;
}

function Content({ path, node, onKeep }: ContentProps): JSX.Element {
  switch (kindOf(node)) {
    case 'image':
    case 'video':
    case 'audio':
      return <Media path={path} node={node} onKeep={onKeep} />;
    case 'picture':
      return <Picture node={node} onKeep={onKeep} />;
    case 'text':
    case 'markdown':
      return <TextContent path={path} node={node} />;
    case 'pdf':
      return <PdfPages path={path} version={node.version ?? ''} />;
    case 'folder':
    case 'archive':
    case 'other':
      return <NoPreview node={node} onKeep={onKeep} />;
  }
}

function NoPreview({ node, onKeep }: Pick<ContentProps, 'node' | 'onKeep'>): JSX.Element {
  const w = useWords(words);
  const Sign = iconOf(node);
  return (
    <Stack align="center">
      <Sign size={72} stroke={1.2} aria-hidden />
      <Text>{w.noPreview}</Text>
      <Button leftSection={<IconDownload size={18} />} onClick={onKeep}>
        {w.download}
      </Button>
    </Stack>
  );
}

/** By a ticket: the browser asks for parts of a video by itself, and cannot send the header of the session. */
function Media({ path, node, onKeep }: ContentProps): JSX.Element {
  const w = useWords(words);
  const address = useQuery({
    queryKey: ['ticket', path.join('/'), node.version],
    queryFn: () => ticketFor(path, node.version ?? undefined, 'shown'),
    // A ticket ends; it is asked for anew each time.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const shown = useQuery({
    queryKey: ['can be shown', address.data],
    enabled: address.data !== undefined && kindOf(node) === 'image',
    gcTime: 0,
    retry: false,
    queryFn: () => canBeShown(address.data ?? ''),
  });
  if (address.isError) return <ErrorState error={address.error} onRetry={() => void address.refetch()} />;
  if (shown.isError) return <NoPreview node={node} onKeep={onKeep} />;
  if (address.data === undefined) return <Loader role="status" aria-label={w.loading} />;
  switch (kindOf(node)) {
    case 'video':
      // biome-ignore lint/a11y/useMediaCaption: films of people have none
      return <video className={styles['media']} src={address.data} controls autoPlay playsInline />;
    case 'audio':
      // biome-ignore lint/a11y/useMediaCaption: recordings of people have none
      return <audio className={styles['player']} src={address.data} controls autoPlay />;
    default:
      return <img className={styles['media']} src={address.data} alt={node.name} />;
  }
}

async function canBeShown(address: string): Promise<true> {
  const image = new Image();
  image.src = address;
  await image.decode();
  return true;
}

/** A picture that the server made of a photo that browsers cannot show. */
function Picture({ node, onKeep }: Pick<ContentProps, 'node' | 'onKeep'>): JSX.Element {
  const w = useWords(words);
  const picture = useQuery({
    queryKey: ['picture', node.id, node.version],
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const query = new URLSearchParams({ size: 'large', version: node.version ?? '' });
      const bytes = await fetchBytes(`/vaults/files/photos/${node.id}/picture?${query}`, signal);
      return URL.createObjectURL(new Blob([bytes], { type: 'image/webp' }));
    },
  });
  if (picture.isError) return <NoPreview node={node} onKeep={onKeep} />;
  if (picture.data === undefined) return <Loader role="status" aria-label={w.loading} />;
  return <img className={styles['media']} src={picture.data} alt={node.name} />;
}

async function fetchBytes(
  address: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<ArrayBuffer> {
  const response = await fetch(personalUrl(address), {
    headers: { ...sessionHeaders(), ...headers },
    cache: 'no-store',
    signal,
  });
  admit(response);
  if (!response.ok) throw await problemOf(response);
  return response.arrayBuffer();
}

const mostTextBytes = 1024 * 1024;

function TextContent({ path, node }: Omit<ContentProps, 'onKeep'>): JSX.Element {
  const w = useWords(words);
  const text = useQuery({
    queryKey: ['text', path.join('/'), node.version],
    gcTime: 0,
    queryFn: async ({ signal }) => {
      if (node.sizeBytes === 0) return '';
      const address = `/vaults/files/content?${new URLSearchParams({ path: JSON.stringify(path) })}`;
      return new TextDecoder().decode(await fetchBytes(address, signal, { range: `bytes=0-${mostTextBytes - 1}` }));
    },
  });
  if (text.isError) return <ErrorState error={text.error} onRetry={() => void text.refetch()} />;
  if (text.data === undefined) return <Loader role="status" aria-label={w.loading} />;
  if (kindOf(node) === 'markdown') return <MarkdownText text={text.data} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
    <pre className={styles['text']} tabIndex={0}>
      {text.data}
      {node.sizeBytes > mostTextBytes && `\n\n${w.textCut}`}
    </pre>
  );
}
