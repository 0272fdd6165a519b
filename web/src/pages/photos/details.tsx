import { Stack, Text, Title } from '@mantine/core';
import type { JSX, ReactNode } from 'react';
import type { PhotoAlbum, PhotoDetails } from '#faces/api/contract/photos.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { Loaded } from '../../ui/states.tsx';
import { playTime, usePhotoDates } from './dates.ts';
import { words } from './words.ts';

/** What is known of a photo. Camera and place are shown to the owner and to nobody else. */
export function Details({ node }: { readonly node: string }): JSX.Element {
  const w = useWords(words);
  const { size, number } = useFormats();
  const dates = usePhotoDates();
  const details = useApi<PhotoDetails>(`/vaults/files/photos/${node}`);
  const albums = useApi<readonly PhotoAlbum[]>('/vaults/files/albums');
  return (
    <Stack gap="md">
      <Title order={2} size="h3">
        {w.details}
      </Title>
      <Loaded of={details}>
        {(found) => {
          const within = albums.data?.filter((each) => found.albums.includes(each.id)).map((each) => each.name) ?? [];
          const pixels =
            found.width === null || found.height === null ? '' : `${number(found.width)} × ${number(found.height)}, `;
          return (
            <>
              <Fact label={w.taken}>
                {dates.moment(found.takenMs)}
                {found.takenFrom !== 'content' && (
                  <Text size="sm" c="dimmed">
                    {found.takenFrom === 'name' ? w.takenFromName : w.takenFromFile}
                  </Text>
                )}
              </Fact>
              <Fact label={w.file}>{found.path.at(-1)}</Fact>
              <Fact label={w.folder}>{[w.wholeVault, ...found.path.slice(0, -1)].join(' / ')}</Fact>
              <Fact label={w.size}>{`${pixels}${size(found.sizeBytes)}`}</Fact>
              {found.durationMs !== null && <Fact label={w.length}>{playTime(found.durationMs)}</Fact>}
              {found.camera !== null && <Fact label={w.camera}>{found.camera}</Fact>}
              {found.place !== null && (
                <Fact label={w.place}>{`${found.place.latitude.toFixed(5)}, ${found.place.longitude.toFixed(5)}`}</Fact>
              )}
              {within.length > 0 && <Fact label={w.inAlbums}>{within.join(', ')}</Fact>}
            </>
          );
        }}
      </Loaded>
    </Stack>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }): JSX.Element {
  return (
    <div>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text component="div">{children}</Text>
    </div>
  );
}
