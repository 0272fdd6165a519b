import { Tabs } from '@mantine/core';
import { useNavigate, useParams } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useWords } from '../../i18n/language.ts';
import { Page } from '../../ui/page.tsx';
import { LookBack } from './look-back.tsx';
import { WhatWasLost } from './what-was-lost.tsx';
import { words } from './words.ts';

/** `/time/back/FOLDER…` looks back, `/time/lost` is what was lost. */
export function TimePage(): JSX.Element {
  const w = useWords(words);
  const navigate = useNavigate();
  const { _splat: splat = '' } = useParams({ strict: false }) as { readonly _splat?: string };
  const part = splat === 'lost' ? 'lost' : 'back';
  const path = splat
    .replace(/^back\/?/, '')
    .split('/')
    .filter((name) => part === 'back' && name !== '')
    .map(decodeURIComponent);
  return (
    <Page title={w.title} lead={w.lead}>
      <Tabs
        value={part}
        keepMounted={false}
        onChange={(value) => void navigate({ to: value === 'lost' ? '/time/lost' : ('/time' as '/') })}
      >
        <Tabs.List aria-label={w.parts} mb="lg">
          <Tabs.Tab value="back">{w.lookBack}</Tabs.Tab>
          <Tabs.Tab value="lost">{w.lost}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="back">
          <LookBack path={path} />
        </Tabs.Panel>
        <Tabs.Panel value="lost">
          <WhatWasLost />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
