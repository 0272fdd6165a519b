import { Button, CloseButton, Paper, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { type JSX, useSyncExternalStore } from 'react';
import { problemText } from '../api/words.ts';
import { useWords } from '../i18n/language.ts';
import { makeStore } from './store.ts';
import styles from './toasts.module.css';
import { words } from './words.ts';

/** What can be done about it while it is shown. */
interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: 'done' | 'problem';
  readonly action?: ToastAction;
}

const shownMs = 8000;
/** Long enough to read what can be done, and to get there by keyboard. */
const shownWithActionMs = 30_000;
const most = 4;
const store = makeStore<readonly Toast[]>([]);
let lastId = 0;

/** A short message that goes by itself: something was done. */
export function toast(text: string, action?: ToastAction): void {
  const { id } = add(text, 'done', action);
  window.setTimeout(() => remove(id), action === undefined ? shownMs : shownWithActionMs);
}

/** Something was not done. It stays until it is closed. */
export function toastProblem(error: unknown): void {
  add(problemText(error), 'problem');
}

function add(text: string, kind: Toast['kind'], action?: ToastAction): Toast {
  lastId += 1;
  const added = { id: lastId, text, kind, ...(action !== undefined && { action }) };
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
      {toasts.map(({ id, text, kind, action }) => (
        <Paper key={id} className={styles['toast']} shadow="md" withBorder data-kind={kind}>
          {kind === 'done' ? <IconCircleCheck aria-hidden /> : <IconAlertTriangle aria-hidden />}
          <Text size="sm" flex={1}>
            {text}
          </Text>
          {action !== undefined && (
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={() => {
                remove(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <CloseButton aria-label={close} onClick={() => remove(id)} />
        </Paper>
      ))}
    </section>
  );
}
