import { ActionIcon, Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconUpload, IconX } from '@tabler/icons-react';
import { type JSX, useRef, useSyncExternalStore } from 'react';
import type { UnfinishedUpload } from '#faces/api/contract/files.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { dropUnfinished, isSame, uploads } from '../../uploads/queue.ts';
import type { Path } from './place.ts';
import { HiddenInput } from './upload-button.tsx';
import { refreshFiles } from './use-folder.ts';
import { words } from './words.ts';

/** After a reload, or on another day: a browser does not give a page its files again by itself. */
export function UnfinishedNotice({ folder }: { readonly folder: Path }): JSX.Element | null {
  const w = useWords(words);
  const { size } = useFormats();
  const input = useRef<HTMLInputElement>(null);
  const underWay = useSyncExternalStore(uploads.subscribe, uploads.get);
  const unfinished = useApi<readonly UnfinishedUpload[]>('/vaults/files/uploads');
  const here = (unfinished.data ?? []).filter(
    (each) =>
      each.offset > 0 &&
      each.folder?.join('/') === folder.join('/') &&
      !underWay.some((upload) => isSame(each, upload.file, upload.folder)),
  );
  if (here.length === 0) return null;
  const discard = async (id: string): Promise<void> => {
    await dropUnfinished(id);
    refreshFiles();
  };
  return (
    <Alert icon={<IconUpload />} title={w.unfinishedTitle(here.length)}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{w.unfinishedText}</Text>
        {here.map(({ id, name, offset, sizeBytes }) => (
          <Group key={id} gap="xs" wrap="nowrap">
            <Text size="sm" fw={550} truncate>
              {name}
            </Text>
            <Text size="sm">{w.unfinishedOf(size(offset), size(sizeBytes))}</Text>
            <ActionIcon variant="subtle" color="gray" aria-label={w.discard(name)} onClick={() => void discard(id)}>
              <IconX size={16} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
        <Button size="xs" onClick={() => input.current?.click()}>
          {w.choose}
        </Button>
      </Stack>
      <HiddenInput input={input} label={w.choose} folder={folder} isForFolders={false} />
    </Alert>
  );
}
