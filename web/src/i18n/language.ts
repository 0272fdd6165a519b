import { useSyncExternalStore } from 'react';
import { makeStore } from '../ui/store.ts';

export const languages = ['en', 'fr', 'de'] as const;
export type Language = (typeof languages)[number];

export const languageNames: Readonly<Record<Language, string>> = { en: 'English', fr: 'Français', de: 'Deutsch' };

/** The same words in every language. French and German must have what English has, or this does not compile where it is used. */
export interface Translated<W> {
  readonly en: W;
  readonly fr: NoInfer<W>;
  readonly de: NoInfer<W>;
}

const storageKey = 'coffre.language';

function known(tag: string | null): Language | undefined {
  return languages.find((each) => tag === each || tag?.startsWith(`${each}-`) === true);
}

function fromBrowser(): Language {
  for (const tag of navigator.languages) {
    const language = known(tag.toLowerCase());
    if (language !== undefined) return language;
  }
  return 'en';
}

const store = makeStore<Language>(known(localStorage.getItem(storageKey)) ?? fromBrowser());
document.documentElement.lang = store.get();

export function currentLanguage(): Language {
  return store.get();
}

export function useLanguage(): Language {
  return useSyncExternalStore(store.subscribe, store.get);
}

export function changeLanguage(language: Language): void {
  localStorage.setItem(storageKey, language);
  document.documentElement.lang = language;
  store.set(language);
}

/** The words of a page or a part, in the language that is chosen. */
export function useWords<W>(words: Translated<W>): W {
  return words[useLanguage()];
}

/** The same outside of a component. What is shown later changes with the language; this does not. */
export function wordsNow<W>(words: Translated<W>): W {
  return words[store.get()];
}
