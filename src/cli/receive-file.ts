import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { toHex } from '#base/bytes.ts';
import { runningHash } from '#crypto/primitives.ts';
import { fileFacts } from './answers.ts';
import { Failure } from './failure.ts';
import type { Content, Session } from './session.ts';
import { targetText } from './target.ts';
import { visible } from './terminal.ts';

export interface ReceiveOptions {
  readonly replace: boolean;
  readonly version: string | undefined;
  readonly onBytes: (number: number) => void;
}

/** Seconds are passed as a double and cut off: this keeps the millisecond whole. */
const roundingSeconds = 5e-7;

type Sink = (part: Uint8Array) => Promise<void>;

/** Content, given on and checked: its size and its SHA-256 are those that were stored. @throws Failure `damaged`. */
export async function receive(
  content: Content,
  what: string,
  sink: Sink,
  onBytes: (number: number) => void,
): Promise<{ readonly mtimeMs: number }> {
  const facts = fileFacts.parse(content.value);
  const hash = runningHash('sha256');
  let sizeBytes = 0;
  try {
    for await (const part of content.content) {
      hash.update(part);
      sizeBytes += part.length;
      await sink(part);
      onBytes(part.length);
    }
  } catch (error) {
    // A running server cuts the connection rather than send what does not authenticate.
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ECONNRESET') throw error;
    throw new Failure(
      'damaged',
      `${what}: the server stopped sending after ${sizeBytes} bytes`,
      '`coffre verify` tells whether something is damaged',
    );
  }
  if (sizeBytes !== content.sizeBytes || toHex(hash.digest()) !== facts.sha256) {
    throw new Failure(
      'damaged',
      `${what}: what arrived is not what was stored, and was not kept`,
      '`coffre verify` tells what is damaged',
    );
  }
  return { mtimeMs: facts.mtimeMs };
}

export async function receiveFile(
  session: Session,
  path: readonly string[],
  file: string,
  options: ReceiveOptions,
): Promise<void> {
  const what = visible(targetText(session.account, path));
  if (!options.replace && (await isThere(file))) throw taken(file);
  const args = options.version === undefined ? { path } : { path, version: options.version };
  const content = await session.content(args, what);
  // Under a name of its own until it is whole: an interrupted download never looks like the file.
  const part = join(dirname(file), `.${basename(file).slice(0, 60)}.${process.pid}.coffre-part`);
  const handle = await open(part, 'wx', 0o666);
  try {
    await fill(handle, content, what, options.onBytes);
    await settle(part, file, options.replace);
  } finally {
    await rm(part, { force: true });
  }
}

async function fill(
  handle: FileHandle,
  content: Content,
  what: string,
  onBytes: (number: number) => void,
): Promise<void> {
  try {
    const { mtimeMs } = await receive(content, what, async (part) => handle.writeFile(part), onBytes);
    await handle.sync();
    const seconds = mtimeMs / 1000 + roundingSeconds;
    await handle.utimes(seconds, seconds);
  } finally {
    await handle.close();
  }
}

/** A link fails when the name is taken, a rename does not; a file system without links leaves a moment between look and move. */
async function settle(part: string, file: string, replace: boolean): Promise<void> {
  if (replace) return rename(part, file);
  try {
    await link(part, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || (await isThere(file))) throw taken(file);
    await rename(part, file);
  }
}

function taken(file: string): Failure {
  return new Failure(
    'conflict',
    `${visible(file)}: it is there already, and was not touched`,
    'with --force it is replaced',
  );
}

async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
