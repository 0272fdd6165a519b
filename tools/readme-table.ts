// Writes the "What works" table of README.md from the titles of the tests, so that it cannot claim what no test shows.
// A test takes part when its title reads `works: <area>: <sentence>`.
//
//   node tools/readme-table.ts          rewrite the table
//   node tools/readme-table.ts --check  fail when the table is stale
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

interface Claim {
  readonly area: string;
  readonly sentence: string;
  readonly file: string;
}

const root = join(import.meta.dirname, '..');
const readme = join(root, 'README.md');
const begin = '<!-- works:begin -->';
const end = '<!-- works:end -->';
// Not test.skip and not test.todo: what is skipped does not count as working.
const title = /\b(?:test|it)\(\s*(['"`])works: ([^:]+): (.+?)\1\s*,/g;

function claims(): Claim[] {
  return ['src', 'test', 'web']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.(test|contract)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes(`${sep}node_modules${sep}`))
    .flatMap(claimsOf);
}

function claimsOf(path: string): Claim[] {
  const file = relative(root, path).split(sep).join('/');
  return [...readFileSync(path, 'utf8').matchAll(title)].map((match) => ({
    area: match[2] ?? '',
    sentence: (match[3] ?? '').replaceAll('\\', '').replaceAll('|', '\\|'),
    file,
  }));
}

function table(all: readonly Claim[]): string {
  const key = ({ area, file, sentence }: Claim): string => `${area}\0${file}\0${sentence}`;
  const rows = all
    .toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
    .map(({ area, sentence, file }) => `| ${area} | ${sentence} | [${file.split('/').at(-1)}](${file}) |`);
  return ['| Area | What works | Test |', '|---|---|---|', ...rows].join('\n');
}

function rewritten(text: string): string {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`README.md has no section between ${begin} and ${end}`);
  return `${text.slice(0, from + begin.length)}\n${table(claims())}\n${text.slice(to)}`;
}

function main(checkOnly: boolean): void {
  if (!existsSync(readme)) return;
  const before = readFileSync(readme, 'utf8');
  const after = rewritten(before);
  if (before === after) return;
  if (!checkOnly) {
    writeFileSync(readme, after);
    return;
  }
  process.stderr.write('README.md: the "What works" table is stale; run: npm run readme\n');
  process.exitCode = 1;
}

main(process.argv.includes('--check'));
