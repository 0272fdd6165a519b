import { Button } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type JSX, useEffect, useRef } from 'react';
import { call } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import { useLanguage, useWords } from '../../i18n/language.ts';
import { plural } from '../../i18n/plural.ts';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { addUploads, onArrival } from '../../uploads/queue.ts';
import { withoutKnown } from './known.ts';
import { words } from './words.ts';

/** Made with the first upload; that it is there already is no problem. */
async function ensurePhotosFolder(): Promise<void> {
  try {
    await call('POST', '/vaults/files/folders', { body: { path: ['Photos'] } });
  } catch (error) {
    if (!isProblem(error, 'name-taken')) throw error;
  }
}

/** Photos from this device, into the folder `Photos`. What is in the vault already does not travel. */
export function UploadPhotos(): JSX.Element {
  const w = useWords(words);
  const language = useLanguage();
  const client = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  useEffect(
    () =>
      onArrival(
        () =>
          void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === '/vaults/files/photos/months' }),
      ),
    [client],
  );
  const start = async (files: readonly File[]): Promise<void> => {
    try {
      const { fresh, knownCount } = await withoutKnown(files);
      if (knownCount > 0) toast(plural(language, knownCount, w.known));
      if (fresh.length > 0) await ensurePhotosFolder();
      addUploads(fresh.map((file) => ({ file, folder: ['Photos'], ifTaken: 'number' })));
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <>
      <Button leftSection={<IconUpload size={18} aria-hidden />} onClick={() => input.current?.click()}>
        {w.upload}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept="image/*,video/*"
        aria-label={w.upload}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          // The same photos may be chosen again.
          event.currentTarget.value = '';
          void start(files);
        }}
      />
    </>
  );
}
