import { Anchor, Badge, Breadcrumbs, Button, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconFile, IconFolder, IconFolderOff, IconRestore } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import type { PastFolder as Folder, PastItem } from '#faces/api/contract/time.ts';
import { call } from '../../api/client.ts';
import { keyOf } from '../../api/hooks.ts';
import { isProblem } from '../../api/problem.ts';
import { useSession } from '../../api/session.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useLanguage, useWords } from '../../i18n/language.ts';
import { plural } from '../../i18n/plural.ts';
import { Section } from '../../ui/section.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import type { Instant } from './instants.ts';
import { keepPast } from './keep-past.ts';
import { Rewind } from './rewind.tsx';
import styles from './time.module.css';
import { words } from './words.ts';

interface FolderProps {
  readonly path: readonly string[];
  readonly instant: Instant;
  readonly isNow: boolean;
}

const colours = { changed: 'yellow', moved: 'blue', gone: 'red' } as const;
const mostShown = 1000;

/** A folder as it was, what became of what was in it, and the way back. */
export function PastFolder({ path, instant, isNow }: FolderProps): JSX.Element {
  const w = useWords(words);
  const { dateTime } = useFormats();
  const tag = useSession()?.tag;
  const query = { path: JSON.stringify(path), sequence: instant.sequence };
  const folder = useQuery({
    queryKey: keyOf(tag, '/vaults/files/past/list', query),
    queryFn: async ({ signal }): Promise<Folder | 'absent'> => {
      try {
        return await call<Folder>('GET', '/vaults/files/past/list', { query, signal });
      } catch (error) {
        if (isProblem(error, 'not-found')) return 'absent';
        throw error;
      }
    },
    placeholderData: keepPreviousData,
  });
  const [rewinding, setRewinding] = useState<readonly string[]>();
  return (
    <Section
      title={isNow ? w.now : w.asOf(dateTime(instant.timeMs))}
      actions={
        !isNow && (
          <Button size="sm" leftSection={<IconRestore size={18} aria-hidden />} onClick={() => setRewinding(path)}>
            {path.length === 0 ? w.rewindAll : w.rewindFolder}
          </Button>
        )
      }
    >
      <Way path={path} />
      <Loaded of={folder}>
        {(found) =>
          found === 'absent' ? (
            <EmptyState icon={IconFolderOff} title={w.notThere} text={w.notThereText} />
          ) : (
            <Items
              folder={found}
              path={path}
              sequence={instant.sequence}
              onBringBack={(name) => setRewinding([...path, name])}
            />
          )
        }
      </Loaded>
      {rewinding !== undefined && <Rewind path={rewinding} instant={instant} onClose={() => setRewinding(undefined)} />}
    </Section>
  );
}

function addressOf(path: readonly string[]): string {
  return path.length === 0 ? '/time' : `/time/back/${path.map(encodeURIComponent).join('/')}`;
}

function Way({ path }: { readonly path: readonly string[] }): JSX.Element {
  const w = useWords(words);
  const steps = [w.root, ...path].map((name, at) => ({
    name,
    to: addressOf(path.slice(0, at)),
    isLast: at === path.length,
  }));
  return (
    <Breadcrumbs separatorMargin={6}>
      {steps.map(({ name, to, isLast }) =>
        isLast ? (
          <Text key={to} fw={600} aria-current="location">
            {name}
          </Text>
        ) : (
          <Anchor key={to} component={Link} to={to}>
            {name}
          </Anchor>
        ),
      )}
    </Breadcrumbs>
  );
}

interface ItemsProps {
  readonly folder: Folder;
  readonly sequence: number;
  readonly path: readonly string[];
  readonly onBringBack: (name: string) => void;
}

function Items({ folder, path, sequence, onBringBack }: ItemsProps): JSX.Element {
  const w = useWords(words);
  const language = useLanguage();
  const sorted = folder.items.toSorted(
    (a, b) => Number(b.isFolder) - Number(a.isFolder) || a.name.localeCompare(b.name, language, { numeric: true }),
  );
  return (
    <Stack gap="sm">
      {sorted.length === 0 && <Text c="dimmed">{w.emptyThen}</Text>}
      <ul className={styles['items']}>
        {sorted.slice(0, mostShown).map((item) => (
          <Item key={item.name} item={item} path={path} sequence={sequence} onBringBack={onBringBack} />
        ))}
      </ul>
      {sorted.length > mostShown && <Text c="dimmed">{plural(language, sorted.length - mostShown, w.more)}</Text>}
      {folder.addedSince.length > 0 && (
        <Text c="dimmed" size="sm">
          {plural(language, folder.addedSince.length, w.addedSince)}
        </Text>
      )}
    </Stack>
  );
}

function Item({
  item,
  path,
  sequence,
  onBringBack,
}: Pick<ItemsProps, 'path' | 'sequence' | 'onBringBack'> & { readonly item: PastItem }): JSX.Element {
  const w = useWords(words);
  const { size, date } = useFormats();
  const Sign = item.isFolder ? IconFolder : IconFile;
  return (
    <li className={styles['item']} data-since={item.since}>
      <Sign size={24} stroke={1.6} className={styles['sign'] ?? ''} aria-hidden />
      <div className={styles['name']}>
        {item.isFolder ? (
          <Link to={addressOf([...path, item.name]) as '/'} className={styles['way']}>
            {item.name}
          </Link>
        ) : (
          <UnstyledButton
            className={styles['way'] ?? ''}
            aria-label={w.openLabel(item.name)}
            title={w.open}
            onClick={() => void keepPast([...path, item.name], sequence)}
          >
            {item.name}
          </UnstyledButton>
        )}
        {item.sizeBytes !== null && (
          <Text size="xs" c="dimmed">
            {size(item.sizeBytes)}
            {item.mtimeMs !== null && ` · ${date(item.mtimeMs)}`}
          </Text>
        )}
      </div>
      {item.since !== 'same' && (
        <Group gap="xs" className={styles['actions'] ?? ''}>
          <Badge variant="light" color={colours[item.since]} tt="none" fw={600}>
            {w.state[item.since]}
          </Badge>
          <Button
            size="xs"
            variant="default"
            aria-label={w.bringBackLabel(item.name)}
            onClick={() => onBringBack(item.name)}
          >
            {w.bringBack}
          </Button>
        </Group>
      )}
    </li>
  );
}
