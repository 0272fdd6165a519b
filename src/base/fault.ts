/**
 * What can go wrong with the world around the program. The set is closed: faces and the CLI translate every code into a
 * status or an exit code, and the compiler tells them when one is added.
 *
 * - `disk-full`: no space or no inodes; nothing was acknowledged.
 * - `io`: a read or write failed.
 * - `sync-failed`: an fsync failed; what was written since the last good one is unknown, so the process must stop.
 * - `damaged`: stored bytes do not authenticate or do not parse.
 * - `missing`: stored bytes that should be there are not.
 * - `newer-format`: written by a newer program.
 * - `read-only`: what is stored must be looked at before anything is written to it; reading goes on.
 * - `in-use`: another process has the data folder.
 * - `bad-key`: a key does not open what it was given for.
 * - `bad-config`: a setting or an argument is not valid.
 * - `no-consent`: something would have left the home without a consent that is live; it was not sent.
 * - `unavailable`: a part of the program is stopping or overloaded; try again later.
 */
export type FaultCode =
  | 'disk-full'
  | 'io'
  | 'sync-failed'
  | 'damaged'
  | 'missing'
  | 'newer-format'
  | 'read-only'
  | 'in-use'
  | 'bad-key'
  | 'bad-config'
  | 'no-consent'
  | 'unavailable';

/** The one error class of the environment. Its message tells a person what happened, what was not lost, and what to do. */
export class Fault extends Error {
  override name = 'Fault';
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

export function isFault(error: unknown, code?: FaultCode): error is Fault {
  return error instanceof Fault && (code === undefined || error.code === code);
}
