import { Badge, Button, Drawer, Group, Stack, Text } from '@mantine/core';
import { type JSX, useState } from 'react';
import type { FileVersion } from '#faces/api/contract/files.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { pickVersion, save, ticketFor } from './changes.ts';
import styles from './dialogs.module.css';
import type { Path } from './place.ts';
import { words } from './words.ts';

interface DrawerProps {
  readonly path: Path;
  readonly onClose: () => void;
}

export function VersionsDrawer({ path, onClose }: DrawerProps): JSX.Element {
  const w = useWords(words);
  const versions = useApi<readonly FileVersion[]>('/vaults/files/versions', { path: JSON.stringify(path) });
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      title={w.versionsOf(path.at(-1) ?? '')}
      closeButtonProps={{ 'aria-label': w.close }}
    >
      <Text c="dimmed" size="sm">
        {w.versionsLead}
      </Text>
      <Loaded of={versions}>
        {(all) => (
          <Stack gap={0}>
            {all.map((version) => (
              <Version key={version.version} path={path} version={version} />
            ))}
          </Stack>
        )}
      </Loaded>
    </Drawer>
  );
}

function Version({ path, version }: { readonly path: Path; readonly version: FileVersion }): JSX.Element {
  const w = useWords(words);
  const { size, dateTime } = useFormats();
  const [isBusy, setBusy] = useState(false);
  const pick = async (): Promise<void> => {
    setBusy(true);
    try {
      await pickVersion(path, version.version);
      toast(w.picked);
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const keep = async (): Promise<void> => {
    try {
      save(await ticketFor(path, version.version, 'kept'));
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <div className={styles['version']}>
      <Stack gap={2} flex={1} miw={0}>
        <Text fw={550}>{dateTime(version.timeMs)}</Text>
        <Text size="sm" c="dimmed">
          {size(version.sizeBytes)}
        </Text>
        {version.isGone && (
          <Text size="sm" c="dimmed">
            {w.versionGone}
          </Text>
        )}
      </Stack>
      {version.isCurrent ? (
        <Badge variant="light">{w.current}</Badge>
      ) : (
        <Group gap={4}>
          <Button size="compact-sm" variant="subtle" onClick={() => void keep()}>
            {w.download}
          </Button>
          <Button size="compact-sm" variant="default" loading={isBusy} onClick={() => void pick()}>
            {w.pick}
          </Button>
        </Group>
      )}
    </div>
  );
}
