import { ActionIcon, Button, Group, Stack, Text, Tooltip } from '@mantine/core';
import { IconArrowBackUp, IconTrash, IconX } from '@tabler/icons-react';
import { type JSX, useState } from 'react';
import type { TrashedItem } from '#faces/api/contract/files.ts';
import { useApi } from '../../api/hooks.ts';
import { useWords } from '../../i18n/language.ts';
import { confirm } from '../../ui/dialogs.tsx';
import { Page } from '../../ui/page.tsx';
import { EmptyState, Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { end, restore } from './changes.ts';
import { FileList } from './file-list.tsx';
import styles from './files-page.module.css';
import { nothingMarked, type Selection } from './selection.ts';
import { words } from './words.ts';

export function TrashPage(): JSX.Element {
  const w = useWords(words);
  const trashed = useApi<readonly TrashedItem[]>('/vaults/files/trashed');
  return (
    <Page title={w.trashTitle} lead={w.trashLead}>
      <Loaded of={trashed}>
        {(items) =>
          items.length === 0 ? (
            <EmptyState icon={IconTrash} title={w.trashEmpty} text={w.trashEmptyText} />
          ) : (
            <Trashed items={items} />
          )
        }
      </Loaded>
    </Page>
  );
}

function Trashed({ items }: { readonly items: readonly TrashedItem[] }): JSX.Element {
  const w = useWords(words);
  const [selection, setSelection] = useState<Selection>(nothingMarked);
  const marked = items.filter((each) => selection.marked.has(each.id)).map((each) => each.id);
  const bringBack = async (ids: readonly string[]): Promise<void> => {
    try {
      await restore(ids);
      setSelection(nothingMarked);
      toast(w.restored(ids.length));
    } catch (error) {
      toastProblem(error);
    }
  };
  const remove = async (ids: readonly string[]): Promise<void> => {
    if (!(await confirm({ title: w.endTitle, text: w.endText, action: w.endAction, isDangerous: true }))) return;
    try {
      await end(ids);
      setSelection(nothingMarked);
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Button variant="default" onClick={() => void remove(items.map((each) => each.id))}>
          {w.emptyTrash}
        </Button>
      </Group>
      {marked.length > 0 && (
        <section className={styles['bar']} aria-label={w.selected(marked.length)}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={w.clear}
            onClick={() => setSelection(nothingMarked)}
          >
            <IconX size={18} aria-hidden />
          </ActionIcon>
          <Text fw={600} size="sm" aria-live="polite">
            {w.selected(marked.length)}
          </Text>
          <Button size="compact-md" variant="subtle" onClick={() => void bringBack(marked)}>
            {w.restore}
          </Button>
          <Button size="compact-md" variant="subtle" onClick={() => void remove(marked)}>
            {w.endAction}
          </Button>
        </section>
      )}
      <FileList
        label={w.trashTitle}
        items={items.map((item) => ({ ...item, mtimeMs: 0, where: whereOf(item, w) }))}
        selection={selection}
        onSelect={setSelection}
        onOpen={({ id }) => void bringBack([id])}
        hasTimes={false}
        onKey={(event) => {
          if (event.key !== 'Delete' || marked.length === 0) return;
          event.preventDefault();
          void remove(marked);
        }}
        menuOf={(item) => (
          <Tooltip label={w.restore}>
            <ActionIcon
              variant="subtle"
              size="lg"
              tabIndex={-1}
              aria-label={`${w.restore}: ${item.name}`}
              onClick={() => void bringBack([item.id])}
            >
              <IconArrowBackUp size={20} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
      />
    </Stack>
  );
}

function whereOf({ from }: TrashedItem, w: (typeof words)['en']): string {
  return from === null ? w.folderGone : w.was([w.title, ...from].join(' › '));
}
