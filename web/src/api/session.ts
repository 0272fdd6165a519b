import { useSyncExternalStore } from 'react';
import { makeStore } from '../ui/store.ts';
import { askOtherTabs, hideSession, listenToOtherTabs, showSession, tellBegan, tellEnded } from './other-tabs.ts';

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

listenToOtherTabs({
  current: () => store.get().session,
  onBegan: () => {
    sessionStorage.removeItem(storageKey);
    location.reload();
  },
  onEnded: () => {
    if (store.get().session !== undefined) forget('signed-out');
  },
});

/** A tab that was just opened goes on with the session of another one. */
export async function takeUpSession(): Promise<void> {
  if (store.get().session !== undefined) {
    showSession();
    return;
  }
  const session = await askOtherTabs();
  if (session !== undefined) keep(session, sessionStorage);
}

function keep(session: Session, storage: Storage): void {
  storage.setItem(storageKey, JSON.stringify(session));
  store.set({ session, ending: undefined });
  showSession();
}

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

/** @param isKept whether it outlives the window: the owner says that this device is theirs. */
export function beginSession(session: Session, isKept: boolean): void {
  clear();
  keep(session, isKept ? localStorage : sessionStorage);
  tellBegan();
}

/** Nothing of the account stays in this browser, in whatever tab. */
export function endSession(ending: Ending): void {
  forget(ending);
  tellEnded();
}

function forget(ending: Ending): void {
  clear();
  for (const listener of endListeners) listener();
  store.set({ session: undefined, ending });
}

function clear(): void {
  sessionStorage.removeItem(storageKey);
  localStorage.removeItem(storageKey);
  hideSession();
}

/** For whatever holds answers: it is told before anything else is shown. */
export function onSessionEnd(listener: () => void): void {
  endListeners.add(listener);
}
