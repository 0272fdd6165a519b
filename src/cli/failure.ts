import { isFault } from '#base/fault.ts';
import { type Ending, endingOfFault } from './exit-codes.ts';

/** A command that can not go on, for a reason that a person can do something about. */
export class Failure extends Error {
  override name = 'Failure';
  readonly ending: Ending;
  /** What to do; one line. */
  readonly hint: string | undefined;

  constructor(ending: Ending, message: string, hint?: string) {
    super(message);
    this.ending = ending;
    this.hint = hint;
  }
}

export function usage(message: string, hint?: string): Failure {
  return new Failure('usage', message, hint);
}

export function interrupted(): Failure {
  return new Failure('interrupted', 'Stopped. What was acknowledged is kept.');
}

/** Undefined for what is nobody's fault but the program's. */
export function endingOf(error: unknown): Ending | undefined {
  if (error instanceof Failure) return error.ending;
  if (isFault(error)) return endingOfFault(error.code);
  if (
    !(error instanceof Error) ||
    !('code' in error) ||
    typeof error.code !== 'string' ||
    !/^E[A-Z0-9]+$/.test(error.code)
  )
    return undefined;
  return error.code === 'ENOSPC' || error.code === 'EDQUOT' ? 'full' : 'io';
}
