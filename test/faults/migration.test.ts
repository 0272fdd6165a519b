import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { it } from 'node:test';
import { newestFormat } from '#store/journal/formats.ts';
import { openJournalReader } from '#store/journal/sqlite-reader.ts';
import { coffre } from '../support/cli.ts';
import { startServer } from '../support/server.ts';
import { treeOf, vaultsOf } from '../vectors/folders/kept.ts';
import { keptNames, unpack } from '../vectors/folders/unpack.ts';
import { checkChains } from './chains.ts';
import { needs } from './needs.ts';
import { Shim } from './shim.ts';
import { oneFileThread } from './tracer.ts';

const program = join(import.meta.dirname, '..', '..', 'bin', 'coffre.mjs');

/** Ends with whatever the fault makes of it. */
function commit(dataFolder: string, env: Readonly<Record<string, string>>): Promise<NodeJS.Signals | number> {
  const args = [program, 'upgrade', '--commit', '--data', dataFolder];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env: { ...process.env, ...oneFileThread, ...env } }, (error) => {
      resolve(error === null ? 0 : (error.signal ?? (typeof error.code === 'number' ? error.code : -1)));
    });
  });
}

async function formatOf(dataFolder: string): Promise<number> {
  const reader = openJournalReader(dataFolder);
  const format = Number(await reader.meta('format'));
  await reader.close();
  return format;
}

it('works: Loss: migration: an upgrade from every release, killed at each step, leaves a whole folder and goes on', {
  skip: needs('gcc', 'tar'),
}, async (t) => {
  const shim = new Shim();
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-migration-'));
  try {
    for (const [index, name] of keptNames.entries()) {
      const origin = mkdtempSync(join(scratch, 'kept-'));
      const kept = unpack(name, origin);
      const work = join(scratch, name);
      const dataFolder = join(work, 'data');
      const chains = await chainsOf(origin, join(scratch, 'looked at'));
      const formats = new Set<number>();
      const places = new Set<string>();
      let kills = 0;
      // Every second call on the journal; of one folder those that are left out of the other.
      for (let at = 1 + (index % 2); ; at += 2) {
        rmSync(work, { recursive: true, force: true });
        cpSync(origin, work, { recursive: true });
        const armed = shim.arm({ kind: 'kill', path: join(dataFolder, 'journal.db'), at });
        const ended = await commit(dataFolder, armed.env);
        if (armed.struck().length === 0) {
          assert.equal(ended, 0);
          break;
        }
        assert.equal(ended, 'SIGKILL');
        kills += 1;
        for (const path of armed.struck()) places.add(basename(path));
        assert.deepEqual(await checkChains(dataFolder), chains, `killed before call ${at}`);
        formats.add(await formatOf(dataFolder));
        assert.equal(await commit(dataFolder, {}), 0, `the upgrade goes on after a kill before call ${at}`);
        assert.equal(await formatOf(dataFolder), newestFormat);
      }
      assert.deepEqual(await checkChains(dataFolder), chains);
      // Half a step is never seen; the format is that before the step or that after it.
      const before = Number(/^format-(\d+)-/.exec(name)?.[1]);
      for (const format of formats) assert.ok(format >= before && format <= newestFormat);
      assert.ok(formats.has(before) && formats.has(newestFormat), 'kills on both sides of the step');

      const server = await startServer({ dataFolder });
      for (const account of kept.accounts) {
        assert.deepEqual(await treeOf(vaultsOf(server.url, account).files), account.files);
      }
      await server.stop();
      writeFileSync(join(work, 'kit'), `${kept.accounts[0]?.kit}\n`);
      const verified = await coffre(['verify', '--data', dataFolder, '--kit-file', join(work, 'kit')]);
      assert.equal(verified.code, 0, verified.err);
      t.diagnostic(`${name}: ${kills} kills, at ${[...places].sort().join(', ')}`);
    }
  } finally {
    shim.remove();
    rmSync(scratch, { recursive: true, force: true });
  }
});

/** Of a copy, because looking leaves an index of the log. */
async function chainsOf(origin: string, copy: string): ReturnType<typeof checkChains> {
  cpSync(origin, copy, { recursive: true });
  try {
    return await checkChains(join(copy, 'data'));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
