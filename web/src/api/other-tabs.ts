import type { Session } from './session.ts';

/** What tabs of one browser say to each other; it leaves neither the browser nor this site. */
type Message =
  | { readonly kind: 'who' }
  | { readonly kind: 'session'; readonly session: Session }
  | { readonly kind: 'began' }
  | { readonly kind: 'ended' };

interface Listener {
  /** The session of this tab, for a tab that was just opened. */
  current(): Session | undefined;
  /** Another tab began a session: the cookie is that one's now, and this tab's half opens nothing. */
  onBegan(): void;
  onEnded(): void;
}

/** A tab in the background of a busy machine takes its time. */
const answerWithinMs = 10_000;
const channel = new BroadcastChannel('coffre.session');
/** Held by every tab that has a session, so that a new one knows whether there is anybody to wait for. */
const lockName = 'coffre.session';
let release: (() => void) | undefined;

function tell(message: Message): void {
  channel.postMessage(message);
}

export function listenToOtherTabs(listener: Listener): void {
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    switch (data.kind) {
      case 'who': {
        const session = listener.current();
        if (session !== undefined) tell({ kind: 'session', session });
        break;
      }
      case 'began':
        listener.onBegan();
        break;
      case 'ended':
        listener.onEnded();
        break;
      case 'session':
        break;
    }
  });
}

export function tellBegan(): void {
  tell({ kind: 'began' });
}

export function tellEnded(): void {
  tell({ kind: 'ended' });
}

export function showSession(): void {
  if (release !== undefined || !('locks' in navigator)) return;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  void navigator.locks.request(lockName, { mode: 'shared' }, () => held);
}

export function hideSession(): void {
  release?.();
  release = undefined;
}

/** The session that another tab has; undefined when there is none. */
export async function askOtherTabs(): Promise<Session | undefined> {
  if (!('locks' in navigator)) return undefined;
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === lockName) ? await answerOfAnother() : undefined;
}

function answerOfAnother(): Promise<Session | undefined> {
  return new Promise((resolve) => {
    const done = (session: Session | undefined): void => {
      channel.removeEventListener('message', hear);
      window.clearTimeout(timer);
      resolve(session);
    };
    const hear = ({ data }: MessageEvent<Message>): void => {
      if (data.kind === 'session') done(data.session);
    };
    const timer = window.setTimeout(() => done(undefined), answerWithinMs);
    channel.addEventListener('message', hear);
    tell({ kind: 'who' });
  });
}
