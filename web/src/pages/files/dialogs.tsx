import { Button, Group, Modal, ScrollArea, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { IconChevronRight, IconFolder, IconFolderPlus } from '@tabler/icons-react';
import { type FormEvent, type JSX, useCallback, useState } from 'react';
import { problemText } from '../../api/words.ts';
import { useLanguage, useWords } from '../../i18n/language.ts';
import { Loading } from '../../ui/states.tsx';
import { makeFolder, rename } from './changes.ts';
import { Crumbs } from './crumbs.tsx';
import styles from './dialogs.module.css';
import { byName, inOrder } from './order.ts';
import type { Path } from './place.ts';
import { useFolder } from './use-folder.ts';
import { words } from './words.ts';

interface NameProps {
  readonly title: string;
  readonly label: string;
  readonly action: string;
  readonly initial: string;
  readonly run: (name: string) => Promise<void>;
  readonly onClose: () => void;
}

function NameDialog({ title, label, action, initial, run, onClose }: NameProps): JSX.Element {
  const w = useWords(words);
  const [name, setName] = useState(initial);
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  // The ending is what one seldom wants to change. Marked as the field appears, so that what is typed at once stays whole.
  const [dot] = useState(initial.lastIndexOf('.'));
  const markStem = useCallback(
    (field: HTMLInputElement | null) => field?.setSelectionRange(0, dot > 0 ? dot : field.value.length),
    [dot],
  );
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (name.includes('/')) return setError(w.noSlash);
    setBusy(true);
    try {
      await run(name);
      onClose();
    } catch (problem) {
      setError(problemText(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': w.close }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <TextInput
            data-autofocus
            ref={markStem}
            label={label}
            value={name}
            maxLength={255}
            onChange={(event) => setName(event.currentTarget.value)}
            {...(error !== undefined && { error })}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {w.cancel}
            </Button>
            <Button type="submit" loading={isBusy} disabled={name === '' || (name === initial && initial !== '')}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface RenameProps {
  readonly folder: Path;
  readonly name: string;
  readonly onClose: () => void;
}

export function RenameDialog({ folder, name, onClose }: RenameProps): JSX.Element {
  const w = useWords(words);
  return (
    <NameDialog
      title={w.rename}
      label={w.newName}
      action={w.rename}
      initial={name}
      run={(to) => rename(folder, name, to)}
      onClose={onClose}
    />
  );
}

export function NewFolderDialog({ folder, onClose }: Omit<RenameProps, 'name'>): JSX.Element {
  const w = useWords(words);
  return (
    <NameDialog
      title={w.newFolder}
      label={w.folderName}
      action={w.make}
      initial=""
      run={(name) => makeFolder([...folder, name])}
      onClose={onClose}
    />
  );
}

interface TargetProps {
  readonly how: 'move' | 'copy';
  readonly from: Path;
  readonly names: readonly string[];
  readonly run: (to: Path) => Promise<void>;
  readonly onClose: () => void;
}

/** Where to: a walk through the folders. */
export function TargetDialog({ how, from, names, run, onClose }: TargetProps): JSX.Element {
  const w = useWords(words);
  const [at, setAt] = useState<Path>(from);
  const [isNaming, setNaming] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const title = how === 'move' ? w.moveTitle(names.length) : w.copyTitle(names.length);
  const isSame = how === 'move' && at.join('/') === from.join('/');
  const go = async (): Promise<void> => {
    setBusy(true);
    try {
      await run(at);
      onClose();
    } catch (problem) {
      setError(problemText(problem));
      setBusy(false);
    }
  };
  return (
    <>
      <Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={{ 'aria-label': w.close }}>
        <Stack gap="sm">
          <Crumbs path={at} onGo={setAt} />
          <FolderChoice at={at} hidden={at.join('/') === from.join('/') ? names : []} onGo={setAt} />
          {error !== undefined && (
            <Text c="red" size="sm" role="alert">
              {error}
            </Text>
          )}
          <Group justify="space-between" gap="xs">
            <Button variant="subtle" leftSection={<IconFolderPlus size={18} />} onClick={() => setNaming(true)}>
              {w.newFolder}
            </Button>
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                {w.cancel}
              </Button>
              <Button loading={isBusy} disabled={isSame} onClick={() => void go()}>
                {how === 'move' ? w.moveHere : w.copyHere}
              </Button>
            </Group>
          </Group>
        </Stack>
      </Modal>
      {isNaming && <NewFolderDialog folder={at} onClose={() => setNaming(false)} />}
    </>
  );
}

interface ChoiceProps {
  readonly at: Path;
  /** What is being moved cannot go into itself. */
  readonly hidden: readonly string[];
  readonly onGo: (path: Path) => void;
}

function FolderChoice({ at, hidden, onGo }: ChoiceProps): JSX.Element {
  const w = useWords(words);
  const language = useLanguage();
  const { nodes } = useFolder(at);
  const folders = nodes?.filter((node) => node.isFolder && !hidden.includes(node.name));
  return (
    <ScrollArea.Autosize mah="40dvh" mih={120}>
      {folders === undefined && <Loading />}
      {folders?.length === 0 && (
        <Text c="dimmed" p="md">
          {w.noFolders}
        </Text>
      )}
      {inOrder(folders ?? [], byName, language).map((node) => (
        <UnstyledButton key={node.id} className={styles['choice']} onClick={() => onGo([...at, node.name])}>
          <IconFolder size={22} stroke={1.6} aria-hidden />
          <span className={styles['choiceName']}>{node.name}</span>
          <IconChevronRight size={18} aria-hidden />
        </UnstyledButton>
      ))}
    </ScrollArea.Autosize>
  );
}
