import type { Command } from './command.ts';
import type { OptionName } from './options.ts';

const place: readonly OptionName[] = ['data', 'key-file', 'help'];

export const copyCommands: readonly Command[] = [
  {
    words: 'copy add',
    operands: 'PLACE',
    least: 1,
    most: 1,
    options: ['label', 'country', 'region', 'credentials-file', 'lock', 'lock-days', 'no-wait', 'json', ...place],
    summary: 'keep a copy in a folder or a bucket, and follow it from here on',
    details: [
      'PLACE is a folder that is there, on another disk or a network mount, or s3://HOST[:PORT]/BUCKET[/PREFIX]. A copy of',
      'this instance that is there already is taken up again. Waits until the copy is whole; beside a stopped server it is',
      'only followed for as long as the command runs.',
    ],
    example: 'coffre copy add /media/disk/coffre --data DIR --country CH',
    load: async () => (await import('./copy-add.ts')).addCopy,
  },
  {
    words: 'copy list',
    operands: '',
    least: 0,
    most: 0,
    options: ['json', ...place],
    summary: 'list the copies',
    details: [],
    example: 'coffre copy list',
    load: async () => (await import('./copies.ts')).listCopies,
  },
  {
    words: 'copy status',
    operands: '',
    least: 0,
    most: 0,
    options: ['json', ...place],
    summary: 'how far each copy is, asked of the place itself',
    details: [
      'Exit code 8 when a copy does not answer, or is not written because the data folder lost something it holds.',
    ],
    example: 'coffre copy status --json',
    load: async () => (await import('./copies.ts')).showCopies,
  },
  {
    words: 'copy pause',
    operands: 'LABEL|ID',
    least: 1,
    most: 1,
    options: place,
    summary: 'do not follow a copy for now',
    details: [],
    example: 'coffre copy pause disk',
    load: async () => (await import('./copies.ts')).pauseCopy,
  },
  {
    words: 'copy resume',
    operands: 'LABEL|ID',
    least: 1,
    most: 1,
    options: place,
    summary: 'follow a copy again',
    details: [],
    example: 'coffre copy resume disk',
    load: async () => (await import('./copies.ts')).resumeCopy,
  },
  {
    words: 'copy remove',
    operands: 'LABEL|ID',
    least: 1,
    most: 1,
    options: place,
    summary: 'forget a copy; nothing in it is erased',
    details: ['`coffre copy add` takes it up again.'],
    example: 'coffre copy remove disk',
    load: async () => (await import('./copies.ts')).removeCopy,
  },
];

export const lossCommands: readonly Command[] = [
  {
    words: 'rescue',
    operands: '',
    least: 0,
    most: 0,
    options: ['from', 'kit', 'to', 'at', 'trash', 'vault', 'json', 'help'],
    summary: 'plain files from a copy and a recovery kit, without any server',
    details: [
      'Every vault of the kit goes into a folder of its own in --to, with folders, names and times. Each file is checked',
      'against its SHA-256. Run again, it goes on where it was. What could not be had, and what had to get another name,',
      'is in rescue-report.txt and .json there; exit code 8 when something is missing.',
    ],
    example: 'coffre rescue --from /media/disk/coffre --kit alice-kit.txt --to ~/rescued',
    load: async () => (await import('./rescue.ts')).rescue,
  },
  {
    words: 'restore',
    operands: '',
    least: 0,
    most: 0,
    options: ['from', 'to', 'key-file', 'operator-kit', 'json', 'help'],
    summary: 'a whole instance from copies, on a blank machine',
    details: [
      '--to becomes a data folder that `coffre serve` takes, with the instance key beside it when one is given. What was',
      'erased stays erased. Run again it goes on where it was; with one more --from it brings what was missing. Everything',
      'is read back at the end; exit code 8 when something could not be had, which is listed.',
    ],
    example: 'coffre restore --from s3://HOST/BUCKET --to /srv/coffre --operator-kit operator-kit.txt',
    load: async () => (await import('./restore.ts')).restore,
  },
];
