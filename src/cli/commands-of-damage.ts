import type { Command } from './command.ts';
import { inVault, place } from './option-groups.ts';

/** Finding what is damaged, lost or taken away, and bringing it back. */
export const damageCommands: readonly Command[] = [
  {
    words: 'deletions',
    operands: 'ACCOUNT',
    least: 1,
    most: 1,
    options: ['json', ...inVault],
    summary: 'list what one credential took away in one go',
    details: [
      'More than 50 files and more than a tenth of the vault within an hour: trashed, ended, or overwritten. All of it is kept',
      'until it is accepted, whatever the history that is kept.',
    ],
    example: 'coffre deletions alice',
    load: async () => (await import('./deletions.ts')).listDeletions,
  },
  {
    words: 'deletions undo',
    operands: 'ACCOUNT ID',
    least: 2,
    most: 2,
    options: inVault,
    summary: 'take a mass deletion back',
    details: ['Exactly what it removed or overwrote comes back to its places; what was done since stays.'],
    example: 'coffre deletions undo alice 1204',
    load: async () => (await import('./deletions.ts')).undoDeletion,
  },
  {
    words: 'deletions accept',
    operands: 'ACCOUNT ID',
    least: 2,
    most: 2,
    options: inVault,
    summary: 'say that a mass deletion was meant',
    details: ['From then on it is kept as long as everything else that was removed.'],
    example: 'coffre deletions accept alice 1204',
    load: async () => (await import('./deletions.ts')).acceptDeletion,
  },
  {
    words: 'loss-report',
    operands: '[ACCOUNT]',
    least: 0,
    most: 1,
    options: ['since', 'bring-back', 'changed', 'json', ...inVault],
    summary: 'what was lost, what came back from where, and what is gone',
    details: [
      'Without an account for the operator: ids, counts and sizes of stored content that was damaged, for each vault. With one,',
      'and its proof, the files by name. With --since what valid operations took away or changed since that instant, by whom:',
      'asks the second reader of the journal at both instants. --bring-back puts back what is gone, as new entries, and touches',
      'nothing else; files that were changed keep their content unless --changed is given. Exit code 7 while something is lost.',
    ],
    example: 'coffre loss-report alice --since 2026-11-20T10:00:00Z',
    load: async () => (await import('./loss-report.ts')).lossReport,
  },
  {
    words: 'verify',
    operands: '',
    least: 0,
    most: 0,
    options: ['account', 'password-file', 'kit-file', 'repair', 'from', 'region', 'credentials-file', 'json', ...place],
    summary: 'read everything back, report what is damaged, and repair it',
    details: [
      'Reads only, also beside a running server. It needs no key for the chains, hashes and signatures of all vaults. With',
      "--account and its password, or with a kit alone, that one's vaults are opened as well, and files that are hit are",
      'named. --repair writes chunks that are damaged or missing again, from the copies and data folders that --from names.',
      'Exit code 7 when damage was found and not repaired.',
    ],
    example: 'coffre verify --kit-file alice-kit.txt',
    load: async () => (await import('./verify.ts')).verify,
  },
];
