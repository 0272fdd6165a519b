// Copies what the program needs to run, and nothing else, into a folder: its sources without tests, the built
// web application, the production dependencies that the lock file names, and of the bundled Node the program itself.
//
//   node packaging/production.mjs DIR

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { ensureDependencies, ensureWeb, root } from '../bin/ready.mjs';

const [to] = process.argv.slice(2);
if (to === undefined) throw new Error('where to?');
ensureDependencies();
ensureWeb();
const lock = readFileSync(join(root, 'package-lock.json'));
const isTest = /\.(test|contract)\.ts$/;
// Headers, manuals and the development files of Node: more than the program has use for.
const unused = /^node_modules\/node-[^/]+\/(include|share|CHANGELOG\.md)/;

mkdirSync(to, { recursive: true });
for (const name of ['bin', 'src', 'web/dist', 'package.json', 'package-lock.json', 'LICENSE']) copy(name);
for (const [path, entry] of Object.entries(JSON.parse(String(lock)).packages)) {
  if (path === '' || entry.dev || !existsSync(join(root, path))) continue;
  copy(path);
}
// What bin/ready.mjs looks for: nothing is installed or compared at the first start.
const digest = createHash('sha256').update(lock).digest('hex');
writeFileSync(join(to, 'node_modules', '.coffre-lock'), `${digest} run\n`);

function copy(path) {
  mkdirSync(dirname(join(to, path)), { recursive: true });
  cpSync(join(root, path), join(to, path), {
    recursive: true,
    filter: (from) => {
      const inside = from
        .slice(root.length + 1)
        .split(sep)
        .join('/');
      // A package inside of a package has an entry of its own.
      const nested = inside !== path && inside.startsWith(`${path}/node_modules`);
      return !isTest.test(from) && !unused.test(inside) && !nested;
    },
  });
}
