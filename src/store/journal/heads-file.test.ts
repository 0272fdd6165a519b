import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { sha256 } from '#crypto/primitives.ts';
import { HeadsFile } from './heads-file.ts';
import type { Head } from './journal.ts';
import { other, plain, vault, vaultNamed } from './journal-samples.contract.ts';

const root = mkdtempSync(join(tmpdir(), 'heads-file-'));
after(() => rmSync(root, { recursive: true, force: true }));
const freshFolder = (): string => mkdtempSync(join(root, 'folder-'));

function headAt(sequence: number, fork = 1): Head {
  return { fork, sequence, hash: sha256(new Uint8Array([fork, sequence])) };
}

it('remembers the newest head of each vault, in a slot of its own', () => {
  const folder = freshFolder();
  const heads = HeadsFile.open(folder);
  for (let sequence = 1; sequence <= 5; sequence += 1) heads.note(vault, headAt(sequence));
  heads.note(other, headAt(7));
  heads.close();
  assert.equal(statSync(join(folder, 'heads')).size, 2 * 128);
  const again = HeadsFile.open(folder);
  assert.deepEqual(
    plain([...again.heads]),
    plain([
      [vault, headAt(5)],
      [other, headAt(7)],
    ]),
  );
  again.note(vault, headAt(6));
  again.close();
  assert.equal(statSync(join(folder, 'heads')).size, 2 * 128);
  assert.deepEqual(plain(HeadsFile.open(folder).heads.get(vault)), plain(headAt(6)));
});

it('goes on only: what was acknowledged is remembered while a tail is brought back, until a fork is decided', () => {
  const folder = freshFolder();
  const heads = HeadsFile.open(folder);
  heads.note(vault, headAt(100));
  heads.note(vault, headAt(81));
  assert.deepEqual(plain(HeadsFile.open(folder).heads.get(vault)), plain(headAt(100)));
  heads.note(vault, headAt(81, 2));
  assert.deepEqual(plain(HeadsFile.open(folder).heads.get(vault)), plain(headAt(81, 2)));
});

it('a bit flipped anywhere, or a torn end, makes one slot say nothing, and its place is used again', () => {
  const folder = freshFolder();
  const path = join(folder, 'heads');
  const heads = HeadsFile.open(folder);
  heads.note(vault, headAt(1));
  heads.note(other, headAt(2));
  heads.close();
  const whole = readFileSync(path);
  for (let at = 0; at < 128; at += 1) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 4;
    writeFileSync(path, damaged);
    assert.deepEqual([...HeadsFile.open(folder).heads.keys()], [other], `byte ${at}`);
  }
  const mended = HeadsFile.open(folder);
  mended.note(vaultNamed('three'), headAt(3));
  assert.equal(statSync(path).size, whole.length);
  writeFileSync(path, whole);
  truncateSync(path, 200);
  assert.deepEqual([...HeadsFile.open(folder).heads.keys()], [vault]);
});
