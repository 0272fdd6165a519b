import { z } from 'zod';
import { fromUtf8, utf8 } from '#base/bytes.ts';
import type { Disk } from '#store/disk.ts';
import { type ImageMetadata, readImageMetadata } from './openwrt/image-metadata.ts';
import { parseUsignKey, signerOf, type UsignKey, verifyUsign } from './openwrt/usign.ts';

/** Keys that the owner trusts to sign images. */
export class TrustedKeys {
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Undefined when it is no public key of usign. */
  async trust(text: string): Promise<UsignKey | undefined> {
    const key = parseUsignKey(text);
    if (key === undefined) return undefined;
    await this.#disk.makeFolder('keys');
    await this.#disk.replace(`keys/${key.fingerprint}.pub`, utf8(text));
    return key;
  }

  async distrust(fingerprint: string): Promise<boolean> {
    const isThere = (await this.find(fingerprint)) !== undefined;
    if (isThere) await this.#disk.remove(`keys/${fingerprint}.pub`);
    return isThere;
  }

  async fingerprints(): Promise<readonly string[]> {
    return (await this.#disk.list('keys')).flatMap((name) =>
      /^[0-9a-f]{16}\.pub$/.test(name) ? name.slice(0, 16) : [],
    );
  }

  async find(fingerprint: string): Promise<UsignKey | undefined> {
    const bytes = /^[0-9a-f]{16}$/.test(fingerprint) ? await this.#disk.read(`keys/${fingerprint}.pub`) : null;
    return bytes === null ? undefined : parseUsignKey(fromUtf8(bytes));
  }
}

export interface ToVerify {
  readonly image: Uint8Array;
  /** SHA-256 of the image, hex. */
  readonly sha256: string;
  /** OpenWrt's `sha256sums`, and usign's signature of it. */
  readonly sums: Uint8Array;
  readonly signature: string;
  /** What it is going to run on. */
  readonly board: string;
}

export type Verdict =
  | { readonly kind: 'good'; readonly key: string; readonly metadata: ImageMetadata }
  | {
      readonly kind: 'bad';
      readonly why: 'no-signature' | 'unknown-key' | 'wrong-signature' | 'not-listed' | 'no-metadata' | 'other-board';
      /** The key, or the boards that it is for. */
      readonly detail: string;
    };

/** Every check, in the order in which a mistake matters most; nothing of the image is believed before its hash is signed. */
export async function verifyImage(
  keys: TrustedKeys,
  { image, sha256, sums, signature, board }: ToVerify,
): Promise<Verdict> {
  const signer = signerOf(signature);
  if (signer === undefined) return bad('no-signature', '');
  const key = await keys.find(signer);
  if (key === undefined) return bad('unknown-key', signer);
  if (!verifyUsign(key, sums, signature)) return bad('wrong-signature', signer);
  if (!listed(sums).has(sha256)) return bad('not-listed', sha256);
  const metadata = readImageMetadata(image);
  if (metadata === undefined) return bad('no-metadata', '');
  if (!metadata.boards.includes(board)) return bad('other-board', metadata.boards.join(', '));
  return { kind: 'good', key: signer, metadata };
}

function bad(why: Extract<Verdict, { kind: 'bad' }>['why'], detail: string): Verdict {
  return { kind: 'bad', why, detail };
}

/** Lines of `HASH *NAME` or `HASH  NAME`. */
export function listed(sums: Uint8Array): ReadonlySet<string> {
  const lines = new TextDecoder().decode(sums).split('\n');
  return new Set(lines.flatMap((line) => /^([0-9a-f]{64}) [ *]/.exec(line)?.[1] ?? []));
}

/** OpenWrt's `profiles.json` of a release: which images there are, for which boards. */
const profilesSchema = z.object({
  version_number: z.string().max(200).default(''),
  profiles: z.record(
    z.string().max(200),
    z.object({
      supported_devices: z.array(z.string().max(200)).max(1000).default([]),
      images: z.array(
        z.object({ name: z.string().max(255), sha256: z.string().regex(/^[0-9a-f]{64}$/), type: z.string().max(100) }),
      ),
    }),
  ),
});

export interface OfferedImage {
  readonly name: string;
  readonly sha256: string;
  readonly release: string;
}

/** Images to upgrade this board with; undefined when it is no such list. The server is not told which board. */
export function offeredImages(list: Uint8Array, board: string): readonly OfferedImage[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(list));
  } catch {
    return undefined;
  }
  const parsed = profilesSchema.safeParse(value);
  if (!parsed.success) return undefined;
  return Object.values(parsed.data.profiles)
    .filter(({ supported_devices: boards }) => boards.includes(board))
    .flatMap(({ images }) => images.filter(({ type }) => type === 'sysupgrade'))
    .map(({ name, sha256 }) => ({ name, sha256, release: parsed.data.version_number }));
}
