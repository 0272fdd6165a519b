import { access, constants, lstat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isFault } from '#base/fault.ts';
import { writeNewFile } from '#store/new-file.ts';
import type { KitFacts } from './answers.ts';
import type { Context } from './command.ts';
import { Failure } from './failure.ts';
import { type KitSubject, kitPage } from './kit-page.ts';
import type { Terminal } from './terminal.ts';

export function accountKit(name: string): KitSubject {
  return {
    title: `Recovery kit of the account ${name}`,
    advice: [
      `Who has this opens everything of ${name}, without the password. Without it and without the password nobody can.`,
      'Keep it on paper or on a medium of its own, apart from the computer that keeps the data.',
      `A forgotten password: coffre account recover ${name} --kit-file THIS-FILE`,
    ],
  };
}

export function operatorKit(): KitSubject {
  return {
    title: 'Operator kit of this instance',
    advice: [
      'It stands in for the instance key (the file DIR.key beside the data folder DIR), without which the data folder is of no use.',
      'It opens nothing of any account. Keep it apart from the computer that keeps the data.',
      'A lost instance key: save this file under the name of the key.',
    ],
  };
}

/** docs/format.md §4: the first line that starts with AGE-SECRET-KEY-1 is the identity. `age -d -i` reads it as it is. */
export function kitText(subject: KitSubject, kit: KitFacts, day: string): string {
  return [
    `# ${subject.title}, made on ${day}`,
    '#',
    ...subject.advice.map((line) => `# ${line}`),
    '#',
    `# check words: ${kit.words.join(' ')}`,
    `# public key: ${kit.recipient}`,
    kit.identity,
    '',
  ].join('\n');
}

export interface KitFiles {
  readonly text: string;
  readonly page: string | undefined;
}

/**
 * Looks before anything is made whether the kit could be written.
 * @throws Failure `conflict` when a file is there already, `io` when its folder cannot be written to.
 */
export async function checkKitFiles(files: KitFiles): Promise<void> {
  const paths = [files.text, ...(files.page === undefined ? [] : [files.page])];
  if (new Set(paths.map((path) => resolve(path))).size < paths.length) {
    throw new Failure('usage', '--kit-file and --kit-html name the same file. Nothing was changed.');
  }
  for (const path of paths) {
    if (await isThere(path))
      throw new Failure(
        'conflict',
        `${path} is there already, and a kit is never written over. Nothing was changed.`,
        'choose another --kit-file',
      );
    const folder = dirname(resolve(path));
    await access(folder, constants.W_OK | constants.X_OK).catch((error: NodeJS.ErrnoException) => {
      throw new Failure(
        'io',
        `The kit cannot be written into ${folder} (${error.code}). Nothing was changed.`,
        'choose another --kit-file',
      );
    });
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

type Voice = Pick<Context, 'terminal'>;

/**
 * Writes the kit of something that exists by now. Crash before this: the account is there without a kit, its password
 * works, and nobody was told that all is well. When it cannot be written it is shown, which is better than losing it.
 * @throws Failure `io`.
 */
export async function saveKit({ terminal }: Voice, files: KitFiles, subject: KitSubject, kit: KitFacts): Promise<void> {
  const day = new Date().toISOString().slice(0, 10);
  try {
    await writeNewFile(files.text, kitText(subject, kit, day));
  } catch (error) {
    if (!isFault(error)) throw error;
    showKit(terminal, error.message, kitText(subject, kit, day));
    throw new Failure(
      'io',
      'What was to be made is made and works; only its kit is in no file.',
      'save the lines above to a file, and read it back',
    );
  }
  terminal.note(`The kit is in ${files.text}. Nobody can make it a second time; keep it apart from this computer.`);
  if (files.page === undefined) return;
  await writeNewFile(files.page, kitPage(subject, kit, day));
  terminal.note(`The kit to print is in ${files.page}.`);
}

function showKit(terminal: Terminal, why: string, text: string): void {
  terminal.note(why);
  terminal.loud('\nTHE KIT COULD NOT BE SAVED. IT IS SHOWN HERE ONCE, AND NOWHERE ELSE. WRITE IT DOWN:\n');
  terminal.loud(text);
}
