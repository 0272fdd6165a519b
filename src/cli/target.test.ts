import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseAccountOrTarget, parseSize, parseTarget, parseTime, targetText } from './target.ts';

it('reads ACCOUNT:PATH', () => {
  const cases: readonly (readonly [string, string, readonly string[], boolean])[] = [
    ['alice:/photos/x.jpg', 'alice', ['photos', 'x.jpg'], false],
    ['alice:photos/x.jpg', 'alice', ['photos', 'x.jpg'], false],
    ['alice:/photos/', 'alice', ['photos'], true],
    ['alice:', 'alice', [], true],
    ['alice:/', 'alice', [], true],
    ['alice://a//b', 'alice', ['a', 'b'], false],
    ['alice:/a:b', 'alice', ['a:b'], false],
    ['alice:/ a\n/é', 'alice', [' a\n', 'é'], false],
    ['alice:/...', 'alice', ['...'], false],
  ];
  for (const [text, account, path, isFolder] of cases)
    assert.deepEqual(parseTarget(text), { account, path, isFolder }, text);
  assert.equal(targetText('alice', ['a', 'b']), 'alice:/a/b');
});

it('refuses what is no ACCOUNT:PATH, and dots that would climb', () => {
  for (const text of ['photos/x.jpg', '', ':/x', './x', 'x'])
    assert.throws(() => parseTarget(text), /is not ACCOUNT:PATH/, text);
  for (const text of ['a:/..', 'a:/x/../y', 'a:./x', 'a:/.'])
    assert.throws(() => parseTarget(text), /has \. or \.\. in its path/, text);
});

it('takes an account alone for its root folder where a path may be left out', () => {
  assert.deepEqual(parseAccountOrTarget('alice'), { account: 'alice', path: [], isFolder: true });
  assert.deepEqual(parseAccountOrTarget('alice:/x').path, ['x']);
});

it('reads instants, and takes those without a zone as local', () => {
  assert.equal(parseTime('2026-11-20T10:00:00Z'), Date.UTC(2026, 10, 20, 10));
  assert.equal(parseTime('2026-11-20T10:00:00.250+02:00'), Date.UTC(2026, 10, 20, 8, 0, 0, 250));
  assert.equal(parseTime('2026-11-20 10:00'), new Date(2026, 10, 20, 10).getTime());
  assert.equal(parseTime('2026-11-20'), new Date(2026, 10, 20).getTime());
});

it('refuses what Date would guess at', () => {
  for (const text of [
    'yesterday',
    '2026',
    '20.11.2026',
    '11/20/2026',
    '2026-13-01',
    '2026-11-20T25:00:00Z',
    '1969-01-01',
    '',
    '5',
  ]) {
    assert.throws(() => parseTime(text), /is not a time/, text);
  }
});

it('reads sizes', () => {
  assert.deepEqual(['0', '500MB', '10 GB', '1.5TiB', '64kib', 'none'].map(parseSize), [
    0,
    5e8,
    1e10,
    1.5 * 2 ** 40,
    65_536,
    null,
  ]);
  for (const text of ['', '-1', '1e9', 'many', '10XB', '1.5.5GB', '999999999999TiB'])
    assert.throws(() => parseSize(text), /is not a size/, text);
});
