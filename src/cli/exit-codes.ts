import type { FaultCode } from '#base/fault.ts';
import type { ControlRefusal } from '#server/control-calls.ts';

/**
 * How a command can end. The set is closed, scripts rely on the numbers (docs/cli.md), and the compiler asks for a row
 * when a fault or a refusal is added. Numbers from 64 up are those of sysexits.h; a signal adds its number to 128.
 */
export type Ending =
  | 'ok'
  | 'refused'
  | 'usage'
  | 'not-found'
  | 'wrong-proof'
  | 'conflict'
  | 'full'
  | 'damaged'
  | 'partly'
  | 'too-old'
  | 'unavailable'
  | 'bug'
  | 'io'
  | 'interrupted'
  | 'terminated';

export const exitCodes: Readonly<Record<Ending, number>> = {
  ok: 0,
  refused: 1,
  usage: 2,
  'not-found': 3,
  'wrong-proof': 4,
  conflict: 5,
  full: 6,
  damaged: 7,
  partly: 8,
  'too-old': 9,
  unavailable: 69,
  bug: 70,
  io: 74,
  interrupted: 130,
  terminated: 143,
};

const ofFaults: Readonly<Record<FaultCode, Ending>> = {
  'disk-full': 'full',
  io: 'io',
  'sync-failed': 'io',
  damaged: 'damaged',
  missing: 'damaged',
  'newer-format': 'too-old',
  'read-only': 'refused',
  'in-use': 'unavailable',
  'bad-key': 'wrong-proof',
  'bad-config': 'usage',
  'no-consent': 'refused',
  unavailable: 'unavailable',
};

const ofRefusals: Readonly<Record<ControlRefusal, Ending>> = {
  'no-such-path': 'not-found',
  'no-parent': 'not-found',
  'not-a-folder': 'conflict',
  'is-a-folder': 'conflict',
  'name-taken': 'conflict',
  'bad-name': 'refused',
  'is-root': 'refused',
  'under-itself': 'refused',
  'same-place': 'refused',
  'precondition-failed': 'conflict',
  locked: 'conflict',
  'no-such-lock': 'not-found',
  'over-quota': 'full',
  'too-large': 'refused',
  'too-many-files': 'refused',
  'no-such-version': 'not-found',
  'wrong-checksum': 'refused',
  'wrong-length': 'refused',
  'beyond-history': 'not-found',
  'content-gone': 'not-found',
  'readers-disagree': 'damaged',
  'operations-skipped': 'refused',
  'no-signing-key': 'wrong-proof',
  'wrong-proof': 'wrong-proof',
  'too-many-guesses': 'unavailable',
  'no-such-account': 'not-found',
  'no-such-vault': 'not-found',
  'no-such-app-password': 'not-found',
  'not-a-kit': 'wrong-proof',
  'not-a-recipient': 'usage',
  'upgrade-needed': 'refused',
  'wrong-kit': 'wrong-proof',
  'bad-password': 'refused',
  'bad-label': 'refused',
  'too-many': 'refused',
  'bad-arguments': 'usage',
  'not-in-trash': 'not-found',
  'no-such-copy': 'not-found',
  'foreign-copy': 'conflict',
  'copy-without-marker': 'conflict',
  'inside-the-data': 'refused',
  'label-taken': 'conflict',
  'too-many-copies': 'refused',
  'lock-not-kept': 'refused',
  'no-such-deletion': 'not-found',
};

export function endingOfFault(code: FaultCode): Ending {
  return ofFaults[code];
}

export function endingOfRefusal(why: ControlRefusal): Ending {
  return ofRefusals[why];
}

/** A newer server may refuse for a reason that this program does not know. */
export function isKnownRefusal(why: string): why is ControlRefusal {
  return Object.hasOwn(ofRefusals, why);
}
