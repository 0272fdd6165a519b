// Holds the sources to .dependency-cruiser.cjs, after showing that the rules catch what they forbid: a small tree with
// one import for every pair of rooms is cruised with the same rules, and the verdict on each must be the expected one.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import rules from '../.dependency-cruiser.cjs';
import { root } from '../bin/ready.mjs';

const { rooms, strangersOf, forbidden, options } = rules;

const problems = [...(await deafRules()), ...(await sourceViolations())];
for (const problem of problems) process.stdout.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function violations(baseDir, folders) {
  const { output } = await cruise(folders, { ...options, baseDir, validate: true, ruleSet: { forbidden } }, undefined, {
    tsConfig: extractTSConfig(options.tsConfig.fileName),
  });
  return output.summary;
}

async function sourceViolations() {
  const folders = ['src', 'test', 'tools', 'web'].filter((folder) => existsSync(join(root, folder)));
  const summary = await violations(root, folders);
  // A TypeScript that dependency-cruiser does not know makes it see nothing, and find nothing wrong.
  if (summary.totalCruised === 0) return ['dependency-cruiser looked at no module at all'];
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} imports ${to}`);
}

/** Each import of the planted tree: who, what, and the rule that must catch it (undefined: none may). */
function plantedImports() {
  const pairs = rooms.flatMap((from) =>
    rooms
      .filter((to) => to !== from)
      .map((to) => [from, `#${to}/room.ts`, strangersOf(from).includes(to) ? `way-down-${from}` : undefined]),
  );
  const builtIns = [
    ['node:crypto', ['crypto'], 'crypto-room-only'],
    ['node:fs', ['store', 'server', 'cli'], 'fs-rooms-only'],
    ['node:fs/promises', ['store', 'server', 'cli'], 'fs-rooms-only'],
    ['node:sqlite', ['store', 'vault'], 'sqlite-rooms-only'],
    ['../../test/helper.ts', [], 'src-stays-inside'],
    ['./nowhere.ts', [], 'everything-resolves'],
  ];
  return [
    ...pairs,
    ...builtIns.flatMap(([to, homes, rule]) =>
      rooms.map((from) => [from, to, homes.includes(from) ? undefined : rule]),
    ),
  ];
}

function erasing(path, rule) {
  return { path: `src/${path}.ts`, to: '#store/places/erasable-x.ts', rule };
}

async function deafRules() {
  const base = mkdtempSync(join(tmpdir(), 'coffre-rooms-'));
  const put = (path, text) => {
    mkdirSync(dirname(join(base, path)), { recursive: true });
    writeFileSync(join(base, path), text);
  };
  try {
    put('package.json', '{"type":"module","imports":{"#*":"./src/*"}}');
    put('test/helper.ts', 'export const x: number = 1;\n');
    for (const room of rooms) put(`src/${room}/room.ts`, 'export const x: number = 1;\n');
    put('src/store/places/erasable-x.ts', 'export const x: number = 1;\n');
    const planted = [
      ...plantedImports().map(([from, to, rule], index) => ({ path: `src/${from}/p${index}.ts`, to, rule })),
      ...['copies/verify', 'server/copies', 'store/places/folder'].map((path) =>
        erasing(path, 'erasing-is-the-reapers'),
      ),
      ...['copies/reaper', 'server/reaper', 'store/places/erasable-y'].map((path) => erasing(path, undefined)),
    ];
    for (const { path, to } of planted) put(path, `import * as x from '${to}';\nexport const y: unknown = x;\n`);
    put(
      'src/base/free.test.ts',
      "import * as x from '#cli/room.ts';\nimport 'node:crypto';\nexport const y: unknown = x;\n",
    );

    const caught = new Map();
    for (const { from, rule } of (await violations(base, ['src', 'test'])).violations) {
      caught.set(from, [...(caught.get(from) ?? []), rule.name]);
    }
    const expected = [...planted, { path: 'src/base/free.test.ts', to: 'anything', rule: undefined }];
    return expected
      .filter(({ path, rule }) => (caught.get(path) ?? []).join() !== (rule ?? ''))
      .map(({ path, to, rule }) => {
        const verdict = (caught.get(path) ?? []).join(', ') || 'no rule';
        return `planted import of ${to} in ${path}: caught by ${verdict}, expected ${rule ?? 'no rule'}`;
      });
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}
