import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { written } from './answers.ts';
import { Failure } from './failure.ts';
import type { Session } from './session.ts';
import { targetText } from './target.ts';
import { visible } from './terminal.ts';

const readBytes: number = 1024 * 1024;

export interface SendOptions {
  readonly ifAbsent: boolean;
  readonly onBytes: (number: number) => void;
}

/** Seconds as a double, which is how a time is set, are off by a fraction of a microsecond. */
const roundingMs = 0.001;

/** As the vault keeps it: whole milliseconds, not before 1970. */
export function wholeMtime(mtimeMs: number): number {
  return Math.max(0, Math.floor(mtimeMs + roundingMs));
}

/**
 * Stores a file of this machine. What changed while it was read is stored as it was read, and said: the next time its size
 * and time tell that it is another.
 * @throws Failure, Fault, errors of the file system.
 */
export async function sendFile(
  session: Session,
  file: string,
  path: readonly string[],
  options: SendOptions,
): Promise<void> {
  const handle = await open(file);
  try {
    const before = await handle.stat();
    if (!before.isFile())
      throw new Failure(
        'refused',
        `${visible(file)}: not a regular file`,
        before.isDirectory() ? 'folders: coffre import DIR ACCOUNT:PATH' : undefined,
      );
    const args = { path, mtimeMs: wholeMtime(before.mtimeMs), ifAbsent: options.ifAbsent };
    let read = 0;
    const source = (): AsyncIterable<Uint8Array> => {
      read = 0;
      return counted(readFrom(handle, before.size), (bytes) => {
        read += bytes;
        options.onBytes(bytes);
      });
    };
    const { node } = await session.ask('put', args, targetText(session.account, path), written, source);
    const after = await handle.stat();
    if (node.sizeBytes !== read || after.size !== read || after.mtimeMs !== before.mtimeMs) {
      throw new Failure(
        'refused',
        `${visible(file)}: it changed while it was read; what was read is stored`,
        'do it again when nothing writes to it',
      );
    }
  } finally {
    await handle.close();
  }
}

/** Standard input, which has no time of its own. */
export async function sendInput(session: Session, path: readonly string[], options: SendOptions): Promise<void> {
  const source = (): AsyncIterable<Uint8Array> =>
    counted(createReadStream('', { fd: 0, autoClose: false }), options.onBytes);
  const args = { path, mtimeMs: Date.now(), ifAbsent: options.ifAbsent };
  await session.ask('put', args, targetText(session.account, path), written, source);
}

/** From the beginning, also when it is read a second time. `sizeBytes` is what to expect; the file may have grown. */
async function* readFrom(handle: FileHandle, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    // A buffer of its own each time: what was given on may still be on its way. One byte more sees the end at once.
    const length = Math.min(readBytes, Math.max(sizeBytes - at, 0) + 1);
    const { bytesRead, buffer } = await handle.read(new Uint8Array(length), 0, length, at);
    if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
    at += bytesRead;
    if (bytesRead === 0 || (at >= sizeBytes && bytesRead < length)) return;
  }
}

async function* counted(
  content: AsyncIterable<Uint8Array>,
  onBytes: (number: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const part of content) {
    onBytes(part.length);
    yield part;
  }
}
