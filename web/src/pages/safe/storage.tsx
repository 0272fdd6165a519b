import { Progress, Stack, Text } from '@mantine/core';
import type { JSX } from 'react';
import type { Usage } from '#faces/api/contract/files.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import { words } from './words.ts';

export function Storage(): JSX.Element {
  const w = useWords(words);
  const { size } = useFormats();
  const usage = useApi<Usage>('/vaults/files/usage');
  return (
    <Section title={w.storage} lead={w.storageLead}>
      <Loaded of={usage}>
        {({ keptBytes, quotaBytes }) =>
          quotaBytes === null ? (
            <Text>{w.kept(size(keptBytes))}</Text>
          ) : (
            <Stack gap="xs">
              <Text>{w.of(size(keptBytes), size(quotaBytes))}</Text>
              <Progress value={(100 * keptBytes) / quotaBytes} aria-label={w.storage} />
            </Stack>
          )
        }
      </Loaded>
    </Section>
  );
}
