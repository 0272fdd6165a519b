import { Button, Divider, Group, Paper, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconAlertTriangle, IconChecklist, IconShieldCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import type { SafeState } from '#faces/api/contract/safe.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import styles from './safe.module.css';
import type { ThingToDo } from './things-to-do.ts';
import { words } from './words.ts';

interface VerdictProps {
  readonly safe: SafeState;
  readonly things: readonly ThingToDo[];
}

/** In one look: whether everything is well, and the one thing to do if it is not. */
export function Verdict({ safe, things }: VerdictProps): JSX.Element {
  const w = useWords(words);
  const [first, ...others] = things;
  return (
    <Paper component="section" p={{ base: 'md', sm: 'lg' }}>
      <Stack gap="lg">
        {first === undefined ? (
          <Headline
            icon={<IconShieldCheck size={30} stroke={1.6} />}
            color="lagoon"
            small={undefined}
            title={w.allWell}
          >
            {w.allWellText}
          </Headline>
        ) : (
          <FirstThing thing={first} />
        )}
        {others.length > 0 && (
          <Stack gap={6}>
            <Text size="sm" c="dimmed" fw={600}>
              {w.after}
            </Text>
            {others.map(({ title, to }) =>
              to === undefined ? (
                <Text key={title} size="sm">
                  {title}
                </Text>
              ) : (
                <Text key={title} size="sm" component={Link} to={to} c="var(--mantine-color-anchor)">
                  {title}
                </Text>
              ),
            )}
          </Stack>
        )}
        <Divider />
        <Facts safe={safe} />
      </Stack>
    </Paper>
  );
}

function FirstThing({ thing }: { readonly thing: ThingToDo }): JSX.Element {
  const w = useWords(words);
  const { title, text, to, isTrouble } = thing;
  return (
    <Headline
      icon={isTrouble ? <IconAlertTriangle size={30} stroke={1.6} /> : <IconChecklist size={30} stroke={1.6} />}
      color={isTrouble ? 'red' : 'orange'}
      small={isTrouble ? w.trouble : w.oneThing}
      title={title}
      action={
        to !== undefined && (
          <Button component={Link} to={to}>
            {w.act}
          </Button>
        )
      }
    >
      {text}
    </Headline>
  );
}

interface HeadlineProps {
  readonly icon: JSX.Element;
  readonly color: string;
  readonly small: string | undefined;
  readonly title: string;
  readonly children: string;
  readonly action?: JSX.Element | false;
}

function Headline({ icon, color, small, title, children, action }: HeadlineProps): JSX.Element {
  return (
    <Group wrap="nowrap" align="flex-start" gap="md">
      <ThemeIcon size={56} radius={28} variant="light" color={color} aria-hidden>
        {icon}
      </ThemeIcon>
      <Stack gap={4} className={styles['grow'] ?? ''}>
        {small !== undefined && (
          <Text size="sm" c="dimmed" fw={600}>
            {small}
          </Text>
        )}
        <Title order={2}>{title}</Title>
        <Text>{children}</Text>
        {action !== undefined && action !== false && <Group mt="sm">{action}</Group>}
      </Stack>
    </Group>
  );
}

function Facts({ safe }: { readonly safe: SafeState }): JSX.Element {
  const w = useWords(words);
  const { ago, duration, number } = useFormats();
  const proofs = [safe.data, ...safe.copies.map(({ proof }) => proof)];
  const proven = proofs.flatMap(({ provenMs }) => provenMs ?? []);
  const restores = safe.copies.flatMap(({ proof: { drill } }) => (drill?.isWhole === true ? [drill] : []));
  const newest = restores.toSorted((one, other) => other.timeMs - one.timeMs)[0];
  return (
    <dl className={styles['facts']}>
      <div>
        <dt>{w.copyCount}</dt>
        <dd>{safe.counting === 0 ? w.none : number(safe.counting)}</dd>
      </div>
      <div>
        <dt>{w.lastProof}</dt>
        <dd>{proven.length === 0 ? w.notYet : ago(Math.max(...proven))}</dd>
      </div>
      <div>
        <dt>{w.restoreTime}</dt>
        <dd>{newest === undefined ? w.notYet : duration(newest.restoreMs)}</dd>
      </div>
    </dl>
  );
}
