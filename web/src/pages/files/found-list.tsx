import { Menu, Text } from '@mantine/core';
import { IconDownload, IconFolder, IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import type { FoundFile } from '#faces/api/contract/files.ts';
import { call } from '../../api/client.ts';
import { keyOf } from '../../api/hooks.ts';
import { useSession } from '../../api/session.ts';
import { useWords } from '../../i18n/language.ts';
import { EmptyState, ErrorState, Loading } from '../../ui/states.tsx';
import { toastProblem } from '../../ui/toasts.tsx';
import { download } from './changes.ts';
import { FileList } from './file-list.tsx';
import { useGo } from './place.ts';
import { nothingMarked, type Selection } from './selection.ts';
import { words } from './words.ts';

/** Files and folders of the whole vault whose names hold a text. */
export function FoundList({ text }: { readonly text: string }): JSX.Element {
  const w = useWords(words);
  const tag = useSession()?.tag;
  const go = useGo();
  const [selection, setSelection] = useState<Selection>(nothingMarked);
  const found = useQuery({
    queryKey: keyOf(tag, '/vaults/files/search', { text }),
    queryFn: ({ signal }) =>
      call<readonly FoundFile[]>('GET', '/vaults/files/search', { query: { text, limit: 500 }, signal }),
    placeholderData: keepPreviousData,
  });
  if (found.isError) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />;
  if (found.data === undefined) return <Loading lines={6} />;
  if (found.data.length === 0) return <EmptyState icon={IconSearch} title={w.nothingFound} text={w.nothingFoundText} />;
  const byId = new Map(found.data.map((each) => [each.node.id, each]));
  const open = ({ id }: { readonly id: string }): void => {
    const each = byId.get(id);
    if (each === undefined) return;
    if (each.node.isFolder) go({ folder: each.path });
    else go({ folder: each.path.slice(0, -1), shown: each.node.name });
  };
  return (
    <>
      <Text fw={550} aria-live="polite">
        {w.foundTitle(text)}
      </Text>
      <FileList
        label={w.foundTitle(text)}
        items={found.data.map(({ node, path }) => ({ ...node, where: [w.title, ...path.slice(0, -1)].join(' › ') }))}
        selection={selection}
        onSelect={setSelection}
        onOpen={open}
        onKey={() => undefined}
        menuOf={(item, target) => (
          <Menu position="bottom-end" width={220}>
            <Menu.Target>{target}</Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                leftSection={<IconFolder size={18} />}
                onClick={() => go({ folder: byId.get(item.id)?.path.slice(0, -1) ?? [] })}
              >
                {w.showFolder}
              </Menu.Item>
              <Menu.Item
                leftSection={<IconDownload size={18} />}
                onClick={() => {
                  download(byId.get(item.id)?.path.slice(0, -1) ?? [], [item]).catch(toastProblem);
                }}
              >
                {w.download}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      />
    </>
  );
}
