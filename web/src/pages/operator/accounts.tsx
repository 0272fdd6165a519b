import { Badge, Button, Group, Modal, NumberInput, Progress, Stack, Text } from '@mantine/core';
import { IconUserCircle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type JSX, useState } from 'react';
import type { OperatorAccount } from '#faces/api/contract/operator.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { words as uiWords } from '../../ui/words.ts';
import styles from './operator.module.css';
import { words } from './words.ts';

export function Accounts(): JSX.Element {
  const w = useWords(words);
  const accounts = useApi<readonly OperatorAccount[]>('/operator/accounts');
  const [changed, setChanged] = useState<OperatorAccount>();
  return (
    <Section title={w.accounts} lead={w.accountsText}>
      <Loaded of={accounts}>
        {(rows) => (
          <ul className={styles['rows']}>
            {rows.map((each) => (
              <AccountRow key={each.id} account={each} onChange={() => setChanged(each)} />
            ))}
          </ul>
        )}
      </Loaded>
      {changed !== undefined && <QuotaDialog account={changed} onClose={() => setChanged(undefined)} />}
    </Section>
  );
}

function AccountRow({
  account,
  onChange,
}: {
  readonly account: OperatorAccount;
  readonly onChange: () => void;
}): JSX.Element {
  const w = useWords(words);
  const { size, ago } = useFormats();
  const { name, isOperator, storedBytes, quotaBytes, lastUseMs } = account;
  const stored = quotaBytes === null ? w.stored(size(storedBytes)) : w.storedOf(size(storedBytes), size(quotaBytes));
  return (
    <li>
      <IconUserCircle size={26} stroke={1.6} aria-hidden />
      <Stack gap={4} className={styles['grow'] ?? ''}>
        <Group gap="xs">
          <Text fw={600}>{name}</Text>
          {isOperator && (
            <Badge variant="light" tt="none">
              {w.runsThis}
            </Badge>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {`${stored} · ${lastUseMs === null ? w.neverUsed : w.usedAgo(ago(lastUseMs))}`}
        </Text>
        {quotaBytes !== null && quotaBytes > 0 && (
          <Progress
            size="sm"
            maw={320}
            value={Math.min(100, (100 * storedBytes) / quotaBytes)}
            color={storedBytes > 0.9 * quotaBytes ? 'orange' : 'lagoon'}
            aria-label={stored}
          />
        )}
      </Stack>
      <Button variant="default" size="xs" onClick={onChange} aria-label={`${w.changeQuota}: ${name}`}>
        {w.changeQuota}
      </Button>
    </li>
  );
}

const gigabyte = 1_000_000_000;

function QuotaDialog({
  account,
  onClose,
}: {
  readonly account: OperatorAccount;
  readonly onClose: () => void;
}): JSX.Element {
  const w = useWords(words);
  const { close } = useWords(uiWords);
  const queries = useQueryClient();
  const { id, name, quotaBytes } = account;
  const [given, setGiven] = useState<number | string>(quotaBytes === null ? '' : quotaBytes / gigabyte);
  const [isBusy, setBusy] = useState(false);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const wanted = given === '' ? null : Math.round(Number(given) * gigabyte);
      await call('PUT', `/operator/accounts/${id}/quota`, { body: { quotaBytes: wanted } });
      await queries.invalidateQueries();
      toast(w.quotaSaved);
      onClose();
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={w.quotaOf(name)} closeButtonProps={{ 'aria-label': close }}>
      <form onSubmit={(event) => void save(event)}>
        <Stack>
          <NumberInput
            data-autofocus
            size="md"
            label={w.quotaSize}
            description={w.quotaHint}
            min={0}
            max={1_000_000}
            decimalScale={3}
            value={given}
            onChange={setGiven}
          />
          <Group justify="flex-end">
            <Button type="submit" loading={isBusy}>
              {w.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
