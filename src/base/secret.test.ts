import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inspect } from 'node:util';
import { AssertionError, present, unreachable } from './assert.ts';
import { Fault, isFault } from './fault.ts';
import { Secret } from './secret.ts';

it('shows a secret in no way in which things are shown by mistake', () => {
  const secret = new Secret(new Uint8Array([115, 51, 99, 114, 51, 116]));
  const inside = { secret, list: [secret] };
  const shown = [
    `${secret}`,
    JSON.stringify(inside),
    inspect(inside, { depth: null, showHidden: true }),
    JSON.stringify(structuredClone(secret)),
    Object.values(secret).join(),
    String(new Error('no', { cause: secret }).cause),
  ];
  for (const text of shown) assert.doesNotMatch(text, /s3cr3t|115|7333|33637233/);
  assert.deepEqual(secret.expose(), new Uint8Array([115, 51, 99, 114, 51, 116]));
});

it('refuses an empty secret', () => {
  assert.throws(() => new Secret(new Uint8Array(0)), AssertionError);
});

it('tells faults by their code', () => {
  const fault = new Fault('damaged', 'It is damaged.');
  assert.ok(isFault(fault));
  assert.ok(isFault(fault, 'damaged'));
  assert.ok(!isFault(fault, 'missing'));
  assert.ok(!isFault(new Error('damaged')));
});

it('stops at a broken invariant', () => {
  assert.equal(present(0, 'a number'), 0);
  assert.throws(() => present(undefined, 'a number'), /missing: a number/);
  assert.throws(() => present(null, 'a number'), AssertionError);
  assert.throws(() => unreachable('x' as never), AssertionError);
});
