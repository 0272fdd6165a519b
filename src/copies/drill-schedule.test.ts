import assert from 'node:assert/strict';
import { it } from 'node:test';
import { copyIdOf } from '#base/ids.ts';
import { dueDrill, parseTimeOfDay } from './drill-schedule.ts';

const [a, b] = [copyIdOf(new Uint8Array(16).fill(1)), copyIdOf(new Uint8Array(16).fill(2))];
const at = (day: number, hour: number, minute = 0): number => new Date(2026, 5, day, hour, minute).getTime();
const nightly = { atMinute: 3 * 60 + 30, everyDays: 1 };

it('reads times of day', () => {
  assert.deepEqual(['03:30', '00:00', '23:59', '24:00', '3:30', '03:60', '', 'off'].map(parseTimeOfDay), [
    210,
    0,
    1439,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

it('takes the copies in turn, one each night at the time of day', () => {
  const last = new Map([
    [a, at(1, 3, 30)],
    [b, at(2, 3, 30)],
  ]);
  assert.equal(dueDrill(last, nightly, at(2, 23)), undefined);
  assert.equal(dueDrill(last, nightly, at(3, 3, 29)), undefined);
  assert.equal(dueDrill(last, nightly, at(3, 3, 30)), a);
  last.set(a, at(3, 3, 30));
  assert.equal(dueDrill(last, nightly, at(3, 3, 31)), undefined);
  assert.equal(dueDrill(last, nightly, at(4, 3, 30)), b);
});

it('takes a new copy at once, makes up for a night when the machine was off, and waits as many nights as it is told', () => {
  const last = new Map<typeof a, number | undefined>([
    [a, at(2, 3, 30)],
    [b, undefined],
  ]);
  assert.equal(dueDrill(last, nightly, at(2, 12)), b);
  assert.equal(dueDrill(new Map([[a, at(2, 3, 30)]]), nightly, at(4, 17)), a);
  const weekly = { ...nightly, everyDays: 7 };
  assert.equal(dueDrill(new Map([[a, at(2, 3, 30)]]), weekly, at(8, 17)), undefined);
  assert.equal(dueDrill(new Map([[a, at(2, 3, 30)]]), weekly, at(9, 3, 31)), a);
  assert.equal(dueDrill(new Map(), nightly, at(9, 4)), undefined);
});

it('is not put off for long by a clock that was ahead when the last drill was made', () => {
  assert.equal(dueDrill(new Map([[a, at(20, 4)]]), nightly, at(3, 12)), a);
});
