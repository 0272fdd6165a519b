import { Button, Group, Menu } from '@mantine/core';
import { IconFile, IconFolder, IconFolderPlus, IconUpload } from '@tabler/icons-react';
import { type JSX, useRef, useState } from 'react';
import { useWords } from '../../i18n/language.ts';
import { toastProblem } from '../../ui/toasts.tsx';
import { fromInput } from '../../uploads/dropped.ts';
import { NewFolderDialog } from './dialogs.tsx';
import type { Path } from './place.ts';
import { startUploads } from './start-uploads.tsx';
import { words } from './words.ts';

export function UploadButton({ folder }: { readonly folder: Path }): JSX.Element {
  const w = useWords(words);
  const files = useRef<HTMLInputElement>(null);
  const folders = useRef<HTMLInputElement>(null);
  const [isNaming, setNaming] = useState(false);
  return (
    <Group gap="xs">
      <Menu position="bottom-start" width={220}>
        <Menu.Target>
          <Button leftSection={<IconUpload size={18} aria-hidden />}>{w.upload}</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconFile size={18} />} onClick={() => files.current?.click()}>
            {w.uploadFiles}
          </Menu.Item>
          <Menu.Item leftSection={<IconFolder size={18} />} onClick={() => folders.current?.click()}>
            {w.uploadFolder}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Button variant="default" leftSection={<IconFolderPlus size={18} aria-hidden />} onClick={() => setNaming(true)}>
        {w.newFolder}
      </Button>
      <HiddenInput input={files} label={w.uploadFiles} folder={folder} isForFolders={false} />
      <HiddenInput input={folders} label={w.uploadFolder} folder={folder} isForFolders />
      {isNaming && <NewFolderDialog folder={folder} onClose={() => setNaming(false)} />}
    </Group>
  );
}

interface InputProps {
  readonly input: React.RefObject<HTMLInputElement | null>;
  readonly label: string;
  readonly folder: Path;
  readonly isForFolders: boolean;
}

export function HiddenInput({ input, label, folder, isForFolders }: InputProps): JSX.Element {
  const start = async (element: HTMLInputElement): Promise<void> => {
    const dropped = fromInput(element.files ?? []);
    // The same files may be chosen again.
    element.value = '';
    try {
      await startUploads(folder, dropped);
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <input
      ref={input}
      type="file"
      multiple
      hidden
      aria-label={label}
      {...(isForFolders && { webkitdirectory: '' })}
      onChange={(event) => void start(event.currentTarget)}
    />
  );
}
