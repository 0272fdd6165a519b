import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Fault } from '../base/fault.ts';
import { Secret } from '../base/secret.ts';
import { randomBytes } from '../crypto/primitives.ts';
import { encodeIdentity, findIdentity } from '../format/identity.ts';
import { writeNewFile } from '../store/new-file.ts';
import { shareWhatIsMade } from '../store/shared-folder.ts';

/** Where things are; the instance key lies beside the data folder, never in it, unless configured elsewhere. */
export interface Places {
  readonly dataFolder: string;
  readonly keyFile: string;
}

export function placesOf(data: string, keyFile?: string): Places {
  const dataFolder = resolve(data);
  return { dataFolder, keyFile: keyFile === undefined ? `${dataFolder}.key` : resolve(keyFile) };
}

/** @throws Fault `io`, `disk-full`. */
export async function makeDataFolder(places: Places): Promise<void> {
  await mkdir(places.dataFolder, { recursive: true, mode: 0o700 });
  shareWhatIsMade(places.dataFolder);
}

export function hasJournal(places: Places): boolean {
  return existsSync(`${places.dataFolder}/journal.db`);
}

/**
 * The instance key; made, and durable, when the folder is new.
 * @throws Fault `bad-key` when a folder that has a journal has lost its key, or the file holds none.
 */
export async function instanceKey(places: Places, folderIsNew: boolean): Promise<Secret> {
  const text = await readFile(places.keyFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Fault('io', `The instance key ${places.keyFile} cannot be read (${error.code}). Nothing was changed.`, {
      cause: error,
    });
  });
  if (text === undefined) {
    if (!folderIsNew) {
      throw new Fault(
        'bad-key',
        `The instance key ${places.keyFile} is missing. Nothing was changed. Put it back from where you kept it, or save your operator kit under that name.`,
      );
    }
    return makeInstanceKey(places.keyFile);
  }
  const key = findIdentity(text);
  if (key === undefined) {
    throw new Fault(
      'bad-key',
      `${places.keyFile} holds no instance key. Nothing was changed. Save your operator kit under that name.`,
    );
  }
  return new Secret(key);
}

/** Durable before the first vault is sealed to it: file and folder are fsynced. */
async function makeInstanceKey(path: string): Promise<Secret> {
  const key = randomBytes(32);
  const text = [
    '# Instance key. It opens what this instance keeps about its accounts; the data folder is of no use to it without it.',
    '# Keep a copy of it apart from the data folder.',
    encodeIdentity(key),
    '',
  ].join('\n');
  await writeNewFile(path, text);
  return new Secret(key);
}
