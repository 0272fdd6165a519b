import type { KnownContents } from '#faces/api/contract/photos.ts';
import { call } from '../../api/client.ts';

/** Larger ones would take more memory than they save on the way. */
const maxHashedBytes: number = 256 * 1024 * 1024;
const mostAtOnce = 200;

/** Which of these the vault does not have yet, by the SHA-256 of each whole file. */
export async function withoutKnown(
  files: readonly File[],
): Promise<{ readonly fresh: readonly File[]; readonly knownCount: number }> {
  const fresh: File[] = [];
  for (let at = 0; at < files.length; at += mostAtOnce) {
    const some = files.slice(at, at + mostAtOnce);
    const sums: (string | undefined)[] = [];
    for (const file of some) sums.push(await sumOf(file));
    const sha256 = sums.filter((sum) => sum !== undefined);
    const places = await call<KnownContents>('POST', '/vaults/files/known', { body: { sha256 } });
    const known = new Set(sha256.filter((_, index) => places[index] !== null));
    // The same photo chosen twice travels once.
    const taken = new Set<string>();
    for (const [index, file] of some.entries()) {
      const sum = sums[index];
      if (sum !== undefined && (known.has(sum) || taken.has(sum))) continue;
      if (sum !== undefined) taken.add(sum);
      fresh.push(file);
    }
  }
  return { fresh, knownCount: files.length - fresh.length };
}

async function sumOf(file: File): Promise<string | undefined> {
  if (file.size > maxHashedBytes) return undefined;
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
