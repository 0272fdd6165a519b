import { base32 } from '@scure/base';

/** docs/format.md §4: 160 bits in 32 letters, groups of four. */
export const appPasswordBytes = 20;

export function encodeAppPassword(bytes: Uint8Array): string {
  const letters = base32.encode(bytes).toLowerCase();
  return (letters.match(/.{4}/g) ?? []).join('-');
}

/** Undefined for anything that does not have the shape of an app password. */
export function decodeAppPassword(text: string): Uint8Array | undefined {
  if (text.length > 64) return undefined;
  const letters = text.replaceAll('-', '');
  // Before the upper case: some letters beyond ASCII have an ASCII one.
  if (!/^[A-Za-z2-7]{32}$/.test(letters)) return undefined;
  return base32.decode(letters.toUpperCase());
}
