import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FolderNames, type NameRules } from './rescue-names.ts';

const everything: NameRules = { foldsCase: false, normalizes: false, refusesWindowsNames: false, maxNameBytes: 255 };
const composed = '\u00e9t\u00e9.txt';
const decomposed = 'e\u0301te\u0301.txt';

function namesOn(
  rules: Partial<NameRules>,
  ...wanted: readonly string[]
): readonly (readonly [string, string | undefined])[] {
  const names = new FolderNames({ ...everything, ...rules });
  return wanted.map((name) => {
    const taken = names.take(name);
    return [taken.name, taken.why] as const;
  });
}

describe('names of rescued files', () => {
  it('stay as they are where the file system takes them, twins too', () => {
    const wanted = ['A', 'a', composed, decomposed, 'CON', 'a:b', 'end.', 'x'.repeat(255)];
    assert.deepEqual(
      namesOn({}, ...wanted),
      wanted.map((name) => [name, undefined]),
    );
  });

  it('get a number where case or accents make two of them one', () => {
    assert.deepEqual(namesOn({ foldsCase: true }, 'A.txt', 'a.txt', 'a (2).txt'), [
      ['A.txt', undefined],
      ['a (2).txt', 'taken'],
      ['a (2) (2).txt', 'taken'],
    ]);
    assert.deepEqual(namesOn({ normalizes: true }, composed, decomposed), [
      [composed, undefined],
      ['e\u0301te\u0301 (2).txt', 'taken'],
    ]);
  });

  it('have what Windows does not take replaced', () => {
    assert.deepEqual(namesOn({ refusesWindowsNames: true }, 'a:b?', 'end.', 'tab\t', 'com1.txt', 'console'), [
      ['a%3Ab%3F', 'characters'],
      ['end%2E', 'characters'],
      ['tab%09', 'characters'],
      ['_com1.txt', 'reserved'],
      ['console', undefined],
    ]);
  });

  it('are cut where they are too long, never inside a character, and stay apart', () => {
    const names = namesOn({ maxNameBytes: 100 }, `${'é'.repeat(80)}1.jpeg`, `${'é'.repeat(80)}2.jpeg`);
    for (const [name, why] of names) {
      assert.equal(why, 'length');
      assert.ok(Buffer.byteLength(name) <= 100 && name.endsWith('.jpeg') && !name.includes('\ufffd'), name);
    }
    assert.notEqual(names[0]?.[0], names[1]?.[0]);
  });
});
