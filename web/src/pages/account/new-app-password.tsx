import { Alert, Button, Checkbox, CopyButton, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type JSX, useState } from 'react';
import type { Me, NewAppPassword } from '#faces/api/contract/account.ts';
import type { VaultKind } from '#format/instance-operations.ts';
import { call } from '../../api/client.ts';
import { problemText } from '../../api/words.ts';
import { useWords } from '../../i18n/language.ts';
import { words as uiWords } from '../../ui/words.ts';
import styles from './new-app-password.module.css';
import { words } from './words.ts';

interface DialogProps {
  readonly me: Me;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

interface Made {
  readonly password: string;
  readonly vaults: readonly VaultKind[];
}

export function NewAppPasswordDialog({ me, isOpen, onClose }: DialogProps): JSX.Element {
  const w = useWords(words);
  const { close } = useWords(uiWords);
  const [made, setMade] = useState<Made>();
  const done = (): void => {
    setMade(undefined);
    onClose();
  };
  return (
    <Modal
      opened={isOpen}
      onClose={done}
      size="lg"
      title={made === undefined ? w.newApp : w.appMade}
      closeOnClickOutside={made === undefined}
      closeButtonProps={{ 'aria-label': close }}
    >
      {made === undefined ? (
        <AppPasswordForm me={me} onMade={setMade} />
      ) : (
        <AppPasswordShown me={me} made={made} onDone={done} />
      )}
    </Modal>
  );
}

function AppPasswordForm({ me, onMade }: { readonly me: Me; readonly onMade: (made: Made) => void }): JSX.Element {
  const w = useWords(words);
  const queries = useQueryClient();
  const [label, setLabel] = useState('');
  const [vaults, setVaults] = useState<readonly string[]>(['files']);
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const kinds = me.vaults.map(({ kind }) => kind);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const chosen = kinds.filter((kind) => vaults.includes(kind));
      const body = { label: label.trim(), vaults: chosen };
      const { appPassword } = await call<NewAppPassword>('POST', '/app-passwords', { body });
      onMade({ password: appPassword, vaults: chosen });
      await queries.invalidateQueries();
    } catch (problem) {
      setError(problemText(problem));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="md">
        {error !== undefined && (
          <Alert color="red" role="alert">
            {error}
          </Alert>
        )}
        <TextInput
          data-autofocus
          label={w.appLabel}
          description={w.appLabelHint}
          maxLength={100}
          required
          withAsterisk={false}
          value={label}
          onChange={(event) => setLabel(event.currentTarget.value)}
        />
        <Checkbox.Group label={w.appVaults} description={w.appVaultsHint} value={[...vaults]} onChange={setVaults}>
          <Stack gap="xs" mt="xs">
            {kinds.map((kind) => (
              <Checkbox key={kind} value={kind} label={w.vaults[kind]} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Group justify="flex-end">
          <Button type="submit" loading={isBusy} disabled={label.trim() === '' || vaults.length === 0}>
            {w.makeApp}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ShownProps {
  readonly me: Me;
  readonly made: Made;
  readonly onDone: () => void;
}

/** Once: it is nowhere in clear afterwards. */
function AppPasswordShown({ me, made, onDone }: ShownProps): JSX.Element {
  const w = useWords(words);
  return (
    <Stack gap="md">
      <Text>{w.appShownOnce}</Text>
      {made.vaults.map((kind) => (
        <Copied
          key={kind}
          label={made.vaults.length === 1 ? w.address : `${w.address}: ${w.vaults[kind]}`}
          value={`${location.origin}/dav/${me.name}/${kind}/`}
        />
      ))}
      <Copied label={w.userName} value={me.name} />
      <Copied label={w.appPassword} value={made.password} />
      <Stack gap={4}>
        <Text fw={600}>{w.howTitle}</Text>
        <Text size="sm">{w.howPhone}</Text>
        <Text size="sm">{w.howComputer}</Text>
        <Text size="sm">{w.howProgram}</Text>
      </Stack>
      <Group justify="flex-end">
        <Button onClick={onDone}>{w.appNoted}</Button>
      </Group>
    </Stack>
  );
}

/** Whole, on several lines where there is little room: it is typed from here on another device. */
function Copied({ label, value }: { readonly label: string; readonly value: string }): JSX.Element {
  const w = useWords(words);
  return (
    <Stack gap={4}>
      <Text fw={600}>{label}</Text>
      <Group gap="xs" wrap="nowrap">
        <output aria-label={label} className={styles['copied']}>
          {value}
        </output>
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              size="md"
              px="sm"
              onClick={copy}
              aria-label={`${copied ? w.copied : w.copy}: ${label}`}
            >
              {copied ? <IconCheck size={20} aria-hidden /> : <IconCopy size={20} aria-hidden />}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Stack>
  );
}
