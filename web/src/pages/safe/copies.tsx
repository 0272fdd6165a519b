import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { IconCloud, IconDeviceDesktop, IconFolder, IconPlus } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import type { CopyState, ProofState, SafeState } from '#faces/api/contract/safe.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useLanguage, useWords } from '../../i18n/language.ts';
import { Section } from '../../ui/section.tsx';
import styles from './safe.module.css';
import { words } from './words.ts';

interface CopiesProps {
  readonly safe: SafeState;
  readonly isOperator: boolean;
}

export function Copies({ safe, isOperator }: CopiesProps): JSX.Element {
  const w = useWords(words);
  return (
    <Section
      title={w.copies}
      lead={w.copiesText}
      actions={
        isOperator && (
          <Button
            component={Link}
            to="/add-copy"
            variant="default"
            size="xs"
            leftSection={<IconPlus size={16} aria-hidden />}
          >
            {w.addCopy}
          </Button>
        )
      }
    >
      <ul className={styles['rows']}>
        <li>
          <IconDeviceDesktop size={26} stroke={1.6} aria-hidden />
          <Stack gap={2} className={styles['grow'] ?? ''}>
            <Text fw={600}>{w.dataHere}</Text>
            <Text size="sm" c="dimmed">
              {w.dataHereText}
            </Text>
            <Proof proof={safe.data} />
          </Stack>
        </li>
        {safe.copies.map((copy) => (
          <CopyRow key={copy.id} copy={copy} />
        ))}
      </ul>
    </Section>
  );
}

const colours = { whole: 'lagoon', following: 'blue', waiting: 'orange', paused: 'gray', unreachable: 'red' } as const;

function CopyRow({ copy }: { readonly copy: CopyState }): JSX.Element {
  const w = useWords(words);
  const { size } = useFormats();
  const language = useLanguage();
  const { label, isFolder, country, state, lagBytes, proof, operator } = copy;
  const Sign = isFolder ? IconFolder : IconCloud;
  const where = [
    operator?.place,
    country === null ? undefined : new Intl.DisplayNames(language, { type: 'region' }).of(country),
    lagBytes > 0 ? w.behind(size(lagBytes)) : undefined,
    operator === null || operator.freeBytes === null ? undefined : w.full(size(operator.freeBytes)),
  ].filter((each) => each !== undefined);
  return (
    <li>
      <Sign size={26} stroke={1.6} aria-hidden />
      <Stack gap={2} className={styles['grow'] ?? ''}>
        <Group justify="space-between" gap="xs">
          <Text fw={600}>{label}</Text>
          <Badge variant="light" color={colours[state]} tt="none">
            {w.states[state]}
          </Badge>
        </Group>
        {where.length > 0 && (
          <Text size="sm" c="dimmed">
            {where.join(' · ')}
          </Text>
        )}
        {operator !== null && operator.problem !== null && <Text size="sm">{operator.problem}</Text>}
        <Proof proof={proof} />
      </Stack>
    </li>
  );
}

export function Proof({ proof }: { readonly proof: ProofState }): JSX.Element {
  const w = useWords(words);
  const { ago, duration, percent } = useFormats();
  const { provenMs, readShare, drill } = proof;
  const read = provenMs === null ? w.neverProven : w.provenAgo(ago(provenMs));
  return (
    <>
      <Text size="sm" c="dimmed">
        {readShare !== null && readShare < 1 && provenMs === null
          ? `${read} (${w.reading(percent(Math.floor(readShare * 100) / 100))})`
          : read}
      </Text>
      {drill !== null && (
        <Text size="sm" c="dimmed">
          {drill.isWhole ? w.drilled(ago(drill.timeMs), duration(drill.restoreMs)) : w.drillFailed(ago(drill.timeMs))}
        </Text>
      )}
    </>
  );
}
