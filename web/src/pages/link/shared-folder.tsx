import { Anchor, Breadcrumbs, Button, Group, Stack, Text } from '@mantine/core';
import { IconDownload, IconFolderOpen } from '@tabler/icons-react';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import type { SharedItem, SharedListing } from '#faces/api/contract/links.ts';
import { isProblem } from '../../api/problem.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useLanguage, useWords } from '../../i18n/language.ts';
import { EmptyState, ErrorState, Loading } from '../../ui/states.tsx';
import { toastProblem } from '../../ui/toasts.tsx';
import { Preview } from './preview.tsx';
import { SharedRow } from './shared-row.tsx';
import { download, listShared, type Visit } from './visit.ts';
import { words } from './words.ts';

/** So many rows at once; more when they are asked for. */
const rowsAtOnce = 300;

interface SharedFolderProps {
  readonly visit: Visit;
  /** The pass is good no more: the link is opened again. */
  readonly onOver: () => void;
}

export function SharedFolder({ visit, onOver }: SharedFolderProps): JSX.Element {
  const [path, setPath] = useState<readonly string[]>([]);
  const top = useListing(visit, []);
  const listing = useListing(visit, path);
  if (listing.isError) {
    const isOver = isProblem(listing.error, 'no-visit');
    return <ErrorState error={listing.error} onRetry={isOver ? onOver : () => setPath([])} />;
  }
  if (listing.data === undefined || top.data === undefined) return <Loading lines={5} />;
  return (
    <Listed
      key={path.join('/')}
      visit={visit}
      path={path}
      top={top.data.self.name}
      listing={listing.data}
      onGo={setPath}
    />
  );
}

function useListing(visit: Visit, path: readonly string[]): UseQueryResult<SharedListing> {
  return useQuery({
    queryKey: ['shared', visit.pass, path],
    queryFn: () => listShared(visit, path),
    retry: false,
  });
}

interface ListedProps {
  readonly visit: Visit;
  readonly path: readonly string[];
  /** Name of what was shared. */
  readonly top: string;
  readonly listing: SharedListing;
  readonly onGo: (path: readonly string[]) => void;
}

function Listed({ visit, path, top, listing, onGo }: ListedProps): JSX.Element {
  const w = useWords(words);
  const language = useLanguage();
  const [most, setMost] = useState(rowsAtOnce);
  const [previewed, setPreviewed] = useState<readonly string[]>();
  const { self } = listing;
  const items = self.isFolder ? sorted(listing.children, language) : [self];
  const at = (item: SharedItem): readonly string[] => (self.isFolder ? [...path, item.name] : path);
  const save = (which: readonly string[], as: 'file' | 'zip'): void => {
    download(visit, which, as).catch(toastProblem);
  };
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="sm">
        <Trail path={path} top={top} onGo={onGo} />
        {self.isFolder && items.length > 0 && (
          <Button variant="light" leftSection={<IconDownload size={18} />} onClick={() => save(path, 'zip')}>
            {w.all}
          </Button>
        )}
      </Group>
      {items.length === 0 ? (
        <EmptyState icon={IconFolderOpen} title={w.empty} />
      ) : (
        <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
          {items.slice(0, most).map((item) => (
            <SharedRow
              key={item.name}
              item={item}
              onOpen={() => (item.isFolder ? onGo(at(item)) : setPreviewed(at(item)))}
              onSave={() => save(at(item), item.isFolder ? 'zip' : 'file')}
            />
          ))}
        </Stack>
      )}
      {items.length > most && (
        <Button variant="default" onClick={() => setMost(most + rowsAtOnce)}>
          {w.more}
        </Button>
      )}
      {previewed !== undefined && (
        <Preview
          visit={visit}
          path={previewed}
          item={items.find((each) => each.name === (previewed.at(-1) ?? self.name)) ?? self}
          onClose={() => setPreviewed(undefined)}
          onSave={() => save(previewed, 'file')}
        />
      )}
      <Total listing={listing} />
    </Stack>
  );
}

function Total({ listing: { self } }: { readonly listing: SharedListing }): JSX.Element | null {
  const w = useWords(words);
  const { size } = useFormats();
  return self.isFolder ? (
    <Text size="sm" c="dimmed">
      {w.total(size(self.sizeBytes))}
    </Text>
  ) : null;
}

interface TrailProps {
  readonly path: readonly string[];
  readonly top: string;
  readonly onGo: (path: readonly string[]) => void;
}

function Trail({ path, top, onGo }: TrailProps): JSX.Element {
  const w = useWords(words);
  return (
    <Breadcrumbs component="nav" aria-label={w.trail} separatorMargin={6}>
      {[top, ...path].map((name, index) =>
        index === path.length ? (
          <Text key={name} fw={600} aria-current="page">
            {name}
          </Text>
        ) : (
          <Anchor key={name} component="button" type="button" onClick={() => onGo(path.slice(0, index))}>
            {name}
          </Anchor>
        ),
      )}
    </Breadcrumbs>
  );
}

function sorted(items: readonly SharedItem[], language: string): readonly SharedItem[] {
  const { compare } = new Intl.Collator(language, { numeric: true });
  return items.toSorted((one, other) => Number(other.isFolder) - Number(one.isFolder) || compare(one.name, other.name));
}
