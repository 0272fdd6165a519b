// Photos and films as cameras make them, and some that no camera would make.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

/** @param turned how EXIF says that it is to be turned: 6 is a quarter to the right. */
export async function jpegWithExif(
  colour: string,
  date: string,
  options: { readonly width?: number; readonly height?: number; readonly turned?: number } = {},
): Promise<Buffer> {
  const { width = 1200, height = 800, turned = 1 } = options;
  return sharp({ create: { width, height, channels: 3, background: colour } })
    .withExif({
      IFD0: { Make: 'Example', Model: 'Camera 5', Orientation: String(turned) },
      IFD2: { DateTimeOriginal: date },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '46/1 30/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '6/1 36/1 0/1' },
    })
    .withMetadata(turned === 1 ? {} : { orientation: turned })
    .jpeg()
    .toBuffer();
}

/** A photo that says nothing of itself. */
export async function plainPng(colour: string): Promise<Buffer> {
  return sharp({ create: { width: 640, height: 480, channels: 3, background: colour } })
    .png()
    .toBuffer();
}

export async function heic(scratch: string, colour: string): Promise<Buffer> {
  const png = join(scratch, 'for-heic.png');
  writeFileSync(
    png,
    await sharp({ create: { width: 640, height: 480, channels: 3, background: colour } })
      .png()
      .toBuffer(),
  );
  run('heif-enc', png, '-o', join(scratch, 'made.heic'));
  return readFileSync(join(scratch, 'made.heic'));
}

export function film(scratch: string, seconds: number): Buffer {
  const file = join(scratch, 'made.mp4');
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=25:duration=${seconds}`];
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`];
  const date = ['-metadata', 'creation_time=2022-05-06T07:08:09Z', '-pix_fmt', 'yuv420p', '-shortest'];
  run('ffmpeg', '-v', 'error', '-y', ...picture, ...sound, ...date, file);
  return readFileSync(file);
}

/** Rows of zeros: a few kilobytes that unpack to `width` × `height` × 3. */
export function pngBomb(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.alloc(1 + width * 3);
  const rows = Buffer.concat(Array.from({ length: Math.min(height, 8) }, () => row));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function run(command: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}
