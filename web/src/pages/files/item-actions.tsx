import { ActionIcon, Button, Menu, Text } from '@mantine/core';
import {
  IconCopy,
  IconDownload,
  IconFolderSymlink,
  IconHistory,
  IconPencil,
  IconShare,
  IconTrash,
  IconX,
} from '@tabler/icons-react';
import { type JSX, type ReactNode, useState } from 'react';
import type { FileNode } from '#faces/api/contract/files.ts';
import { useWords, wordsNow } from '../../i18n/language.ts';
import { ShareDialog } from '../../sharing/share-dialog.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { download, restore, transfer, trash } from './changes.ts';
import { RenameDialog, TargetDialog } from './dialogs.tsx';
import styles from './files-page.module.css';
import type { Path } from './place.ts';
import { VersionsDrawer } from './versions-drawer.tsx';
import { words } from './words.ts';

type Nodes = readonly FileNode[];

export interface Actions {
  download(nodes: Nodes): Promise<void>;
  trash(nodes: Nodes): Promise<void>;
  rename(node: FileNode): void;
  versions(node: FileNode): void;
  share(node: FileNode): void;
  move(nodes: Nodes): void;
  copy(nodes: Nodes): void;
  /** Whatever is open. */
  readonly dialog: ReactNode;
}

type Open =
  | { readonly what: 'rename' | 'versions' | 'share'; readonly node: FileNode }
  | { readonly what: 'move' | 'copy'; readonly nodes: Nodes };

/** What can be done with the entries of a folder. */
export function useActions(folder: Path, onDone: () => void): Actions {
  const [open, setOpen] = useState<Open>();
  const close = (): void => setOpen(undefined);
  return {
    download: (nodes) => telling(() => download(folder, nodes)),
    trash: (nodes) =>
      telling(async () => {
        const ids = await trash(
          folder,
          nodes.map((each) => each.name),
        );
        onDone();
        const w = wordsNow(words);
        toast(w.trashed(ids.length), { label: w.undo, run: () => void telling(() => restore(ids)) });
      }),
    rename: (node) => setOpen({ what: 'rename', node }),
    versions: (node) => setOpen({ what: 'versions', node }),
    share: (node) => setOpen({ what: 'share', node }),
    move: (nodes) => setOpen({ what: 'move', nodes }),
    copy: (nodes) => setOpen({ what: 'copy', nodes }),
    dialog: open === undefined ? null : <OpenDialog folder={folder} open={open} onDone={onDone} onClose={close} />,
  };
}

async function telling(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    toastProblem(error);
  }
}

interface OpenProps {
  readonly folder: Path;
  readonly open: Open;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function OpenDialog({ folder, open, onDone, onClose }: OpenProps): JSX.Element {
  const w = useWords(words);
  if ('node' in open) {
    const { what, node } = open;
    if (what === 'rename') return <RenameDialog folder={folder} name={node.name} onClose={onClose} />;
    if (what === 'share')
      return <ShareDialog vault="files" path={[...folder, node.name]} name={node.name} onClose={onClose} />;
    return <VersionsDrawer path={[...folder, node.name]} onClose={onClose} />;
  }
  const { what, nodes } = open;
  const names = nodes.map((each) => each.name);
  return (
    <TargetDialog
      how={what}
      from={folder}
      names={names}
      onClose={onClose}
      run={async (to) => {
        await transfer(what, folder, names, to);
        onDone();
        toast(what === 'move' ? w.moved(names.length) : w.copied(names.length));
      }}
    />
  );
}

interface MenuProps {
  readonly node: FileNode;
  readonly actions: Actions;
  readonly onOpen: (node: FileNode) => void;
  readonly target: ReactNode;
}

export function ItemMenu({ node, actions, onOpen, target }: MenuProps): JSX.Element {
  const w = useWords(words);
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>{target}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onOpen(node)}>{w.open}</Menu.Item>
        <Menu.Item leftSection={<IconDownload size={18} />} onClick={() => void actions.download([node])}>
          {w.download}
        </Menu.Item>
        <Menu.Item leftSection={<IconShare size={18} />} onClick={() => actions.share(node)}>
          {w.share}
        </Menu.Item>
        <Menu.Item leftSection={<IconPencil size={18} />} onClick={() => actions.rename(node)}>
          {w.rename}
        </Menu.Item>
        <Menu.Item leftSection={<IconFolderSymlink size={18} />} onClick={() => actions.move([node])}>
          {w.move}
        </Menu.Item>
        <Menu.Item leftSection={<IconCopy size={18} />} onClick={() => actions.copy([node])}>
          {w.copy}
        </Menu.Item>
        {!node.isFolder && (
          <Menu.Item leftSection={<IconHistory size={18} />} onClick={() => actions.versions(node)}>
            {w.versions}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item color="red" leftSection={<IconTrash size={18} />} onClick={() => void actions.trash([node])}>
          {w.trash}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

interface BarProps {
  readonly marked: Nodes;
  readonly actions: Actions;
  readonly onClear: () => void;
}

export function SelectionBar({ marked, actions, onClear }: BarProps): JSX.Element {
  const w = useWords(words);
  const act = (label: string, sign: ReactNode, run: () => void): JSX.Element => (
    <Button size="compact-md" variant="subtle" aria-label={label} onClick={run}>
      {sign}
      <span className={styles['barLabel']}>{label}</span>
    </Button>
  );
  return (
    <section className={styles['bar']} aria-label={w.selected(marked.length)}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={w.clear} onClick={onClear}>
        <IconX size={18} aria-hidden />
      </ActionIcon>
      <Text fw={600} size="sm" mr="xs" aria-live="polite">
        {w.selected(marked.length)}
      </Text>
      {act(w.download, <IconDownload size={18} />, () => void actions.download(marked))}
      {act(w.move, <IconFolderSymlink size={18} />, () => actions.move(marked))}
      {act(w.copy, <IconCopy size={18} />, () => actions.copy(marked))}
      {act(w.trash, <IconTrash size={18} />, () => void actions.trash(marked))}
    </section>
  );
}
