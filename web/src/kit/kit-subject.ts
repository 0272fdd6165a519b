import { call } from '../api/client.ts';
import { useWords } from '../i18n/language.ts';
import { words } from './words.ts';

/** Whose kit it is: what is written on it, and how it is proven. */
export interface KitSubject {
  readonly why: string;
  readonly title: string;
  readonly whoHasIt: string;
  readonly fileName: string;
  /** Whether its owner is asked where it is kept. */
  readonly hasPlace: boolean;
  prove(identity: string): Promise<void>;
}

export function useAccountKit(name: string): KitSubject {
  const w = useWords(words);
  return {
    why: w.why,
    title: w.sheetTitle(name),
    whoHasIt: w.whoHasIt,
    fileName: w.fileName(name),
    hasPlace: true,
    prove: async (kit) => await call('POST', '/kit/prove', { body: { kit } }),
  };
}

export function useOperatorKit(): KitSubject {
  const w = useWords(words);
  return {
    why: w.operatorWhy,
    title: w.operatorTitle,
    whoHasIt: w.operatorWhoHasIt,
    fileName: w.operatorFile,
    hasPlace: false,
    prove: async (kit) => await call('POST', '/operator-kit/prove', { body: { kit } }),
  };
}
