import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { AssertionError } from '#base/assert.ts';
import { isFault } from '#base/fault.ts';
import { diskContract } from './disk.contract.ts';
import { openFileDisk } from './disk-files.ts';

const root = mkdtempSync(join(tmpdir(), 'disk-files-'));
after(() => rmSync(root, { recursive: true, force: true }));
const freshFolder = (): string => mkdtempSync(join(root, 'folder-'));

diskContract('real files', () => {
  const folder = freshFolder();
  return { disk: openFileDisk(folder), restart: () => openFileDisk(folder) };
});

it('leaves the databases to SQLite, whose locks it would drop', async () => {
  const folder = freshFolder();
  writeFileSync(join(folder, 'journal.db'), 'x');
  const disk = openFileDisk(folder);
  await assert.rejects(disk.read('journal.db'), AssertionError);
  await assert.rejects(disk.writeInPlace('lock.db', new Uint8Array(1)), AssertionError);
  assert.equal(await disk.size('journal.db'), 1);
});

it('follows no symbolic link', async () => {
  const folder = freshFolder();
  symlinkSync('/etc/hostname', join(folder, 'link'));
  const disk = openFileDisk(folder);
  await assert.rejects(disk.read('link'), (error) => isFault(error, 'io'));
  await assert.rejects(disk.writeInPlace('link', new Uint8Array(1)), (error) => isFault(error, 'io'));
});

it('sees a write that the kernel cut short', () => {
  // A limit on the size of files makes write(2) take a part, and then fail with EFBIG; no root is needed for it.
  const program = `
    const { openFileDisk } = await import('#store/disk-files.ts');
    const disk = openFileDisk(process.argv[1]);
    const outcome = await disk.writeInPlace('big', new Uint8Array(200_000)).then(() => 'written', (fault) => fault.code);
    await disk.append('log', new Uint8Array(1000));
    const appended = await disk.append('log', new Uint8Array(200_000)).then(() => 'written', (fault) => fault.code);
    console.log(outcome, await disk.size('big'), appended, await disk.size('log'));
  `;
  const limited = 'trap "" XFSZ; ulimit -f 64; exec "$0" --input-type=module --eval "$1" "$2"';
  const output = execFileSync('sh', ['-c', limited, process.execPath, program, freshFolder()], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  const [outcome, size, appended, logSize] = output.trim().split(' ');
  assert.equal(outcome, 'io');
  assert.ok(Number(size) < 200_000 && Number(size) > 0, `a part was written: ${size}`);
  assert.equal(appended, 'io');
  assert.equal(logSize, '1000', 'half a record was taken back');
});
