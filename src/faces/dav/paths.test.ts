import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkName } from '#format/file-operations.ts';
import { hostOf, hrefOf, mountAt, parseTarget, pathUnder, plainHost } from './paths.ts';
import { DavProblem } from './problem.ts';

const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((text) => checkName(text) === 'ok');
const mount = mountAt('dav', 'alice', 'files');

function statusOf(run: () => unknown): number {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof DavProblem);
    return error.status;
  }
  return 200;
}

describe('addresses and paths', () => {
  it('every path comes back from its address', () => {
    fc.assert(
      fc.property(fc.array(name, { maxLength: 6 }), fc.boolean(), (path, isFolder) => {
        const href = hrefOf(mount, path, isFolder);
        assert.match(href, /^[\x21-\x7e]+$/);
        assert.deepEqual(pathUnder(mount, parseTarget(href)), path);
        assert.deepEqual(pathUnder(mount, parseTarget(`https://host:8443${href}?query`)), path);
      }),
    );
  });

  it('no address makes it throw anything but a problem, and what it accepts are names', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        try {
          for (const segment of parseTarget(`/${text}`)) assert.equal(checkName(segment), 'ok');
        } catch (error) {
          assert.ok(error instanceof DavProblem, String(error));
        }
      }),
    );
  });

  for (const [why, target] of [
    ['a dot', '/dav/./a'],
    ['two dots', '/dav/../a'],
    ['encoded dots', '/dav/%2e%2E/a'],
    ['an encoded slash', '/dav/a%2Fb'],
    ['an encoded zero byte', '/dav/a%00'],
    ['encoding that is no UTF-8', '/dav/%ff'],
    ['an overlong encoding', '/dav/%c0%af'],
    ['half an encoding', '/dav/%e2%82'],
    ['a percent sign alone', '/dav/100%'],
    ['two slashes', '/dav//a'],
    ['a fragment', '/dav/a#b'],
    ['a relative path', 'dav/a'],
    ['a name of 256 bytes', `/dav/${'a'.repeat(256)}`],
    ['a name of 256 bytes in fewer characters', `/dav/${'%C3%A9'.repeat(128)}`],
    ['an encoded surrogate', '/dav/%ED%A0%80'],
  ] as const) {
    it(`refuses ${why}`, () =>
      assert.equal(
        statusOf(() => parseTarget(target)),
        400,
      ));
  }

  it('refuses what is too long or too deep', () => {
    assert.equal(
      statusOf(() => parseTarget(`/${'a/'.repeat(1001)}`)),
      414,
    );
    assert.equal(
      statusOf(() => parseTarget(`/${'a'.repeat(8001)}`)),
      414,
    );
    assert.equal(parseTarget(`/${'a/'.repeat(1000)}`).length, 1000);
  });

  it('takes UTF-8 that was left unencoded, byte by byte as HTTP delivers it', () => {
    const raw = Buffer.from('/dav/é ü', 'utf8').toString('latin1');
    assert.deepEqual(parseTarget(raw), ['dav', 'é ü']);
    assert.equal(
      statusOf(() => parseTarget('/dav/\xe9')),
      400,
    );
  });

  it('keeps names bit for bit', () => {
    const composed = 'é'.normalize('NFC');
    const decomposed = 'é'.normalize('NFD');
    assert.deepEqual(parseTarget(hrefOf(mount, [composed, decomposed], false)).slice(3), [composed, decomposed]);
  });

  it('knows what lies elsewhere', () => {
    assert.equal(pathUnder(mount, ['dav', 'bob', 'files', 'a']), undefined);
    assert.equal(pathUnder(mount, ['dav', 'alice']), undefined);
    assert.deepEqual(pathUnder(mount, ['dav', 'alice', 'files']), []);
  });

  it('compares hosts without case and default port', () => {
    assert.equal(hostOf('/a'), undefined);
    assert.equal(hostOf('https://Example.ORG:443/a'), 'example.org');
    assert.equal(hostOf('http://user:pw@example.org:8080/a'), 'example.org:8080');
    assert.equal(plainHost('EXAMPLE.org:80'), 'example.org');
    assert.equal(plainHost('[::1]:8080'), '[::1]:8080');
    assert.equal(
      statusOf(() => hostOf('example.org/a')),
      400,
    );
  });
});
