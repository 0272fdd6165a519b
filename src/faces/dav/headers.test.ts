import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { httpDate, parseHttpDate } from '../content/http-date.ts';
import { declaredMediaType, mediaTypeOf } from '../content/media-types.ts';
import { parseRange } from '../content/ranges.ts';
import { depthOf, lockTimeoutMs, lockTokenOf, overwriteOf } from './headers.ts';
import { DavProblem } from './problem.ts';

const of = (name: string, value: string): { headers: Record<string, string> } => ({ headers: { [name]: value } });
const isBadRequest = (error: unknown): boolean => error instanceof DavProblem && error.status === 400;

describe('headers of RFC 4918', () => {
  it('Depth', () => {
    assert.equal(depthOf({ headers: {} }), undefined);
    assert.equal(depthOf(of('depth', '0')), 0);
    assert.equal(depthOf(of('depth', '1')), 1);
    assert.equal(depthOf(of('depth', 'Infinity')), 'infinity');
    for (const bad of ['2', '-1', '0, 1', '', 'infinite', '1,noroot'])
      assert.throws(() => depthOf(of('depth', bad)), isBadRequest, bad);
  });

  it('Overwrite', () => {
    assert.equal(overwriteOf({ headers: {} }), true);
    assert.equal(overwriteOf(of('overwrite', 'F')), false);
    for (const bad of ['no', 'T, F', '']) assert.throws(() => overwriteOf(of('overwrite', bad)), isBadRequest, bad);
  });

  it('Timeout is bounded to an hour', () => {
    const hourMs = 3_600_000;
    assert.equal(lockTimeoutMs({ headers: {} }), hourMs);
    assert.equal(lockTimeoutMs(of('timeout', 'Second-600')), 600_000);
    assert.equal(lockTimeoutMs(of('timeout', 'Infinite, Second-4100000000')), hourMs);
    assert.equal(lockTimeoutMs(of('timeout', 'Second-0')), 1000);
    assert.equal(lockTimeoutMs(of('timeout', 'rubbish')), hourMs);
  });

  it('Lock-Token', () => {
    assert.equal(lockTokenOf(of('lock-token', ' <urn:uuid:a> ')), 'urn:uuid:a');
    for (const bad of ['urn:uuid:a', '<a>, <b>', '<>', ''])
      assert.throws(() => lockTokenOf(of('lock-token', bad)), isBadRequest, bad);
  });
});

describe('dates', () => {
  it('every form of RFC 9110 §5.6.7 is read', () => {
    const ms = Date.UTC(1994, 10, 6, 8, 49, 37);
    for (const text of ['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])
      assert.equal(parseHttpDate(text), ms, text);
    assert.equal(httpDate(ms), 'Sun, 06 Nov 1994 08:49:37 GMT');
  });

  it('anything else is ignored', () => {
    for (const text of ['', '1994', 'yesterday GMT', '2020-01-01T00:00:00Z', 'Sun, 06 Nov 1994 08:49:37 +0100'])
      assert.equal(parseHttpDate(text), undefined, text);
  });
});

describe('ranges (RFC 9110 §14)', () => {
  it('satisfiable ranges lie within the file, in the order they were asked for', () => {
    const range = fc.oneof(
      fc.tuple(fc.nat(300), fc.nat(300)).map(([from, more]) => `${from}-${from + more}`),
      fc.nat(300).map((from) => `${from}-`),
      fc.nat(300).map((last) => `-${last}`),
    );
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 5 }), fc.nat(200), (ranges, size) => {
        const parsed = parseRange(`bytes=${ranges.join(', ')}`, size);
        if (parsed === 'whole') return;
        for (const { first, last } of parsed) assert.ok(first >= 0 && first <= last && last < size);
      }),
    );
  });

  it('examples', () => {
    assert.deepEqual(parseRange('bytes=0-499', 1000), [{ first: 0, last: 499 }]);
    assert.deepEqual(parseRange('bytes=500-', 1000), [{ first: 500, last: 999 }]);
    assert.deepEqual(parseRange('bytes=-100', 1000), [{ first: 900, last: 999 }]);
    assert.deepEqual(parseRange('bytes=-5000', 1000), [{ first: 0, last: 999 }]);
    assert.deepEqual(parseRange('bytes=0-0,-1', 1000), [
      { first: 0, last: 0 },
      { first: 999, last: 999 },
    ]);
    assert.deepEqual(parseRange('bytes=1000-', 1000), []);
    assert.deepEqual(parseRange('bytes=-0', 1000), []);
    assert.deepEqual(parseRange('bytes=0-', 0), []);
  });

  it('what is not understood, overlaps or is too much gets the whole', () => {
    const many = Array.from({ length: 17 }, (_, i) => `${i * 2}-${i * 2}`).join(',');
    for (const text of [undefined, 'lines=1-2', 'bytes=a-b', 'bytes=5-2', 'bytes=-', 'bytes=0-5,3-8', `bytes=${many}`])
      assert.equal(parseRange(text, 1000), 'whole', String(text));
  });
});

describe('media types', () => {
  it('a type that says nothing, or could not stand in a header, is left to the name', () => {
    assert.equal(declaredMediaType('image/png'), 'image/png');
    assert.equal(declaredMediaType('text/plain; charset="utf-8"'), 'text/plain; charset="utf-8"');
    for (const text of [undefined, 'application/octet-stream', 'rubbish', 'a/b\u00e9', 'x'.repeat(300)] as const)
      assert.equal(declaredMediaType(text), undefined, String(text));
    assert.equal(mediaTypeOf({ name: 'Photo.JPG', type: undefined }), 'image/jpeg');
    assert.equal(mediaTypeOf({ name: 'photo', type: undefined }), 'application/octet-stream');
    assert.equal(mediaTypeOf({ name: 'a.png', type: 'text/x\r\nevil: 1' }), 'image/png');
  });
});
