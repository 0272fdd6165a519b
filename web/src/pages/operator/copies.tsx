import { ActionIcon, Badge, Button, Group, Menu, Stack, Text } from '@mantine/core';
import { IconCloud, IconDeviceDesktop, IconDots, IconFolder, IconPlus } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import type { CopyState, ProofState, SafeState } from '#faces/api/contract/safe.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { confirm } from '../../ui/dialogs.tsx';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { Proof } from '../safe/copies.tsx';
import styles from './operator.module.css';
import { words } from './words.ts';

export function Copies(): JSX.Element {
  const w = useWords(words);
  const safe = useApi<SafeState>('/safe', {}, { refreshMs: 30_000 });
  return (
    <Section
      title={w.copies}
      lead={w.copiesText}
      actions={
        <Button
          component={Link}
          to="/add-copy"
          variant="default"
          size="xs"
          leftSection={<IconPlus size={16} aria-hidden />}
        >
          {w.addCopy}
        </Button>
      }
    >
      <Loaded of={safe}>
        {({ copies, data }) => (
          <ul className={styles['rows']}>
            <li>
              <IconDeviceDesktop size={26} stroke={1.6} aria-hidden />
              <Stack gap={2} className={styles['grow'] ?? ''}>
                <Text fw={600}>{w.thisServer}</Text>
                <ProofLines proof={data} />
              </Stack>
            </li>
            {copies.map((copy) => (
              <CopyRow key={copy.id} copy={copy} />
            ))}
          </ul>
        )}
      </Loaded>
    </Section>
  );
}

const colours = { whole: 'lagoon', following: 'blue', waiting: 'orange', paused: 'gray', unreachable: 'red' } as const;

function CopyRow({ copy }: { readonly copy: CopyState }): JSX.Element {
  const w = useWords(words);
  const { label, isFolder, state, proof, operator } = copy;
  const Sign = isFolder ? IconFolder : IconCloud;
  return (
    <li>
      <Sign size={26} stroke={1.6} aria-hidden />
      <Stack gap={2} className={styles['grow'] ?? ''}>
        <Group gap="xs">
          <Text fw={600}>{label}</Text>
          <Badge variant="light" color={colours[state]} tt="none">
            {w.states[state]}
          </Badge>
        </Group>
        {operator !== null && (
          <Text size="sm" className={styles['place'] ?? ''}>
            {operator.place}
          </Text>
        )}
        {operator?.problem != null && (
          <Text size="sm" c="red">
            {operator.problem}
          </Text>
        )}
        <ProofLines proof={proof} />
      </Stack>
      <CopyMenu copy={copy} />
    </li>
  );
}

function ProofLines({ proof }: { readonly proof: ProofState }): JSX.Element {
  const w = useWords(words);
  const { percent } = useFormats();
  const { readShare, isOverdue, damaged } = proof;
  return (
    <>
      <Proof proof={proof} />
      {readShare !== null && (
        <Text size="sm" c="dimmed">
          {w.roundDone(percent(Math.floor(readShare * 100) / 100))}
        </Text>
      )}
      {isOverdue && (
        <Text size="sm" fw={600}>
          {w.overdue}
        </Text>
      )}
      {damaged > 0 && (
        <Text size="sm" fw={600} c="red">
          {w.damaged(damaged)}
        </Text>
      )}
    </>
  );
}

function CopyMenu({ copy: { id, label, state } }: { readonly copy: CopyState }): JSX.Element {
  const w = useWords(words);
  const queries = useQueryClient();
  const act = async (method: 'POST' | 'DELETE', path: string, says: string): Promise<void> => {
    try {
      await call(method, `/operator/copies/${id}${path}`);
      toast(says);
      await queries.invalidateQueries();
    } catch (error) {
      toastProblem(error);
    }
  };
  const remove = async (): Promise<void> => {
    const question = { title: w.removeQuestion(label), text: w.removeText, action: w.remove, isDangerous: true };
    if (await confirm(question)) await act('DELETE', '', w.removed);
  };
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={w.actionsFor(label)}>
          <IconDots size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {state === 'paused' ? (
          <Menu.Item onClick={() => void act('POST', '/resume', w.resumed)}>{w.resume}</Menu.Item>
        ) : (
          <Menu.Item onClick={() => void act('POST', '/pause', w.paused)}>{w.pause}</Menu.Item>
        )}
        <Menu.Item onClick={() => void remove()}>{w.remove}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
