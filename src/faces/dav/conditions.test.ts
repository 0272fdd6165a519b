import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseEntityTags } from '../content/entity-tags.ts';
import { conditionsOf } from './conditions.ts';
import { mountAt } from './paths.ts';
import { DavProblem } from './problem.ts';

const mount = mountAt('dav', 'alice', 'files');
const asked = (headers: Record<string, string>): { headers: Record<string, string>; mount: typeof mount } => ({
  headers: { host: 'home.example:8443', ...headers },
  mount,
});

describe('conditions of a request', () => {
  it('lists of entity tags are read back', () => {
    const tag = fc.stringMatching(/^[!#-~]{0,12}$/);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), tag), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(',', ', ', ' ,\t'),
        (tags, comma) => {
          const text = tags.map(([weak, each]) => `${weak ? 'W/' : ''}"${each}"`).join(comma);
          assert.deepEqual(
            parseEntityTags(text, 'weak'),
            tags.map(([, each]) => each),
          );
          assert.deepEqual(
            parseEntityTags(text, 'strong'),
            tags.map(([weak, each]) => (weak ? `W/"${each}"` : each)),
          );
        },
      ),
    );
  });

  it('a tag without quotes is a bad request: the condition must not count as met', () => {
    for (const bad of ['abc', '"a', '"a" "b"', 'W"a"', '"a", b', '*, "a"']) {
      assert.equal(parseEntityTags(bad, 'strong'), undefined, bad);
      assert.throws(
        () => conditionsOf(asked({ 'if-match': bad })),
        (error) => error instanceof DavProblem && error.status === 400,
        bad,
      );
    }
    assert.equal(parseEntityTags(' * ', 'weak'), '*');
  });

  it('resources of the If header become paths, also as absolute addresses of this host', () => {
    const { ifLists, tokens } = conditionsOf(
      asked({
        if: '</dav/alice/files/a%20b> (<urn:t>) <https://HOME.example:8443/dav/alice/files/c/> (Not <urn:u> ["e"])',
      }),
    );
    assert.deepEqual(ifLists, [
      { path: ['a b'], conditions: [{ not: false, token: 'urn:t' }] },
      {
        path: ['c'],
        conditions: [
          { not: true, token: 'urn:u' },
          { not: false, etag: 'e' },
        ],
      },
    ]);
    assert.deepEqual(tokens, ['urn:t', 'urn:u']);
  });

  it('what lies elsewhere meets no condition, and every negated one', () => {
    for (const elsewhere of ['/dav/bob/files/a', 'http://other.example/dav/alice/files/a']) {
      const { ifLists, tokens } = conditionsOf(asked({ if: `<${elsewhere}> (<urn:t> Not ["e"])` }));
      assert.deepEqual(ifLists, [
        {
          path: undefined,
          conditions: [
            { not: false, token: 'DAV:no-lock' },
            { not: true, token: 'DAV:no-lock' },
          ],
        },
      ]);
      assert.deepEqual(tokens, ['urn:t']);
    }
  });

  it('no header, no condition', () => {
    assert.deepEqual(conditionsOf(asked({})), {});
  });
});
