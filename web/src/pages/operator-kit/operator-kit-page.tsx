import { Button, Group, Paper } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import type { Kit } from '#faces/api/contract/kit.ts';
import type { SafeState } from '#faces/api/contract/safe.ts';
import { call } from '../../api/client.ts';
import { useApi } from '../../api/hooks.ts';
import { useWords } from '../../i18n/language.ts';
import { KitSteps } from '../../kit/kit-steps.tsx';
import { useOperatorKit } from '../../kit/kit-subject.ts';
import { Page } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { Loaded } from '../../ui/states.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { words } from './words.ts';

export function OperatorKitPage(): JSX.Element {
  const w = useWords(words);
  const subject = useOperatorKit();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const safe = useApi<SafeState>('/safe');
  const [kit, setKit] = useState<Kit>();
  const make = async (): Promise<void> => {
    try {
      setKit(await call<Kit>('POST', '/operator-kit'));
    } catch (problem) {
      toastProblem(problem);
    }
  };
  const finish = async (): Promise<void> => {
    toast(w.done);
    await queries.invalidateQueries();
    await navigate({ to: '/' });
  };
  return (
    <Page title={w.title} lead={w.lead}>
      {kit !== undefined ? (
        <Paper p="lg" maw={720}>
          <KitSteps subject={subject} kit={kit} onDone={() => void finish()} />
        </Paper>
      ) : (
        <Loaded of={safe}>
          {({ isOperatorKitProven }) => (
            <Section
              title={isOperatorKitProven === true ? w.provenTitle : w.makeTitle}
              lead={isOperatorKitProven === true ? w.provenText : w.makeText}
            >
              <Group>
                <Button variant={isOperatorKitProven === true ? 'default' : 'filled'} onClick={() => void make()}>
                  {w.make}
                </Button>
              </Group>
            </Section>
          )}
        </Loaded>
      )}
    </Page>
  );
}
