import { Alert, Text } from '@mantine/core';
import { IconTool } from '@tabler/icons-react';
import type { JSX } from 'react';
import type { InstanceInfo } from '#faces/api/contract/sign-in.ts';
import { useOpenApi } from '../api/hooks.ts';
import { useWords } from '../i18n/language.ts';
import { words } from './words.ts';

/** On every page while the operator works on the instance. */
export function MaintenanceNote(): JSX.Element | null {
  const w = useWords(words);
  const maintenance = useOpenApi<InstanceInfo>('/instance').data?.maintenance ?? null;
  if (maintenance === null) return null;
  return (
    <Alert color="orange" icon={<IconTool />} role="status" mb="lg">
      <Text fw={600}>{w.maintenanceTitle}</Text>
      <Text size="sm">{w.maintenanceText}</Text>
      {maintenance.message !== '' && (
        <Text size="sm" mt={6}>
          {maintenance.message}
        </Text>
      )}
    </Alert>
  );
}
