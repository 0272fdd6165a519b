import libheif from 'libheif-js/wasm-bundle.js';

/** 4 bytes each while it is decoded. */
const maxPixels = 120_000_000;

export interface RawImage {
  readonly width: number;
  readonly height: number;
  /** RGBA. */
  readonly data: Uint8Array;
}

/** The first picture of an HEIF file, upright: the file says itself how it is turned. */
export async function decodeHeif(bytes: Uint8Array): Promise<RawImage | undefined> {
  const images = new libheif.HeifDecoder().decode(bytes);
  try {
    const [image] = images;
    if (image === undefined) return undefined;
    const width = image.get_width();
    const height = image.get_height();
    if (width < 1 || height < 1 || width * height > maxPixels) return undefined;
    const target = { width, height, data: new Uint8ClampedArray(width * height * 4) };
    const shown = await new Promise<typeof target | null>((resolve) => {
      image.display(target, resolve);
    });
    return shown === null ? undefined : { width, height, data: new Uint8Array(shown.data.buffer) };
  } finally {
    for (const image of images) image.free();
  }
}
