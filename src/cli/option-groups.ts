import type { OptionName } from './options.ts';

export const place: readonly OptionName[] = ['data', 'key-file', 'help'];
const proof: readonly OptionName[] = ['password-file', 'app-password-file', 'kit-file', ...place];
export const inVault: readonly OptionName[] = ['vault', ...proof];
/** Adding or taking away credentials wants the whole proof of the owner. */
export const owner: readonly OptionName[] = ['password-file', 'kit-file', ...place];
