import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { toHex } from '../base/bytes.ts';
import type { Sniffed } from '../media/sniff.ts';
import { giveWay, type ProcessLimits, withinLimits } from './bounded-process.ts';
import { realRandomness } from './real-world.ts';

/** Bytes of a file and where they stand in it; what lies between is left out. */
export interface FilePart {
  readonly at: number;
  readonly bytes: Uint8Array;
}

const limits: ProcessLimits = { cpuMs: 30_000, timeMs: 600_000, memoryBytes: 1024 * 1024 * 1024 };
const maxFrameBytes: number = 64 * 1024 * 1024;
/** A folder in memory: what is sealed on the disk is not laid there open. */
const memoryFolder = '/dev/shm';

/** The demuxer is named: one that names other files or addresses is never chosen by what a file says of itself. */
const demuxers: Readonly<Partial<Record<Sniffed, string>>> = {
  mov: 'mov',
  matroska: 'matroska',
  avi: 'avi',
  mpeg: 'mpeg',
  mpegts: 'mpegts',
  flv: 'flv',
  asf: 'asf',
};

/** Undefined when the system has none, or no folder in memory. */
export function findFfmpeg(path: string = process.env['PATH'] ?? ''): string | undefined {
  if (!existsSync(memoryFolder)) return undefined;
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, 'ffmpeg');
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // The next one.
    }
  }
  return undefined;
}

/** A picture of a video, as PNG; undefined when there is none to be had. */
export async function videoFrame(
  ffmpeg: string,
  sniffed: Sniffed,
  parts: readonly FilePart[],
): Promise<Uint8Array | undefined> {
  const demuxer = demuxers[sniffed];
  if (demuxer === undefined) return undefined;
  const file = join(memoryFolder, `video-${toHex(realRandomness.bytes(16))}`);
  try {
    await layOut(file, parts);
    return await runFfmpeg(ffmpeg, demuxer, file);
  } finally {
    await rm(file, { force: true });
  }
}

async function layOut(file: string, parts: readonly FilePart[]): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    for (const { at, bytes } of parts) {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
        done += bytesWritten;
      }
    }
  } finally {
    await handle.close();
  }
}

async function runFfmpeg(ffmpeg: string, demuxer: string, file: string): Promise<Uint8Array | undefined> {
  const args = [
    '-nostdin',
    '-v',
    'quiet',
    '-threads',
    '1',
    '-protocol_whitelist',
    'file,pipe',
    '-f',
    demuxer,
    '-i',
    file,
  ];
  // Often the first one is black: the most usual of the first second is taken.
  const picture = ['-map', '0:v:0', '-vf', "thumbnail=25,scale='min(1600,iw)':-2", '-frames:v', '1'];
  const child = spawn(ffmpeg, [...args, ...picture, '-threads', '1', '-f', 'image2pipe', '-c:v', 'png', 'pipe:1'], {
    env: {},
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  giveWay(child);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > maxFrameBytes) child.kill('SIGKILL');
    else chunks.push(chunk);
  });
  const ended = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
  const isDone = await withinLimits(child, limits, ended);
  return isDone && sizeBytes > 0 ? Buffer.concat(chunks) : undefined;
}
