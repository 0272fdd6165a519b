// Every word of the application in every language: the compiler asks for what is missing, this for what is left over or
// was copied and not translated.
import { strict as assert } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { it } from 'node:test';
import { words as problemWords } from '../../web/src/api/problem-words.ts';

const sources = join(import.meta.dirname, '..', '..', 'web', 'src');
const languages = ['en', 'fr', 'de'] as const;

type Words = Readonly<Record<string, unknown>>;
type Translated = Readonly<Record<(typeof languages)[number], Words>>;

function filesOfWords(): readonly string[] {
  return readdirSync(sources, { recursive: true, withFileTypes: true })
    .filter((entry) => /^(problem-)?words\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => relative(sources, path) !== join('api', 'words.ts'));
}

/** Every text with its place; what a function makes of numbers and names too. */
function textsOf(words: unknown, at: string): readonly (readonly [at: string, text: string])[] {
  if (typeof words === 'string') return [[at, words]];
  if (typeof words === 'function') return [[at, String(words(2, 'x', 'y'))]];
  if (typeof words !== 'object' || words === null) return [];
  return Object.entries(words).flatMap(([name, value]) => textsOf(value, at === '' ? name : `${at}.${name}`));
}

it('works: Web: every word is there in English, French and German', async () => {
  const files = filesOfWords();
  assert.ok(files.length > 5);
  for (const path of files) {
    const { words } = (await import(path)) as { readonly words: Translated };
    const of = languages.map((language) => textsOf(words[language], ''));
    const [english = [], ...others] = of;
    for (const [index, texts] of others.entries()) {
      const what = `${relative(sources, path)}, ${languages[index + 1]}`;
      assert.deepEqual(texts.map(([at]) => at).sort(), english.map(([at]) => at).sort(), what);
      const original = new Map(english);
      const copied = texts.filter(([at, text]) => text.split(' ').length > 3 && original.get(at) === text);
      assert.deepEqual(copied, [], what);
      assert.deepEqual(
        texts.filter(([, text]) => text.trim() === ''),
        [],
        what,
      );
    }
  }
});

/** Codes of refusals as they stand in the sources of the API: in a problem that is made there, and in its tables. */
function codesOfTheApi(): ReadonlySet<string> {
  const folder = join(import.meta.dirname, '..', '..', 'src', 'faces', 'api');
  const texts = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  const patterns = [/new ApiProblem\(\s*\d+,\s*'([a-z-]+)'/g, /^ {2}'?([a-z-]+)'?: \[\d+, '/gm];
  return new Set(
    texts.flatMap((text) => patterns.flatMap((each) => [...text.matchAll(each)].map(([, code = '']) => code))),
  );
}

it('every refusal of the API has words for a person', () => {
  const codes = codesOfTheApi();
  assert.ok(codes.has('over-quota') && codes.has('wrong-proof'), [...codes].join());
  const known = new Set([...Object.keys(problemWords.en.known), 'too-many-guesses']);
  assert.deepEqual([...codes].filter((code) => !known.has(code)).sort(), []);
});
