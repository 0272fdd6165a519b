import { Stack } from '@mantine/core';
import type { JSX } from 'react';
import type { KitState } from '#faces/api/contract/kit.ts';
import type { SafeState } from '#faces/api/contract/safe.ts';
import { useApi } from '../../api/hooks.ts';
import { useWords } from '../../i18n/language.ts';
import { Page } from '../../ui/page.tsx';
import { Loaded, Loading } from '../../ui/states.tsx';
import { Activity } from './activity.tsx';
import { Copies } from './copies.tsx';
import styles from './safe.module.css';
import { Storage } from './storage.tsx';
import { thingsToDo } from './things-to-do.ts';
import { Verdict } from './verdict.tsx';
import { words } from './words.ts';

/** Copies are asked again so often; what they answer is good for a few seconds anyhow. */
const refreshMs = 30_000;

export function SafePage(): JSX.Element {
  const w = useWords(words);
  const safe = useApi<SafeState>('/safe', {}, { refreshMs });
  const kit = useApi<KitState>('/kit');
  return (
    <Page title={w.title}>
      <Loaded of={safe} loading={<Loading lines={8} />}>
        {(state) => {
          const isOperator = state.isOperatorKitProven !== null;
          return (
            <Stack gap="lg">
              <Loaded of={kit} loading={<Loading lines={2} />}>
                {(kitState) => <Verdict safe={state} things={thingsToDo(state, kitState, isOperator, w)} />}
              </Loaded>
              <div className={styles['columns']}>
                <Copies safe={state} isOperator={isOperator} />
                <Stack gap="lg">
                  <Storage />
                  <Activity />
                </Stack>
              </div>
            </Stack>
          );
        }}
      </Loaded>
    </Page>
  );
}
