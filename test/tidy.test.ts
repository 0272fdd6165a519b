// Style as a test: what a line may say depends on the room it stands in.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');
const maxLines = 450; // The aim is 400; the rest is for the day a file is about to be split.
const rooms = [
  'base',
  'format',
  'crypto',
  'store',
  'media',
  'vault',
  'accounts',
  'copies',
  'rights',
  'home',
  'faces',
  'server',
  'cli',
];

interface Source {
  readonly path: string;
  readonly text: string;
}

function sourcesIn(folder: string, endings: readonly string[]): Source[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes(`${sep}node_modules${sep}`) && !path.startsWith(join(root, 'web', 'dist')))
    .map((path) => ({ path: relative(root, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }));
}

const code = ['src', 'test', 'tools', 'bin', 'bench', 'demo', 'web'].flatMap((folder) =>
  sourcesIn(folder, ['.ts', '.tsx', '.mjs', '.js']),
);
const isTest = ({ path }: Source): boolean => /\.(test|contract)\.ts$/.test(path) || path.startsWith('test/');
const program = code.filter((source) => source.path.startsWith('src/') && !isTest(source));

/** Lines of `sources` that match, comments left out: a comment may explain why something is not used. */
function linesWith(sources: readonly Source[], pattern: RegExp): string[] {
  return sources.flatMap(({ path, text }) =>
    text
      .split('\n')
      .map((line, index) => ({ line, at: `${path}:${index + 1}` }))
      .filter(({ line }) => !/^\s*(\/\/|\/?\*)/.test(line) && pattern.test(line))
      .map(({ line, at }) => `${at}: ${line.trim()}`),
  );
}

function outside(...homes: string[]): Source[] {
  return program.filter(({ path }) => !homes.some((home) => path.startsWith(`src/${home}/`)));
}

test('the tidy tests look at something', () => {
  assert.ok(code.some(({ path }) => path === 'test/tidy.test.ts'));
});

test(`no source file is longer than ${maxLines} lines`, () => {
  const long = code.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
  assert.deepEqual(
    long.filter(({ lines }) => lines > maxLines),
    [],
  );
});

test('every file of src stands in a room', () => {
  const homeless = code.filter(({ path }) => path.startsWith('src/') && !rooms.includes(path.split('/')[1] ?? ''));
  assert.deepEqual(
    homeless.map(({ path }) => path),
    [],
  );
});

test('file names are kebab-case', () => {
  const odd = code.filter(({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)+$/.test(path.split('/').at(-1) ?? ''));
  assert.deepEqual(
    odd.map(({ path }) => path),
    [],
  );
});

test('time and chance are passed in: only the server reads the clock or the dice', () => {
  const clock = /\bDate\.now\(|\bMath\.random\(|\bperformance\.now\(|\bnew Date\(\)|\bprocess\.hrtime\b/;
  assert.deepEqual(linesWith(outside('server', 'cli'), clock), []);
});

test('only the crypto room reaches for the global crypto object', () => {
  const globalCrypto = /\bcrypto\.(subtle|getRandomValues|randomUUID)\b/;
  assert.deepEqual(linesWith(outside('crypto', 'server'), globalCrypto), []);
});

test('only the way in of the reaper, and the probe of a lock, ask a bucket to delete', () => {
  const deletion = linesWith(outside('faces'), /method: 'DELETE'/).map((line) => line.split(':')[0]);
  assert.deepEqual([...new Set(deletion)].sort(), ['src/store/places/erasable-s3.ts', 'src/store/places/s3-lock.ts']);
});

test('only the command line reads its arguments', () => {
  assert.deepEqual(linesWith(outside('cli'), /\bprocess\.argv\b/), []);
});

test('only the command line ends the process', () => {
  assert.deepEqual(linesWith(outside('cli', 'server'), /\bprocess\.exit\(/), []);
});

test('no escape from the type checker, and nothing left for later', () => {
  const typeEscape = new RegExp(['\\bas ', 'any\\b|@ts-', 'ignore|@ts-', 'nocheck'].join(''));
  const later = new RegExp(['\\bTO', 'DO\\b|\\bFIX', 'ME\\b|\\bXX', 'X\\b'].join(''));
  assert.deepEqual(linesWith(code, typeEscape), []);
  const left = code.flatMap(({ path, text }) => (later.test(text) ? [path] : []));
  assert.deepEqual(left, []);
});

test('no default exports', () => {
  const allowed = /^(test\/[a-z-]+-reporter\.mjs|web\/vite\.config\.ts)$/;
  const sources = code.filter(({ path }) => !allowed.test(path));
  assert.deepEqual(linesWith(sources, /^export default\b/), []);
});

test('no path of the machine it was written on', () => {
  const documents = [
    ...sourcesIn('docs', ['.md']),
    ...['README.md', 'SECURITY.md']
      .filter((name) => existsSync(join(root, name)))
      .map((name) => ({ path: name, text: readFileSync(join(root, name), 'utf8') })),
  ];
  const foreign = new RegExp(['/work', '/(main|sha', 'red)\\b'].join(''));
  assert.deepEqual(
    [...code, ...documents].filter(({ text }) => foreign.test(text)).map(({ path }) => path),
    [],
  );
});

interface LockedPackage {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

test('the lock file is whole: no host in it, and no optional package of another platform left out', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  const entries = Object.entries(packages);
  assert.deepEqual(
    entries.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path),
    [],
  );
  const names = new Set(entries.map(([path]) => path.split('node_modules/').at(-1)));
  const wanted = entries.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}));
  // npm drops what a registry does not have and then refuses its own lock file: pick a version that is there for all.
  assert.deepEqual(
    wanted.filter((name) => !names.has(name)),
    [],
  );
});
