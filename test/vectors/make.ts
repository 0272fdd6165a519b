// Writes the files of vectors that are missing. A file that is there and differs is an incompatible format: it is refused
// unless it is named.
//
//   node test/vectors/make.ts [name of a file to replace]...
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vectorFiles, vectorText } from './files.ts';

async function main(replace: readonly string[]): Promise<void> {
  for (const [name, make] of Object.entries(vectorFiles)) {
    const path = join(import.meta.dirname, name);
    const text = await vectorText(make);
    if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
    if (existsSync(path) && !replace.includes(name)) {
      process.stderr.write(`${name}: the program makes other bytes than this file says; nothing was written\n`);
      process.exitCode = 1;
      continue;
    }
    writeFileSync(path, text);
    process.stdout.write(`${name}: written\n`);
  }
}

await main(process.argv.slice(2));
