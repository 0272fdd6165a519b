import { CloseButton, Paper, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { type JSX, useSyncExternalStore } from 'react';
import { problemText } from '../api/words.ts';
import { useWords } from '../i18n/language.ts';
import { makeStore } from './store.ts';
import styles from './toasts.module.css';
import { words } from './words.ts';

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'done' | 'problem';
}

const shownMs = 6000;
const most = 4;
const store = makeStore<readonly Toast[]>([]);
let lastId = 0;

/** A short message that goes by itself: something was done. */
export function toast(text: string): void {
  const { id } = add(text, 'done');
  window.setTimeout(() => remove(id), shownMs);
}

/** Something was not done. It stays until it is closed. */
export function toastProblem(error: unknown): void {
  add(problemText(error), 'problem');
}

function add(text: string, kind: Toast['kind']): Toast {
  lastId += 1;
  const added = { id: lastId, text, kind };
  const others = store.get().filter((each) => each.text !== text);
  store.set([...others, added].slice(-most));
  return added;
}

function remove(id: number): void {
  store.set(store.get().filter((each) => each.id !== id));
}

export function Toasts(): JSX.Element {
  const toasts = useSyncExternalStore(store.subscribe, store.get);
  const { close, notifications } = useWords(words);
  return (
    <section className={styles['toasts']} aria-label={notifications} aria-live="polite">
      {toasts.map(({ id, text, kind }) => (
        <Paper key={id} className={styles['toast']} shadow="md" withBorder data-kind={kind}>
          {kind === 'done' ? <IconCircleCheck aria-hidden /> : <IconAlertTriangle aria-hidden />}
          <Text size="sm" flex={1}>
            {text}
          </Text>
          <CloseButton aria-label={close} onClick={() => remove(id)} />
        </Paper>
      ))}
    </section>
  );
}
