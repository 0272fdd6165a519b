import sharp, { type Sharp } from 'sharp';
import { decodeHeif } from './heif.ts';
import { sniff } from './sniff.ts';

/** For a list, and for a screen. */
const sizes = { small: 400, large: 1600 } as const;
const qualities = { small: 68, large: 78 } as const;
/** More than any camera makes; what it takes in memory is bounded by reading line by line. */
const maxPixels = 300_000_000;
/** Longer lines are made to hurt. */
const maxSide = 65_535;
/** A picture is one piece (docs/format.md §7). */
const maxPictureBytes: number = 4 * 1024 * 1024;

sharp.cache(false);
sharp.concurrency(1);
// Only what a camera or a screen makes: no SVG, no PDF, nothing that names other files.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'].map((each) => `VipsForeignLoad${each}`),
});

export interface Pictures {
  readonly width: number;
  readonly height: number;
  readonly small: Uint8Array;
  /** Undefined when the small one shows everything. */
  readonly large: Uint8Array | undefined;
}

/** @returns undefined for what is no picture that can be shown. Throws for one that is damaged. */
export async function makePictures(bytes: Uint8Array): Promise<Pictures | undefined> {
  switch (sniff(bytes)) {
    case 'image':
      return fromFile(bytes);
    case 'heif':
      return fromHeif(bytes);
    default:
      return undefined;
  }
}

async function fromFile(bytes: Uint8Array): Promise<Pictures | undefined> {
  const open = (): Sharp =>
    sharp(bytes, { limitInputPixels: maxPixels, sequentialRead: true, failOn: 'error', pages: 1 });
  const { autoOrient } = await open().metadata();
  return makeBoth(() => open().autoOrient(), autoOrient.width, autoOrient.height);
}

async function fromHeif(bytes: Uint8Array): Promise<Pictures | undefined> {
  const image = await decodeHeif(bytes);
  if (image === undefined) return undefined;
  const { width, height, data } = image;
  return makeBoth(() => sharp(data, { raw: { width, height, channels: 4 } }), width, height);
}

async function makeBoth(open: () => Sharp, width: number, height: number): Promise<Pictures | undefined> {
  if (width < 1 || height < 1 || width > maxSide || height > maxSide) return undefined;
  const make = async (size: keyof typeof sizes): Promise<Uint8Array> =>
    open()
      .resize({ width: sizes[size], height: sizes[size], fit: 'inside', withoutEnlargement: true })
      .webp({ quality: qualities[size], effort: 2 })
      .toBuffer();
  const small = await make('small');
  const large = Math.max(width, height) > sizes.small ? await make('large') : undefined;
  return small.length > maxPictureBytes || (large?.length ?? 0) > maxPictureBytes
    ? undefined
    : { width, height, small, large };
}
