import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { Fault, type FaultCode } from '#base/fault.ts';
import { endingOfRefusal, exitCodes } from './exit-codes.ts';
import { endingOf, Failure } from './failure.ts';
import { refusalOf } from './words.ts';

const manual = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8');

it('gives each ending a number of its own, and the manual a row for each', () => {
  const numbers = Object.values(exitCodes);
  assert.equal(new Set(numbers).size, numbers.length);
  const rows = [...manual.matchAll(/^\| +(\d+) +\| `([a-z-]+)` /gm)].map((row) => [row[2], Number(row[1])]);
  assert.deepEqual(Object.fromEntries(rows), exitCodes);
});

it('translates every fault', () => {
  const expected: Readonly<Record<FaultCode, number>> = {
    'disk-full': 6,
    io: 74,
    'sync-failed': 74,
    damaged: 7,
    missing: 7,
    'newer-format': 9,
    'read-only': 1,
    'in-use': 69,
    'bad-key': 4,
    'bad-config': 2,
    'no-consent': 1,
    unavailable: 69,
  };
  for (const [code, number] of Object.entries(expected)) {
    const ending = endingOf(new Fault(code as FaultCode, 'x'));
    assert.equal(ending === undefined ? undefined : exitCodes[ending], number, code);
  }
});

it('never lets a refusal, a failure or a failed system call end with 0', () => {
  const refusals = [
    'wrong-proof',
    'no-such-path',
    'name-taken',
    'over-quota',
    'locked',
    'bad-name',
    'bad-arguments',
  ] as const;
  assert.deepEqual(
    refusals.map((why) => exitCodes[endingOfRefusal(why)]),
    [4, 3, 5, 6, 5, 1, 2],
  );
  assert.equal(endingOf(Object.assign(new Error('x'), { code: 'EACCES' })), 'io');
  assert.equal(endingOf(Object.assign(new Error('x'), { code: 'ENOSPC' })), 'full');
  assert.equal(endingOf(new Failure('partly', 'x')), 'partly');
});

it('takes nothing that only a mistake in the program throws for one of these', () => {
  assert.equal(endingOf(new TypeError('x')), undefined);
  assert.equal(endingOf(Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' })), undefined);
  assert.equal(endingOf('x'), undefined);
});

it('says a refusal of a newer server as it is', () => {
  const failure = refusalOf('tea-time', 'alice:/x');
  assert.deepEqual([failure.ending, failure.message], ['refused', 'alice:/x: refused (tea-time); nothing was changed']);
  assert.equal(refusalOf('toString', 'x').ending, 'refused');
});

it('says how long to wait after too many guesses', () => {
  assert.equal(refusalOf('too-many-guesses', 'alice', 3500).hint, 'try again in 4 s');
});
