import type { VaultKind } from '#format/instance-operations.ts';
import type { Translated } from '../../i18n/language.ts';
import { de } from './words-de.ts';
import { en } from './words-en.ts';
import { fr } from './words-fr.ts';

type Vaults = { readonly vaults: Readonly<Record<VaultKind, string>> };

export const words: Translated<typeof en & Vaults> = { en, fr, de };
