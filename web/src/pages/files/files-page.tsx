import { Button, Stack, Text } from '@mantine/core';
import { IconFolderOpen, IconTrash } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type JSX, type KeyboardEvent, useEffect, useMemo, useState } from 'react';
import type { FileNode } from '#faces/api/contract/files.ts';
import { useLanguage, useWords } from '../../i18n/language.ts';
import { Page } from '../../ui/page.tsx';
import { EmptyState, ErrorState, Loading } from '../../ui/states.tsx';
import { onArrival } from '../../uploads/queue.ts';
import { Crumbs } from './crumbs.tsx';
import { DropZone } from './drop-zone.tsx';
import { FileList } from './file-list.tsx';
import styles from './files-page.module.css';
import { FoundList } from './found-list.tsx';
import { ItemMenu, SelectionBar, useActions } from './item-actions.tsx';
import { byName, inOrder, type Sorting } from './order.ts';
import { type Path, useGo, usePlace } from './place.ts';
import { Preview } from './preview.tsx';
import { SearchField } from './search-field.tsx';
import { kept, nothingMarked, type Selection } from './selection.ts';
import { ConflictDialog } from './start-uploads.tsx';
import { UnfinishedNotice } from './unfinished-notice.tsx';
import { UploadButton } from './upload-button.tsx';
import { refreshFiles, useFolder } from './use-folder.ts';
import { words } from './words.ts';

export function FilesPage(): JSX.Element {
  const w = useWords(words);
  const { folder, text, shown } = usePlace();
  const go = useGo();
  const title = folder.at(-1) ?? w.title;
  // Many may arrive at once: the list is asked for after the last.
  useEffect(() => {
    let timer = 0;
    return onArrival(() => {
      window.clearTimeout(timer);
      timer = window.setTimeout(refreshFiles, 300);
    });
  }, []);
  return (
    <Page
      title={title}
      actions={
        <Button component={Link} to="/trash" variant="subtle" leftSection={<IconTrash size={18} aria-hidden />}>
          {w.trashTitle}
        </Button>
      }
    >
      <DropZone folder={folder}>
        <Stack gap="sm">
          {folder.length > 0 && <Crumbs path={folder} onGo={(path) => go({ folder: path })} />}
          <div className={styles['tools']}>
            <UploadButton folder={folder} />
            <SearchField
              key={folder.join('/')}
              text={text}
              onSearch={(find) => go({ folder, text: find }, text !== '')}
            />
          </div>
          <UnfinishedNotice folder={folder} />
          {text === '' ? (
            <FolderList key={folder.join('/')} folder={folder} shown={shown} />
          ) : (
            <FoundList text={text} />
          )}
        </Stack>
      </DropZone>
      <ConflictDialog />
    </Page>
  );
}

let chosenSorting: Sorting = byName;

function FolderList({ folder, shown }: { readonly folder: Path; readonly shown: string | undefined }): JSX.Element {
  const w = useWords(words);
  const language = useLanguage();
  const go = useGo();
  const { nodes, isComplete, error, retry } = useFolder(folder);
  const [sorting, setSorting] = useState(chosenSorting);
  const [selection, setSelection] = useState<Selection>(nothingMarked);
  const items = useMemo(() => inOrder(nodes ?? [], sorting, language), [nodes, sorting, language]);
  useEffect(() => {
    setSelection((before) =>
      kept(
        before,
        items.map((each) => each.id),
      ),
    );
  }, [items]);
  const marked = items.filter((each) => selection.marked.has(each.id));
  const actions = useActions(folder, () => setSelection(nothingMarked));
  const open = (node: Pick<FileNode, 'name' | 'isFolder'>): void =>
    go(node.isFolder ? { folder: [...folder, node.name] } : { folder, shown: node.name });
  const onKey = (event: KeyboardEvent): void => {
    const [only, ...more] = marked;
    if (event.key === 'Delete' && only !== undefined) void actions.trash(marked);
    else if (event.key === 'F2' && only !== undefined && more.length === 0) actions.rename(only);
    else if (event.key === 'Backspace' && folder.length > 0) go({ folder: folder.slice(0, -1) });
    else return;
    event.preventDefault();
  };
  if (nodes === undefined && error !== null) return <ErrorState error={error} onRetry={retry} />;
  if (nodes === undefined) return <Loading lines={8} />;
  if (nodes.length === 0 && isComplete)
    return (
      <EmptyState icon={IconFolderOpen} title={folder.length === 0 ? w.emptyHome : w.emptyFolder} text={w.emptyText} />
    );
  return (
    <>
      {marked.length > 0 && (
        <SelectionBar marked={marked} actions={actions} onClear={() => setSelection(nothingMarked)} />
      )}
      <FileList
        label={folder.at(-1) ?? w.title}
        items={items}
        selection={selection}
        onSelect={setSelection}
        onOpen={open}
        onKey={onKey}
        sorting={sorting}
        onSort={(chosen) => {
          chosenSorting = chosen;
          setSorting(chosen);
        }}
        menuOf={(item, target) => {
          const node = items.find((each) => each.id === item.id);
          return node === undefined ? target : <ItemMenu node={node} actions={actions} onOpen={open} target={target} />;
        }}
      />
      <Text size="sm" c="dimmed" aria-live="polite">
        {isComplete ? w.items(items.length) : w.loadingMore}
      </Text>
      <ShownFile folder={folder} items={items} shown={shown} />
      {actions.dialog}
    </>
  );
}

interface ShownProps {
  readonly folder: Path;
  readonly items: readonly FileNode[];
  readonly shown: string | undefined;
}

function ShownFile({ folder, items, shown }: ShownProps): JSX.Element | null {
  const go = useGo();
  const files = items.filter((each) => !each.isFolder);
  const index = files.findIndex((each) => each.name === shown);
  const node = files[index];
  if (node === undefined) return null;
  const step = (by: -1 | 1): void => {
    const next = files[(index + by + files.length) % files.length];
    if (next !== undefined) go({ folder, shown: next.name }, true);
  };
  return (
    <Preview
      folder={folder}
      node={node}
      onStep={files.length > 1 ? step : undefined}
      onClose={() => go({ folder }, true)}
    />
  );
}
