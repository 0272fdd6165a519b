import { type FileHandle, open } from 'node:fs/promises';
import type { Context } from './command.ts';
import { Failure, usage } from './failure.ts';
import type { TextOption } from './options.ts';
import { setting } from './places.ts';
import { askHidden } from './prompt.ts';

/** What shows that somebody is who they say; exactly one of the three. */
export interface Proof {
  readonly password?: string;
  readonly kit?: string;
  readonly appPassword?: string;
}

const proofOptions: readonly TextOption[] = ['password-file', 'kit-file', 'app-password-file'];
const passwordVariable = 'COFFRE_PASSWORD_FILE';
const maxFileBytes = 64 * 1024;

/** @throws Failure `usage` when there is no proof, or more than one. */
export async function readProof(context: Context, account: string): Promise<Proof> {
  const { args } = context;
  const given = proofOptions.filter((option) => args.takes(option) && args.text(option) !== undefined);
  if (given.length > 1) throw usage(`Give one proof: ${given.map((option) => `--${option}`).join(' or ')}.`);
  const [option] = given;
  const file = option === undefined ? undefined : args.text(option);
  if (file === undefined) return { password: await readPassword(context, account) };
  if (option === 'kit-file') return { kit: await readKit(file) };
  return option === 'app-password-file' ? { appPassword: await firstLine(file) } : { password: await firstLine(file) };
}

/** The password that an account has: from `--password-file`, from the file that the environment names, or asked. */
export async function readPassword(context: Context, account: string): Promise<string> {
  const file = context.args.text('password-file') ?? setting(context, passwordVariable);
  return file === undefined ? ask(context, `Password of ${account}`, '--password-file FILE') : firstLine(file);
}

/** A password that an account gets; asked twice, because nobody sees what is typed. */
export async function readNewPassword(
  context: Context,
  account: string,
  option: 'password-file' | 'new-password-file',
): Promise<string> {
  // The environment names the password that there is, which a change must not take for the new one.
  const file =
    context.args.text(option) ?? (option === 'password-file' ? setting(context, passwordVariable) : undefined);
  if (file !== undefined) return firstLine(file);
  const password = await ask(context, `New password of ${account}`, `--${option} FILE`);
  if ((await ask(context, 'The same again', `--${option} FILE`)) === password) return password;
  throw new Failure('refused', 'The two passwords differ. Nothing was changed.', 'try again');
}

async function ask(context: Context, question: string, instead: string): Promise<string> {
  if (context.keyboard.isTTY !== true || context.screen.isTTY !== true) {
    throw usage(
      'A password is needed, and there is no terminal to ask at.',
      `give ${instead}, or set ${passwordVariable}`,
    );
  }
  context.terminal.progressEnds();
  return askHidden(question, context.keyboard, context.screen);
}

/** The line that counts, of a text or a page; when there is none, one that is refused as no kit. */
export async function readKit(file: string): Promise<string> {
  const lines = (await readText(file)).split(/\r?\n/).map((line) => line.trim());
  return lines.find((line) => line.startsWith('AGE-SECRET-KEY-1')) ?? '-';
}

/** @throws Failure `refused` when the line is empty: an empty password file is a mistake. */
async function firstLine(file: string): Promise<string> {
  const [line = ''] = (await readText(file)).split(/\r?\n/, 1);
  if (line === '') throw new Failure('refused', `The first line of ${file} is empty. Nothing was changed.`);
  return line;
}

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(file === '-' ? await readInput() : await readStart(file));
  } catch (error) {
    if (error instanceof TypeError) throw new Failure('refused', `${file} is not text in UTF-8. Nothing was changed.`);
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Failure(code === 'ENOENT' ? 'not-found' : 'io', `${file} cannot be read (${code}). Nothing was changed.`);
  }
}

/** Only the beginning: the file may be anything. */
async function readStart(file: string): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    return await readFrom(handle);
  } finally {
    await handle.close();
  }
}

async function readFrom(handle: FileHandle): Promise<Uint8Array> {
  const buffer = new Uint8Array(maxFileBytes);
  let filled = 0;
  while (filled < buffer.length) {
    // Pipes and terminals have no positions.
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, null);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function readInput(): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of process.stdin) {
    parts.push(part as Buffer);
    sizeBytes += (part as Buffer).length;
    if (sizeBytes > maxFileBytes) break;
  }
  return Buffer.concat(parts);
}
