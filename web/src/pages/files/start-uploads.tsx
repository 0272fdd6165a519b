import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { type JSX, useSyncExternalStore } from 'react';
import type { FolderPage } from '#faces/api/contract/files.ts';
import { call } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import { useWords } from '../../i18n/language.ts';
import { makeStore } from '../../ui/store.ts';
import type { Dropped } from '../../uploads/dropped.ts';
import { addUploads } from '../../uploads/queue.ts';
import { ensureFolder } from './changes.ts';
import type { Path } from './place.ts';
import { refreshFiles } from './use-folder.ts';
import { words } from './words.ts';

type Choice = 'version' | 'number' | 'skip' | 'cancel';

interface Question {
  readonly names: readonly string[];
  readonly answer: (choice: Choice) => void;
}

const question = makeStore<Question | undefined>(undefined);

/** Folders are made first. Nothing that is there is replaced unless somebody says so. */
export async function startUploads(folder: Path, dropped: readonly Dropped[]): Promise<void> {
  if (dropped.length === 0) return;
  const targets = new Map<string, Path>();
  for (const { below } of dropped) {
    for (let depth = 1; depth <= below.length; depth += 1) {
      const path = below.slice(0, depth);
      targets.set(path.join('/'), path);
    }
  }
  for (const path of targets.values()) await ensureFolder([...folder, ...path]);
  if (targets.size > 0) refreshFiles();
  const taken = await takenNames(folder, dropped);
  const choice = taken.size === 0 ? 'number' : await ask([...taken]);
  if (choice === 'cancel') return;
  const isTaken = ({ file, below }: Dropped): boolean => taken.has([...below, file.name].join('/'));
  addUploads(
    dropped
      .filter((each) => choice !== 'skip' || !isTaken(each))
      .map((each) => ({
        file: each.file,
        folder: [...folder, ...each.below],
        ifTaken: choice === 'version' && isTaken(each) ? 'version' : 'number',
      })),
  );
}

/** Files that are there already, by their path below the folder. */
async function takenNames(folder: Path, dropped: readonly Dropped[]): Promise<ReadonlySet<string>> {
  const taken = new Set<string>();
  const byFolder = Map.groupBy(dropped, ({ below }) => below.join('/'));
  for (const [below, each] of byFolder) {
    const path = [...folder, ...(each[0]?.below ?? [])];
    const there = await namesIn(path);
    for (const { file } of each)
      if (there.has(file.name)) taken.add(below === '' ? file.name : `${below}/${file.name}`);
  }
  return taken;
}

async function namesIn(path: Path): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  let after: string | undefined;
  do {
    try {
      const page: FolderPage = await call<FolderPage>('GET', '/vaults/files/list', {
        query: { path: JSON.stringify(path), after, limit: 20_000 },
      });
      for (const { name, isFolder } of page.children) if (!isFolder) names.add(name);
      after = page.next ?? undefined;
    } catch (error) {
      if (!isProblem(error, 'not-found')) throw error;
      return names;
    }
  } while (after !== undefined);
  return names;
}

function ask(names: readonly string[]): Promise<Choice> {
  question.get()?.answer('cancel');
  return new Promise((resolve) => {
    question.set({
      names,
      answer: (choice) => {
        question.set(undefined);
        resolve(choice);
      },
    });
  });
}

const shown = 5;

export function ConflictDialog(): JSX.Element | null {
  const w = useWords(words);
  const asked = useSyncExternalStore(question.subscribe, question.get);
  if (asked === undefined) return null;
  const { names, answer } = asked;
  return (
    <Modal
      opened
      onClose={() => answer('cancel')}
      title={w.takenTitle(names.length)}
      closeButtonProps={{ 'aria-label': w.close }}
    >
      <Stack>
        <div>
          {names.slice(0, shown).map((name) => (
            <Text key={name} fw={550} truncate>
              {name}
            </Text>
          ))}
          {names.length > shown && <Text c="dimmed">{w.andMore(names.length - shown)}</Text>}
        </div>
        <Text>{w.takenText}</Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={() => answer('skip')}>
            {w.skipThem}
          </Button>
          <Button variant="default" onClick={() => answer('version')}>
            {w.newVersion}
          </Button>
          <Button data-autofocus onClick={() => answer('number')}>
            {w.keepBoth}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
