import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type IfCondition, type IfListSyntax, parseIfHeader } from './if-header.ts';
import { DavProblem } from './problem.ts';

const uri = fc.stringMatching(/^[a-z]{1,8}:[!#-;=?-~]{0,20}$/);
const opaque = fc.stringMatching(/^[!#-~]{0,12}$/).filter((text) => !text.startsWith('W/'));
const condition = fc.oneof(
  fc.record({ not: fc.boolean(), token: uri }, { noNullPrototype: true }),
  fc.record(
    {
      not: fc.boolean(),
      etag: fc.oneof(
        opaque,
        opaque.map((text) => `W/"${text}"`),
      ),
    },
    { noNullPrototype: true },
  ),
);
const lists = fc.array(fc.array(condition, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });
const untagged = lists.map((all) => all.map((conditions): IfListSyntax => ({ resource: undefined, conditions })));
const tagged = fc
  .array(fc.tuple(uri, lists), { minLength: 1, maxLength: 3 })
  .map((all) => all.flatMap(([resource, each]) => each.map((conditions): IfListSyntax => ({ resource, conditions }))));

function writeCondition({ not, token, etag }: IfCondition, space: string): string {
  const quoted = etag?.startsWith('W/"') === true ? etag : `"${etag}"`;
  return `${not ? `Not${space}` : ''}${token === undefined ? `[${quoted}]` : `<${token}>`}`;
}

function write(all: readonly IfListSyntax[], space: string): string {
  let before: string | undefined;
  return all
    .map(({ resource, conditions }) => {
      const tag = resource !== undefined && resource !== before ? `<${resource}>${space}` : '';
      before = resource;
      return `${tag}(${space}${conditions.map((each) => writeCondition(each, space)).join(space)}${space})`;
    })
    .join(space);
}

describe('the If header (RFC 4918 §10.4)', () => {
  it('what is written by the grammar is read back', () => {
    fc.assert(
      fc.property(fc.oneof(untagged, tagged), fc.constantFrom('', ' ', '\t '), (all, space) => {
        assert.deepEqual(parseIfHeader(write(all, space)), all);
      }),
    );
  });

  it('anything else is a bad request and nothing worse', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'()<>[]"W/ Notaé:,'), maxLength: 40 }), (text) => {
        try {
          parseIfHeader(text);
        } catch (error) {
          assert.ok(error instanceof DavProblem && error.status === 400, String(error));
        }
      }),
    );
  });

  it('reads the examples of the RFC', () => {
    assert.deepEqual(parseIfHeader('(<urn:uuid:181d4fae> ["I am an ETag"]) (["I am another ETag"])'), [
      {
        resource: undefined,
        conditions: [
          { not: false, token: 'urn:uuid:181d4fae' },
          { not: false, etag: 'I am an ETag' },
        ],
      },
      { resource: undefined, conditions: [{ not: false, etag: 'I am another ETag' }] },
    ]);
    assert.deepEqual(parseIfHeader('</resource1> (<urn:a> [W/"A weak ETag"]) (["strong ETag"])'), [
      {
        resource: '/resource1',
        conditions: [
          { not: false, token: 'urn:a' },
          { not: false, etag: 'W/"A weak ETag"' },
        ],
      },
      { resource: '/resource1', conditions: [{ not: false, etag: 'strong ETag' }] },
    ]);
    assert.deepEqual(parseIfHeader('(Not <urn:a> <urn:b>)')[0]?.conditions, [
      { not: true, token: 'urn:a' },
      { not: false, token: 'urn:b' },
    ]);
  });

  for (const bad of [
    '',
    '()',
    '(<a:b>',
    '<a:b>',
    '(<a:b>) </c> (<d:e>)',
    '(["x")',
    '([x])',
    '(<>)',
    '(Not)',
    '(<a b>)',
    '(<a:b>),(<c:d>)',
    'x',
    '</a> </b> (<c:d>)',
  ]) {
    it(`refuses ${JSON.stringify(bad)}`, () => {
      assert.throws(
        () => parseIfHeader(bad),
        (error) => error instanceof DavProblem && error.status === 400,
      );
    });
  }
});
