import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { openFileDisk } from '../disk-files.ts';
import type { Journal } from './journal.ts';
import { appendOne, vault } from './journal-samples.contract.ts';
import { openJournal } from './sqlite-journal.ts';

// Real faults on the real journal, in a process of its own. The program appends and says so until a write is refused.
const program = `
  const { openFileDisk } = await import('#store/disk-files.ts');
  const { openJournal } = await import('#store/journal/sqlite-journal.ts');
  const { appendOne, vault } = await import('#store/journal/journal-samples.contract.ts');
  const [, folder, limit, bodyBytes, dieAt] = process.argv;
  const say = (...words) => process.stdout.write(words.join(' ') + '\\n');
  const journal = await openJournal(folder, openFileDisk(folder), { create: true }).catch((fault) => void say('opening', fault.code));
  for (let i = 0; journal && i < Number(limit); i++) {
    const kill = i === Number(dieAt) ? setImmediate(() => process.kill(process.pid, 'SIGKILL')) : undefined;
    try {
      say('appended', (await appendOne(journal, vault, { body: new Uint8Array(Number(bodyBytes)) })).sequence);
    } catch (fault) {
      say('refused', fault.code);
      const later = (call) => call.then(() => 'fine', (error) => error.code);
      say('later', await later(appendOne(journal, vault)), await later(journal.entries(vault, 0, 1)), await later(journal.setMeta('a', 'b')));
      break;
    }
  }
  say('end');
`;

const root = mkdtempSync(join(tmpdir(), 'sqlite-faults-'));
after(() => rmSync(root, { recursive: true, force: true }));
const freshFolder = (): string => mkdtempSync(join(root, 'folder-'));

interface Run {
  readonly acknowledged: number;
  readonly refused: string | undefined;
  readonly later: string | undefined;
  readonly lines: readonly string[];
  readonly signal: string | null;
}

function run(command: readonly string[], folder: string, limit: number, bodyBytes: number, dieAt = -1): Run {
  const node = [process.execPath, '--input-type=module', '--eval', program, folder, limit, bodyBytes, dieAt].map(
    String,
  );
  const [file = '', ...args] = [...command, ...node];
  const { stdout, signal, error } = spawnSync(file, args, { encoding: 'utf8', cwd: import.meta.dirname });
  assert.equal(error, undefined);
  const lines = stdout.trim().split('\n');
  const after = (word: string): string | undefined =>
    lines.findLast((line) => line.startsWith(`${word} `))?.slice(word.length + 1);
  return {
    acknowledged: Number(after('appended') ?? 0),
    refused: after('refused'),
    later: after('later'),
    lines,
    signal,
  };
}

async function reopen(folder: string): Promise<Journal> {
  return await openJournal(folder, openFileDisk(folder), { create: false });
}

const isRoot = process.getuid?.() === 0;
const tracer = 'strace';
const hasTracer = spawnSync(tracer, ['-V']).status === 0;

it('has every acknowledged entry after a kill at any moment', async () => {
  for (const dieAt of [1, 7, 20, 33]) {
    const folder = freshFolder();
    const { acknowledged, signal } = run([], folder, 40, 2000, dieAt);
    assert.equal(signal, 'SIGKILL');
    assert.ok(acknowledged >= dieAt);
    const journal = await reopen(folder);
    const { sequence } = await journal.head(vault);
    assert.ok(sequence === acknowledged || sequence === acknowledged + 1, `${sequence} of ${acknowledged}`);
    assert.equal((await journal.entries(vault, 0, 100)).length, sequence);
    await journal.close();
  }
});

it('stops for good when the system refuses to write', async () => {
  const folder = freshFolder();
  const limited = ['sh', '-c', 'trap "" XFSZ; ulimit -f 512; exec "$@"', 'sh'];
  const { acknowledged, refused, later } = run(limited, folder, 1000, 4000);
  assert.ok(acknowledged > 5 && acknowledged < 200);
  assert.equal(refused, 'sync-failed');
  assert.equal(later, 'sync-failed sync-failed sync-failed');
  const journal = await reopen(folder);
  assert.equal((await journal.head(vault)).sequence, acknowledged);
  await appendOne(journal, vault);
  await journal.close();
});

it('stops for good at the first failed fsync, and recovers', { skip: !hasTracer && 'strace is not here' }, async () => {
  for (const at of [12, 13, 25]) {
    const folder = freshFolder();
    const inject = `inject=fsync,fdatasync:error=EIO:when=${at}`;
    const traced = [tracer, '-f', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync', '-e', inject];
    const { acknowledged, refused, later, lines } = run(traced, folder, 60, 500);
    assert.equal(refused, 'sync-failed', lines.join('\n'));
    assert.equal(later, 'sync-failed sync-failed sync-failed');
    const journal = await reopen(folder);
    const { sequence } = await journal.head(vault);
    assert.ok(sequence === acknowledged || sequence === acknowledged + 1);
    await appendOne(journal, vault);
    await journal.close();
  }
});

it('refuses on a full disk, reads on, and starts again there', { skip: !isRoot && 'needs root to mount' }, () => {
  const folder = freshFolder();
  const full = ['unshare', '-m', 'sh', '-c'];
  // The second run starts on the disk that the first one filled.
  const mounted = [...full, `mount -t tmpfs -o size=3m none ${folder} && "$@" && "$@"`, 'sh'];
  const { lines } = run(mounted, folder, 1000, 30_000);
  const refusals = lines.filter((line) => line.startsWith('refused'));
  assert.deepEqual(refusals, ['refused disk-full', 'refused disk-full'], lines.join('\n'));
  const later = lines.filter((line) => line.startsWith('later'));
  assert.match(later[0] ?? '', /^later \S+ fine \S+$/);
  assert.match(later[1] ?? '', /^later \S+ fine \S+$/);
});
