import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { DavProblem } from './problem.ts';
import { childElements, type XmlElement } from './xml-element.ts';
import { parseXml } from './xml-read.ts';
import { BoundedText, escapeAttribute, escapeText, writeContent, writeStandalone } from './xml-write.ts';

const read = (text: string): XmlElement => parseXml(Buffer.from(text));
const bounded = (): BoundedText => new BoundedText(100_000, () => new DavProblem(413, 'too long'));

function standalone(element: XmlElement): string {
  const out = bounded();
  writeStandalone(element, out);
  return out.take();
}

/** What matters of an element, without how it was written. */
function meaning({ namespace, name, attributes, children }: XmlElement): unknown {
  const parts: unknown[] = [];
  for (const child of children) {
    if (typeof child !== 'string') parts.push(meaning(child));
    else if (typeof parts.at(-1) === 'string') parts.push(`${parts.pop()}${child}`);
    else parts.push(child);
  }
  return { namespace, name, attributes, parts };
}

describe('reading XML', () => {
  for (const [why, text] of [
    ['nothing', ''],
    ['no element', '<?xml version="1.0"?>'],
    ['an element that does not end', '<a>'],
    ['crossed elements', '<a><b></a></b>'],
    ['an unknown prefix', '<x:a/>'],
    ['a prefix bound to nothing', '<a xmlns:x=""/>'],
    ['a document type', '<!DOCTYPE a><a/>'],
    ['entities', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['an unknown entity', '<a>&b;</a>'],
    ['a control character', '<a>\u0001</a>'],
    ['a control character as a reference', '<?xml version="1.1"?><a>&#1;</a>'],
    ['text after the root', '<a/>b'],
    ['the same attribute twice', '<a b="1" b="2"/>'],
    ['another encoding', '<?xml version="1.0" encoding="iso-8859-1"?><a/>'],
    ['too deep', '<a>'.repeat(101) + '</a>'.repeat(101)],
    ['too many elements', `<a>${'<b/>'.repeat(20_000)}</a>`],
    ['too many namespaces', `<a ${Array.from({ length: 101 }, (_, i) => `xmlns:n${i}="u"`).join(' ')}/>`],
  ] as const) {
    it(`refuses ${why}`, () => {
      assert.throws(
        () => read(text),
        (error) => error instanceof DavProblem && error.status === 400,
      );
    });
  }

  it('refuses bytes that are not UTF-8, takes UTF-16 with its mark', () => {
    assert.throws(() => parseXml(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e])), DavProblem);
    const little = Buffer.from('\ufeff<a>é</a>', 'utf16le');
    assert.deepEqual(parseXml(little).children, ['é']);
    assert.deepEqual(parseXml(Buffer.from(little).swap16()).children, ['é']);
    assert.deepEqual(read('\ufeff<a>é</a>').children, ['é']);
  });

  it('names on the prototype of objects are names like others', () => {
    const root = read('<a xmlns:constructor="u" xmlns="v"><constructor:__proto__ toString="1"/></a>');
    const [child] = childElements(root);
    assert.deepEqual(
      [child?.namespace, child?.name, child?.attributes],
      ['u', '__proto__', [{ name: 'toString', value: '1' }]],
    );
  });

  it('nothing makes it throw anything but a bad request', () => {
    const soup = fc.array(
      fc.constantFrom(
        '<',
        '>',
        '/',
        'a',
        'x:',
        ' xmlns:x="u"',
        '"',
        '&',
        '&amp;',
        '<![CDATA[',
        ']]>',
        '<!--',
        '-->',
        '<?',
        '?>',
        '<!DOCTYPE ',
        '\u0000',
        'é',
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(soup, (parts) => {
        try {
          read(parts.join(''));
        } catch (error) {
          assert.ok(error instanceof DavProblem && error.status === 400, String(error));
        }
      }),
    );
  });
});

describe('writing XML', () => {
  it('what was escaped is read back, but for characters that XML cannot carry', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 §2.2
        const carried = text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd');
        const element = read(`<a b="${escapeAttribute(text)}">${escapeText(text)}</a>`);
        assert.equal(element.children.join(''), carried);
        assert.equal(element.attributes[0]?.value, carried);
      }),
    );
  });

  it('an element stands alone with the same meaning', () => {
    const text = fc.stringMatching(/^[ -~é\n\t]{0,10}$/).map(escapeText);
    const tree = fc.letrec<{ element: string }>((tie) => ({
      element: fc
        .tuple(
          fc.constantFrom('a', 'p:b', 'q:c'),
          fc.constantFrom('', ' x="1"', ' p:y="&lt;2"', ' xmlns:p="other"', ' xmlns="default"', ' xml:lang="fr"'),
          fc.array(fc.oneof({ depthSize: 'small' }, text, tie('element')), { maxLength: 3 }),
        )
        .map(([tag, attribute, children]) => `<${tag}${attribute}>${children.join('')}</${tag}>`),
    })).element;
    fc.assert(
      fc.property(tree, (inner) => {
        const [element] = childElements(read(`<root xmlns:p="P" xmlns:q="Q" xmlns="D">${inner}</root>`));
        assert.ok(element !== undefined);
        // Inside an answer that has prefixes of its own.
        const [again] = childElements(
          read(`<d:answer xmlns:d="DAV:" xmlns:p="not P">${standalone(element)}</d:answer>`),
        );
        assert.deepEqual(again === undefined ? undefined : meaning(again), meaning(element));
      }),
    );
  });

  it('keeps prefixes that the value uses in text, and the language in scope (RFC 4918 §4.3)', () => {
    const [element] = childElements(read('<r xmlns:p="P" xml:lang="de"><v>p:name</v></r>'));
    assert.ok(element !== undefined);
    assert.equal(standalone(element), '<v xmlns:p="P" xml:lang="de">p:name</v>');
  });

  it('content is kept with text and elements, each standing alone', () => {
    const out = bounded();
    writeContent(read('<D:owner xmlns:D="DAV:">a &amp; <D:href>mailto:x</D:href></D:owner>'), out);
    assert.equal(out.take(), 'a &amp; <D:href xmlns:D="DAV:">mailto:x</D:href>');
  });

  it('little cannot be made into much', () => {
    const many = `<r ${Array.from({ length: 90 }, (_, i) => `xmlns:n${i}="${'u'.repeat(900)}"`).join(' ')}>${'<a/>'.repeat(1000)}</r>`;
    assert.throws(
      () => writeContent(read(many), bounded()),
      (error) => error instanceof DavProblem && error.status === 413,
    );
  });
});
