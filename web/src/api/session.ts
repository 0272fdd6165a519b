import { useSyncExternalStore } from 'react';
import { makeStore } from '../ui/store.ts';

/** What this browser keeps of a session: the key is one half, the cookie that no script can read is the other. */
export interface Session {
  readonly tag: string;
  readonly name: string;
  readonly key: string;
}

/** Why nobody is signed in any more. */
export type Ending = 'signed-out' | 'expired' | 'stranger';

const storageKey = 'coffre.session';

function stored(): Session | undefined {
  const text = sessionStorage.getItem(storageKey) ?? localStorage.getItem(storageKey);
  if (text === null) return undefined;
  try {
    const value = JSON.parse(text) as Partial<Session>;
    const { tag, name, key } = value;
    return tag === undefined || name === undefined || key === undefined ? undefined : { tag, name, key };
  } catch {
    return undefined;
  }
}

interface State {
  readonly session: Session | undefined;
  readonly ending: Ending | undefined;
}

const store = makeStore<State>({ session: stored(), ending: undefined });
const endListeners = new Set<() => void>();

// Signed in or out in another tab: this one follows.
window.addEventListener('storage', (event) => {
  if (event.key !== storageKey || sessionStorage.getItem(storageKey) !== null) return;
  const session = stored();
  if (session?.key === store.get().session?.key) return;
  if (session === undefined) endSession('signed-out');
  else location.reload();
});

export function currentSession(): Session | undefined {
  return store.get().session;
}

export function useSession(): Session | undefined {
  return useSyncExternalStore(store.subscribe, store.get).session;
}

export function useEnding(): Ending | undefined {
  return useSyncExternalStore(store.subscribe, store.get).ending;
}

/** Whether this browser stays signed in when its window is closed. */
export function isSessionKept(): boolean {
  return localStorage.getItem(storageKey) !== null;
}

/** @param keep whether it outlives the window: the owner says that this device is theirs. */
export function beginSession(session: Session, keep: boolean): void {
  sessionStorage.removeItem(storageKey);
  localStorage.removeItem(storageKey);
  (keep ? localStorage : sessionStorage).setItem(storageKey, JSON.stringify(session));
  store.set({ session, ending: undefined });
}

/** Nothing of the account stays in this window. */
export function endSession(ending: Ending): void {
  sessionStorage.removeItem(storageKey);
  localStorage.removeItem(storageKey);
  for (const listener of endListeners) listener();
  store.set({ session: undefined, ending });
}

/** For whatever holds answers: it is told before anything else is shown. */
export function onSessionEnd(listener: () => void): void {
  endListeners.add(listener);
}
