import { Alert, Button, Text } from '@mantine/core';
import { IconShieldX } from '@tabler/icons-react';
import type { JSX } from 'react';
import { useWords } from '../i18n/language.ts';
import { VisitorFrame } from './visitor-frame.tsx';
import { words } from './words.ts';

/** Instead of everything else, after an answer that was somebody else's. */
export function Alarm(): JSX.Element {
  const w = useWords(words);
  return (
    <VisitorFrame title={w.alarmTitle}>
      <Alert color="red" icon={<IconShieldX />} role="alert">
        <Text size="sm">{w.alarmText}</Text>
      </Alert>
      <Button component="a" href="/sign-in">
        {w.alarmAction}
      </Button>
    </VisitorFrame>
  );
}
