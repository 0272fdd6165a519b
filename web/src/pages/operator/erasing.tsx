import { Button, Stack, Text } from '@mantine/core';
import { IconEraser } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import type { ReaperState } from '#faces/api/contract/operator.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import { confirm } from '../../ui/dialogs.tsx';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import styles from './operator.module.css';
import { words } from './words.ts';

export function Erasing(): JSX.Element {
  const w = useWords(words);
  const { size } = useFormats();
  const reaper = useApi<ReaperState>('/operator/reaper');
  return (
    <Section title={w.erasing} lead={w.erasingText}>
      <Loaded of={reaper}>
        {({ plans, erased }) => (
          <Stack gap="sm">
            {plans.length === 0 ? (
              <Text c="dimmed">{w.noPlans}</Text>
            ) : (
              <ul className={styles['rows']}>
                {plans.map((plan) => (
                  <PlanRow key={plan.sha256} plan={plan} />
                ))}
              </ul>
            )}
            {erased.count > 0 && (
              <Text size="sm" c="dimmed">
                {w.erasedSoFar(erased.count, size(erased.bytes))}
              </Text>
            )}
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}

function PlanRow({ plan }: { readonly plan: ReaperState['plans'][number] }): JSX.Element {
  const w = useWords(words);
  const { size } = useFormats();
  const queries = useQueryClient();
  const { vault, sha256, account, count, bytes, needs, confirmed } = plan;
  const waitsForOwner = needs.owner && !confirmed.owner;
  const waitsForOperator = needs.operator && !confirmed.operator;
  const agree = async (): Promise<void> => {
    const question = { title: w.agreeQuestion, text: w.agreeText, action: w.agree, isDangerous: true };
    if (!(await confirm(question))) return;
    try {
      await call('POST', '/operator/reaper/confirm', { body: { plans: [{ vault, sha256 }] } });
      toast(w.agreed);
      await queries.invalidateQueries();
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <li>
      <IconEraser size={24} stroke={1.6} aria-hidden />
      <Stack gap={2} className={styles['grow'] ?? ''}>
        <Text fw={600}>{`${account ?? w.somebody}: ${w.plan(count, size(bytes))}`}</Text>
        <Text size="sm" c="dimmed">
          {waitsForOperator ? w.planOperator : waitsForOwner ? w.planOwner : w.planUsual}
        </Text>
      </Stack>
      {waitsForOperator && (
        <Button size="xs" color="red" variant="light" onClick={() => void agree()}>
          {w.agree}
        </Button>
      )}
    </li>
  );
}
