import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { isFault } from '#base/fault.ts';
import { lockFolder } from './lock.ts';

const root = mkdtempSync(join(tmpdir(), 'lock-'));
after(() => rmSync(root, { recursive: true, force: true }));

it('gives a folder to one holder at a time', () => {
  const folder = mkdtempSync(join(root, 'folder-'));
  const first = lockFolder(folder);
  assert.throws(
    () => lockFolder(folder),
    (error) => isFault(error, 'in-use') && error.message.includes(folder),
  );
  first.release();
  const second = lockFolder(folder);
  first.release();
  assert.throws(
    () => lockFolder(folder),
    (error) => isFault(error, 'in-use'),
  );
  second.release();
});

it('says so when there is no such folder', () => {
  assert.throws(
    () => lockFolder(join(root, 'nowhere')),
    (error) => isFault(error, 'io'),
  );
});

it('is given up by the kernel when the holder is killed', async (t) => {
  const folder = mkdtempSync(join(root, 'folder-'));
  const program = `
    const { lockFolder } = await import('#store/lock.ts');
    lockFolder(process.argv[1]);
    globalThis.gc();
    console.log('held');
    setInterval(() => {}, 1000);
  `;
  const holder = spawn(process.execPath, ['--expose-gc', '--input-type=module', '--eval', program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });
  t.after(() => holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  assert.throws(
    () => lockFolder(folder),
    (error) => isFault(error, 'in-use'),
  );
  const ended = once(holder, 'exit');
  holder.kill('SIGKILL');
  await ended;
  lockFolder(folder).release();
});
