import { z } from 'zod';
import { toHex, utf8 } from '#base/bytes.ts';
import { sha256 } from '#crypto/primitives.ts';
import type { Disk } from '#store/disk.ts';
import { readJson, routerFolder, writeJson } from './routers.ts';
import type { VerifiedImage } from './verified-images.ts';

interface StoredImage {
  readonly image: string;
  readonly release: string;
}

interface AgreedText {
  readonly text: string;
  readonly sha256: string;
  readonly isAgreed: boolean;
}

/**
 * An update that is on its way; one for each router at most. Written before each step:
 *
 * - `verified`: waits for its owner
 * - `consented`: its owner said yes to every text, each bound to the hash of the image and the list
 * - `staged`: the image is in the memory of the router, and perhaps not any more
 * - `activated`: the router was told to write it, and perhaps did
 * - `healthy`: it runs, and everything on the home network answers; goes back unless confirmed
 * - `taking-back`: the image before is being written
 */
export interface UpdateFile extends StoredImage {
  readonly version: 1;
  /** How many lines the history had before: one more, and this update ended. */
  readonly after: number;
  readonly state: 'verified' | 'consented' | 'staged' | 'activated' | 'healthy' | 'taking-back';
  readonly texts: readonly AgreedText[];
  /** What goes back; null: nothing can. */
  readonly previous: StoredImage | null;
  readonly deadlineMs: number;
}

const storedImage = { image: z.string().regex(/^[0-9a-f]{64}$/), release: z.string().max(500) };

const updateSchema: z.ZodType<UpdateFile> = z.object({
  version: z.literal(1),
  after: z.number().int().min(0),
  ...storedImage,
  state: z.enum(['verified', 'consented', 'staged', 'activated', 'healthy', 'taking-back']),
  texts: z.array(z.object({ text: z.string(), sha256: z.string(), isAgreed: z.boolean() })).max(2),
  previous: z.object(storedImage).nullable(),
  deadlineMs: z.number().int(),
});

function pathOf(router: string): string {
  return `${routerFolder(router)}/update.json`;
}

export async function readUpdate(disk: Pick<Disk, 'read'>, router: string): Promise<UpdateFile | undefined> {
  return await readJson(disk, pathOf(router), updateSchema);
}

export async function writeUpdate(disk: Disk, router: string, update: UpdateFile): Promise<void> {
  await writeJson(disk, pathOf(router), update);
}

export async function removeUpdate(disk: Disk, router: string): Promise<void> {
  await disk.remove(pathOf(router));
}

/**
 * What its owner has to agree to. What needs an account, or takes something away, is a text of its own: it is never agreed to
 * together with the rest.
 */
export function updateTexts(
  router: string,
  image: string,
  { boards, release, announcement }: VerifiedImage,
  previous: StoredImage | null,
): readonly AgreedText[] {
  const list = (what: string, items: readonly string[]): string =>
    `${what}: ${items.length === 0 ? 'nothing' : items.join('; ')}`;
  const says =
    announcement === null
      ? ['Its maker does not say what it adds, removes, or newly collects, or whether it needs an account.']
      : [
          list('It adds', announcement.adds),
          list('It removes', announcement.removes),
          list('It newly collects', announcement.collects),
          `It needs an account: ${announcement.needsAccount ? 'YES' : 'no'}`,
        ];
  const back =
    previous === null
      ? 'One CANNOT go back: the image that runs now is not in the store, or was not verified.'
      : `One can go back to ${previous.release} (image ${previous.image}), offline, with one command.`;
  const main = [`Install ${release} (image ${image}) on ${router} (${boards.join(', ')}).`, ...says, back];
  const loss =
    announcement === null || (!announcement.needsAccount && announcement.removes.length === 0)
      ? []
      : [
          `With image ${image}, ${router} loses something that it can do today.`,
          ...(announcement.needsAccount ? ['It does not work any more without an account of its maker.'] : []),
          ...announcement.removes.map((each) => `It takes away: ${each}`),
        ];
  return [main, loss]
    .filter((each) => each.length > 0)
    .map((each) => {
      const text = `${each.join('\n')}\n`;
      return { text, sha256: toHex(sha256(utf8(text))), isAgreed: false };
    });
}
