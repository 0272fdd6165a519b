import { Alert, Button, Group, Radio, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type JSX, useState } from 'react';
import type { KitPlace } from '#format/instance-operations.ts';
import { call } from '../api/client.ts';
import { problemText } from '../api/words.ts';
import { useWords } from '../i18n/language.ts';
import { words } from './words.ts';

interface KitPlaceFormProps {
  readonly onDone: () => void;
  readonly onLater?: () => void;
}

const places: readonly KitPlace[] = ['home', 'elsewhere', 'person', 'digital'];

/** Where the kit is: the last step, and what the reminder on the first page asks for. */
export function KitPlaceForm({ onDone, onLater }: KitPlaceFormProps): JSX.Element {
  const w = useWords(words);
  const queries = useQueryClient();
  const [place, setPlace] = useState<string>();
  const [error, setError] = useState<string>();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      await call('PUT', '/kit/place', { body: { place } });
      await queries.invalidateQueries();
      onDone();
    } catch (problem) {
      setError(problemText(problem));
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="md">
        {error !== undefined && (
          <Alert color="red" role="alert">
            {error}
          </Alert>
        )}
        <Radio.Group name="place" aria-label={w.placeTitle} value={place ?? null} onChange={setPlace}>
          <Stack gap="sm">
            {places.map((each) => (
              <Radio key={each} value={each} label={w[each]} size="md" />
            ))}
          </Stack>
        </Radio.Group>
        <Group justify={onLater === undefined ? 'flex-end' : 'space-between'}>
          {onLater !== undefined && (
            <Button variant="default" onClick={onLater}>
              {w.later}
            </Button>
          )}
          <Button type="submit" disabled={place === undefined}>
            {w.done}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
