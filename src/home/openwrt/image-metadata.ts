import { z } from 'zod';
import { fromUtf8 } from '#base/bytes.ts';

/** What an OpenWrt image says of itself, in the trailer that fwtool appends (fwimage.h); all numbers are big-endian. */
export interface ImageMetadata {
  /** Boards that it is for. */
  readonly boards: readonly string[];
  readonly release: string;
}

const trailerBytes = 16;
const magic = 0x46577830;
const typeSignature = 0;
const typeInfo = 1;
const headerBytes = 8;
const maxMetadataBytes = 65_536;
const text: z.ZodType<string> = z.string().max(200);

const metadataSchema = z.object({
  supported_devices: z.array(text).max(1000),
  version: z.object({ dist: text.default(''), version: text.default('') }).optional(),
});

/** Undefined when the image has no trailer that can be read. */
export function readImageMetadata(image: Uint8Array): ImageMetadata | undefined {
  let end = image.length;
  // A signature may stand behind the description.
  for (let trailers = 0; trailers < 2 && end >= trailerBytes; trailers += 1) {
    const view = new DataView(image.buffer, image.byteOffset + end - trailerBytes, trailerBytes);
    const size = view.getUint32(12);
    if (view.getUint32(0) !== magic || size < trailerBytes || size > Math.min(end, maxMetadataBytes)) return undefined;
    const type = view.getUint8(8);
    if (type === typeInfo) return parsed(image.subarray(end - size + headerBytes, end - trailerBytes));
    if (type !== typeSignature) return undefined;
    end -= size;
  }
  return undefined;
}

function parsed(bytes: Uint8Array): ImageMetadata | undefined {
  try {
    const { supported_devices: boards, version } = metadataSchema.parse(JSON.parse(fromUtf8(bytes)));
    return { boards, release: `${version?.dist ?? ''} ${version?.version ?? ''}`.trim() };
  } catch {
    return undefined;
  }
}
