import { Alert, Button, Code, Stack, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { JSX } from 'react';
import { useWords } from '../../i18n/language.ts';
import { VisitorFrame } from '../../layout/visitor-frame.tsx';
import { Loaded } from '../../ui/states.tsx';
import { useAuthority } from './authority.ts';
import styles from './trust.module.css';
import { words } from './words.ts';

/** For a phone that scanned the code: what it needs to trust the authority of the house. */
export function TrustPage(): JSX.Element {
  const w = useWords(words);
  const authority = useAuthority();
  return (
    <Loaded of={authority}>
      {({ fingerprint }) =>
        fingerprint === null ? (
          <VisitorFrame title={w.none}>
            <Text>{w.noneText}</Text>
          </VisitorFrame>
        ) : (
          <VisitorFrame title={w.title} lead={w.lead} isWide>
            <Alert title={w.compare}>
              <Stack gap="xs">
                <Text size="sm">{w.compareText}</Text>
                <Code block className={styles['line'] ?? ''}>
                  {fingerprint.replaceAll(':', ' ')}
                </Code>
              </Stack>
            </Alert>
            <Way title={w.android} text={w.androidText} file="authority.crt" action={w.crt} />
            <Way title={w.apple} text={w.appleText} file="authority.mobileconfig" action={w.profile} />
            <Way title={w.other} text={w.otherText} file="authority.crt" action={w.crt} />
            <Text size="sm" c="dimmed">
              {w.limit} {w.untested}
            </Text>
          </VisitorFrame>
        )
      }
    </Loaded>
  );
}

interface WayProps {
  readonly title: string;
  readonly text: string;
  readonly file: string;
  readonly action: string;
}

function Way({ title, text, file, action }: WayProps): JSX.Element {
  return (
    <Stack gap="xs" align="flex-start">
      <Title order={2} size="h3">
        {title}
      </Title>
      <Text>{text}</Text>
      <Button
        component="a"
        href={`/trust/${file}`}
        variant="default"
        aria-label={`${action}: ${title}`}
        leftSection={<IconDownload size={20} aria-hidden />}
      >
        {action}
      </Button>
    </Stack>
  );
}
