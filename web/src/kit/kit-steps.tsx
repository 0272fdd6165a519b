import { Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconDownload, IconPrinter } from '@tabler/icons-react';
import { type FormEvent, type JSX, type ReactNode, useState } from 'react';
import type { Kit } from '#faces/api/contract/kit.ts';
import { problemText } from '../api/words.ts';
import { useFormats } from '../i18n/formats.ts';
import { useWords } from '../i18n/language.ts';
import { KitPlaceForm } from './kit-place-form.tsx';
import { KitSheet } from './kit-sheet.tsx';
import type { KitSubject } from './kit-subject.ts';
import { downloadKit } from './kit-text.ts';
import { words } from './words.ts';

interface KitStepsProps {
  readonly subject: KitSubject;
  readonly kit: Kit;
  readonly onDone: () => void;
}

type Step = 1 | 2 | 3;

/** From a kit that was just made to one that is kept: saved, read back, and put somewhere. */
export function KitSteps({ subject, kit, onDone }: KitStepsProps): JSX.Element {
  const [step, setStep] = useState<Step>(1);
  switch (step) {
    case 1:
      return <SaveStep subject={subject} kit={kit} onNext={() => setStep(2)} />;
    case 2: {
      const next = subject.hasPlace ? (): void => setStep(3) : onDone;
      return <ProveStep subject={subject} kit={kit} onBack={() => setStep(1)} onNext={next} />;
    }
    case 3:
      return <PlaceStep onDone={onDone} />;
  }
}

function stepsOf({ hasPlace }: KitSubject): number {
  return hasPlace ? 3 : 2;
}

interface StepFrameProps {
  readonly step: Step;
  readonly of: number;
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}

function StepFrame({ step, of, title, text, children }: StepFrameProps): JSX.Element {
  const w = useWords(words);
  return (
    <Stack gap="md">
      <Stack gap={4}>
        <Text size="sm" c="dimmed" fw={600}>
          {w.step(step, of)}
        </Text>
        <Title order={2} size="h3">
          {title}
        </Title>
        <Text>{text}</Text>
      </Stack>
      {children}
    </Stack>
  );
}

interface SaveStepProps {
  readonly subject: KitSubject;
  readonly kit: Kit;
  readonly onNext: () => void;
}

function SaveStep({ subject, kit, onNext }: SaveStepProps): JSX.Element {
  const w = useWords(words);
  const [isSaved, setSaved] = useState(false);
  return (
    <StepFrame step={1} of={stepsOf(subject)} title={w.saveTitle} text={subject.why}>
      <Text c="dimmed">{w.saveText}</Text>
      <Group gap="sm">
        <Button
          variant={isSaved ? 'default' : 'filled'}
          leftSection={<IconDownload size={20} aria-hidden />}
          onClick={() => {
            downloadKit(subject, kit);
            setSaved(true);
          }}
        >
          {w.download}
        </Button>
        <Button
          variant="default"
          leftSection={<IconPrinter size={20} aria-hidden />}
          onClick={() => {
            window.print();
            setSaved(true);
          }}
        >
          {w.print}
        </Button>
      </Group>
      <Group justify="flex-end">
        <Button variant={isSaved ? 'filled' : 'default'} disabled={!isSaved} onClick={onNext}>
          {w.haveIt}
        </Button>
      </Group>
      <KitSheet subject={subject} kit={kit} />
    </StepFrame>
  );
}

interface ProveStepProps {
  readonly subject: KitSubject;
  readonly kit: Kit;
  readonly onBack: () => void;
  readonly onNext: () => void;
}

function ProveStep({ subject, kit, onBack, onNext }: ProveStepProps): JSX.Element {
  const w = useWords(words);
  const { number } = useFormats();
  const [asked] = useState(twoPositions);
  const [typed, setTyped] = useState<readonly string[]>(['', '']);
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (asked.some((position, index) => typed[index]?.trim().toLowerCase() !== kit.words[position])) {
      setError(w.wrongWords);
      return;
    }
    setBusy(true);
    try {
      await subject.prove(kit.identity);
      onNext();
    } catch (problem) {
      setError(problemText(problem));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <StepFrame step={2} of={stepsOf(subject)} title={w.proveTitle} text={w.proveText}>
        {asked.map((position, index) => (
          <TextInput
            key={position}
            label={w.word(number(position + 1))}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            required
            withAsterisk={false}
            value={typed[index] ?? ''}
            onChange={(event) => setTyped(typed.with(index, event.currentTarget.value))}
            {...(error !== undefined && { error: index === 0 ? error : true })}
          />
        ))}
        <Group justify="space-between">
          <Button variant="default" onClick={onBack}>
            {w.back}
          </Button>
          <Button type="submit" loading={isBusy}>
            {w.check}
          </Button>
        </Group>
      </StepFrame>
    </form>
  );
}

/** Two of four, in their order. */
function twoPositions(): readonly number[] {
  const left = [0, 1, 2, 3];
  const drop = (): unknown => left.splice(Math.floor(Math.random() * left.length), 1);
  drop();
  drop();
  return left;
}

function PlaceStep({ onDone }: { readonly onDone: () => void }): JSX.Element {
  const w = useWords(words);
  return (
    <StepFrame step={3} of={3} title={w.placeTitle} text={w.placeText}>
      <KitPlaceForm onDone={onDone} onLater={onDone} />
    </StepFrame>
  );
}
