import type { Fault } from '#base/fault.ts';
import type { Refusal } from '#vault/files/types.ts';
import { faultAnswer } from '../fault-status.ts';

/** RFC 9457. `code` is for programs, `detail` for people. */
export class ApiProblem extends Error {
  override name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** The same for what is not there and for what is somebody else's. */
export function notFound(): ApiProblem {
  return new ApiProblem(404, 'not-found', 'There is nothing at this address.');
}

export function unauthenticated(): ApiProblem {
  return new ApiProblem(401, 'unauthenticated', 'Sign in first. Nothing was shown and nothing was changed.');
}

export function notFresh(): ApiProblem {
  return new ApiProblem(
    403,
    'not-fresh',
    'This is sensitive: enter your password once more. Nothing was shown and nothing was changed.',
  );
}

export function faultProblem(fault: Fault): ApiProblem {
  const { status, headers } = faultAnswer(fault);
  return new ApiProblem(status, fault.code, fault.message, headers);
}

const refusalTexts: Readonly<Record<Refusal, readonly [status: number, detail: string]>> = {
  'no-such-path': [404, 'It is not there any more.'],
  'no-parent': [409, 'The folder that it should go into is not there.'],
  'not-a-folder': [409, 'This is a file, not a folder.'],
  'is-a-folder': [409, 'This is a folder, not a file.'],
  'name-taken': [409, 'Something with this name is there already.'],
  'bad-name': [400, 'This name cannot be used.'],
  'is-root': [409, 'This cannot be done with the whole vault.'],
  'under-itself': [409, 'A folder cannot go into itself.'],
  'same-place': [409, 'It is there already.'],
  'precondition-failed': [412, 'It was changed meanwhile.'],
  locked: [423, 'Another program has it open and locked.'],
  'no-such-lock': [409, 'This lock does not exist any more.'],
  'over-quota': [507, 'There is not enough space left for this.'],
  'too-many-files': [507, 'The vault holds too many files and folders for a copy of a folder.'],
  'too-large': [413, 'This is too much for one step.'],
  'no-such-version': [404, 'This version is not there.'],
  'wrong-checksum': [400, 'What arrived is not what was sent.'],
  'wrong-length': [400, 'What arrived does not have the length that was declared.'],
  'beyond-history': [410, 'This lies beyond the history that is kept.'],
  'content-gone': [410, 'Its content was let go: it lies beyond the history that is kept.'],
  'readers-disagree': [500, 'The two readers of this vault disagree; tell the operator.'],
  'operations-skipped': [409, 'Some entries of this vault could not be applied; tell the operator.'],
};

export function notAKit(): ApiProblem {
  return new ApiProblem(
    400,
    'not-a-kit',
    'This is not a recovery kit: it has no line that starts with AGE-SECRET-KEY-1.',
  );
}

export function upgradeNeeded(): ApiProblem {
  return new ApiProblem(
    409,
    'upgrade-needed',
    'The data folder has an earlier format. Nothing was changed; the operator can run `coffre upgrade --commit`.',
  );
}

export function refusalProblem(why: Refusal): ApiProblem {
  const [status, detail] = refusalTexts[why];
  return new ApiProblem(status, why, `${detail} Nothing was changed.`);
}
