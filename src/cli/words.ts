import type { ControlRefusal } from '#server/control-calls.ts';
import { endingOfRefusal, isKnownRefusal } from './exit-codes.ts';
import { Failure } from './failure.ts';

interface Words {
  readonly says: string;
  readonly hint?: string;
}

/** A refusal changed nothing; each says so where that could be doubted. */
const words: Readonly<Record<ControlRefusal, Words>> = {
  'no-such-path': { says: 'there is nothing at this path' },
  'no-parent': {
    says: 'the folder that it would be in is not there; nothing was changed',
    hint: '`coffre mkdir -p` makes it',
  },
  'not-a-folder': { says: 'this is a file, not a folder; nothing was changed' },
  'is-a-folder': { says: 'this is a folder, not a file; nothing was changed' },
  'name-taken': { says: 'the name is taken; nothing was changed' },
  'bad-name': {
    says: 'not a name that can be used; nothing was changed',
    hint: 'accounts: a-z 0-9 . _ -, at most 64; files: at most 255 bytes, no /',
  },
  'is-root': { says: 'this is the root folder; nothing was changed' },
  'under-itself': { says: 'a folder cannot be moved into itself; nothing was changed' },
  'same-place': { says: 'it is there already; nothing was changed' },
  'precondition-failed': {
    says: 'the name is taken; nothing was changed',
    hint: 'without --if-absent it becomes a new version',
  },
  locked: {
    says: 'a program holds a lock on it; nothing was changed',
    hint: 'close it there, or wait until the lock runs out',
  },
  'no-such-lock': { says: 'there is no such lock' },
  'over-quota': {
    says: 'this is more than the quota of the account allows; the file was not stored, nothing else was changed',
  },
  'too-many-files': {
    says: 'the vault holds too many files and folders for a copy of a folder; nothing was changed',
    hint: 'empty the trash, or copy single files',
  },
  'too-large': { says: 'more than can be done in one step; nothing was changed', hint: 'do it in parts' },
  'no-such-version': {
    says: 'the file never had this version; nothing was changed',
    hint: '`coffre versions ACCOUNT:PATH` lists them',
  },
  'wrong-checksum': { says: 'the content does not have the checksum that was declared; nothing was changed' },
  'wrong-length': { says: 'the content does not have the length that was declared; nothing was changed' },
  'beyond-history': {
    says: 'the journal does not go there; nothing was changed',
    hint: '`coffre log ACCOUNT` shows its entries',
  },
  'content-gone': {
    says: 'its content is beyond the history that is kept, and was erased; nothing was changed',
    hint: '`coffre versions ACCOUNT:PATH` says what is gone',
  },
  'readers-disagree': {
    says: 'the two readers of the journal disagree about what is in this vault; nothing was dropped',
    hint: 'this is a mistake in the program: report it; nothing is lost',
  },
  'operations-skipped': {
    says: 'the journal holds operations that cannot be applied, so what they were to keep is not known; nothing was dropped',
    hint: '`coffre verify --account NAME` counts them; a newer program may know them',
  },
  'no-signing-key': {
    says: 'this wants the signing key of the vault, which an app password does not hold; nothing was changed',
    hint: 'prove with the password or the recovery kit',
  },
  'wrong-proof': { says: 'the account or its password is not right; nothing was changed' },
  'too-many-guesses': { says: 'too many wrong passwords; this one was not looked at' },
  'no-such-account': {
    says: 'there is no such account; nothing was changed',
    hint: '`coffre account list` shows them',
  },
  'no-such-vault': { says: 'this proof does not open that vault; nothing was changed' },
  'no-such-app-password': {
    says: 'no app password, or more than one, has this label or id; nothing was changed',
    hint: '`coffre app-password list ACCOUNT` shows them',
  },
  'not-a-kit': {
    says: 'this file holds no kit; nothing was changed',
    hint: 'a kit has a line that starts with AGE-SECRET-KEY-1',
  },
  'not-a-recipient': { says: 'this is not an age recipient (age1…); nothing was changed' },
  'upgrade-needed': {
    says: 'the data folder has an earlier format; nothing was changed',
    hint: '`coffre upgrade` says what an upgrade brings',
  },
  'wrong-kit': { says: 'this kit belongs to something else; nothing was changed' },
  'bad-password': { says: 'a password has 8 to 1024 characters; nothing was changed' },
  'bad-label': { says: 'a label has 1 to 100 characters on one line; nothing was changed' },
  'too-many': {
    says: 'the account has as many as it may have; nothing was changed',
    hint: 'revoke one that is not used any more',
  },
  'bad-arguments': {
    says: 'the running server does not understand this; nothing was changed',
    hint: 'is it of another release? restart it',
  },
  'no-such-copy': {
    says: 'no copy has this label or id; nothing was changed',
    hint: '`coffre copy list` shows them',
  },
  'foreign-copy': {
    says: 'a copy of another instance is there; nothing was written to it',
    hint: 'name another folder or bucket',
  },
  'copy-without-marker': {
    says: 'there are objects of a copy, but nothing says whose; nothing was written there',
    hint: 'name an empty folder, or another prefix of the bucket',
  },
  'inside-the-data': {
    says: 'this lies in the data folder, so it would be lost together with it; nothing was changed',
    hint: 'a copy belongs on another disk',
  },
  'label-taken': { says: 'another copy has this label; nothing was changed', hint: 'give it one with --label' },
  'lock-not-kept': {
    says: 'the bucket offers no object lock, or does not keep what is locked (it was tried); nothing was added',
    hint: 'without --lock it can be a copy all the same',
  },
  'too-many-copies': { says: 'the instance has as many copies as it may have; nothing was changed' },
  'no-such-deletion': {
    says: 'there is no mass deletion with this number; nothing was changed',
    hint: '`coffre deletions ACCOUNT` lists them',
  },
  'not-in-trash': { says: 'this is not in the trash; nothing was changed', hint: '`coffre trash ACCOUNT` lists it' },
};

/** @param what the thing it is about, already fit for a terminal. */
export function refusalOf(why: string, what: string, waitMs?: number): Failure {
  if (!isKnownRefusal(why)) return new Failure('refused', `${what}: refused (${why}); nothing was changed`);
  const { says, hint } = words[why];
  const wait = waitMs === undefined ? hint : `try again in ${Math.ceil(waitMs / 1000)} s`;
  return new Failure(endingOfRefusal(why), `${what}: ${says}`, wait);
}
