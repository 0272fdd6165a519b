import { Code, Group, Stack, Text } from '@mantine/core';
import type { JSX } from 'react';
import { useWords } from '../../i18n/language.ts';
import { Page } from '../../ui/page.tsx';
import { QrCode } from '../../ui/qr-code.tsx';
import { Section } from '../../ui/section.tsx';
import { useAuthority } from '../trust/authority.ts';
import styles from './reach.module.css';
import { words } from './words.ts';

const ownCommand = 'npx coffre tls own coffre.home.arpa';
const domainCommand = 'npx coffre tls request cloud.example.org';
const proxySite = 'cloud.example.org {\n  reverse_proxy 127.0.0.1:8080\n}';
const proxySettings = '"origins": ["https://cloud.example.org"],\n"trustedProxies": ["127.0.0.1"]';

/** How people beyond this machine get here. */
export function ReachPage(): JSX.Element {
  const w = useWords(words);
  return (
    <Page title={w.title} lead={w.lead}>
      <Now />
      <Section title={w.homeTitle} lead={w.homeLead}>
        <Steps of={w.homeSteps} commands={[undefined, ownCommand]} />
      </Section>
      <Section title={w.domainTitle} lead={w.domainLead}>
        <Steps of={w.domainSteps} commands={[undefined, domainCommand]} />
      </Section>
      <Section title={w.proxyTitle} lead={w.proxyLead}>
        <Steps of={w.proxySteps} commands={[proxySite, proxySettings]} />
      </Section>
      <Text size="sm" c="dimmed">
        {w.untested}
      </Text>
    </Page>
  );
}

function Now(): JSX.Element {
  const w = useWords(words);
  const authority = useAuthority();
  const isLocal = location.protocol === 'http:';
  const needsTrust = typeof authority.data?.fingerprint === 'string';
  const address = needsTrust ? `${location.origin}/trust` : `${location.origin}/`;
  return (
    <Section title={w.nowTitle}>
      <Text>
        {isLocal ? w.nowLocal : w.nowNamed} <strong>{location.host}</strong>.
      </Text>
      {!isLocal && (
        <Group gap="lg" align="center">
          <div className={styles['code']}>
            <QrCode text={address} label={`${w.code}: ${address}`} />
          </div>
          <Text flex="1 1 14rem">{needsTrust ? w.scanTrust : w.scan}</Text>
        </Group>
      )}
    </Section>
  );
}

interface StepsProps {
  readonly of: readonly string[];
  /** What belongs to each step, where something does. */
  readonly commands: readonly (string | undefined)[];
}

function Steps({ of, commands }: StepsProps): JSX.Element {
  return (
    <ol className={styles['steps']}>
      {of.map((step, index) => (
        <li key={step}>
          <Stack gap="xs">
            <Text>{step}</Text>
            {commands[index] !== undefined && (
              <Code block className={styles['command'] ?? ''}>
                {commands[index]}
              </Code>
            )}
          </Stack>
        </li>
      ))}
    </ol>
  );
}
