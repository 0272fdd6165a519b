import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { unlockWithPassword } from '#accounts/proofs.ts';
import { present } from '#base/assert.ts';
import type { Core } from '#server/core.ts';
import type { FilesPort } from '#vault/files/port.ts';
import { CliWorld } from '../e2e/cli-world.ts';
import { makeAccount, withLocalCore } from '../support/account.ts';
import { dayMs, daysAhead, letRun } from '../support/later.ts';
import { nobody } from '../vault/harness.ts';

const world = new CliWorld();
const data = world.path('data');
const realNow = Date.now;
after(() => {
  Date.now = realNow;
  world.remove();
});

const fillers = 4100;
/** 0.05 % of what is stored a day are two chunks; looked at once a week. */
const leakPerWeek = 14;
const weeks = 20;

interface Report {
  readonly done: readonly { readonly erased: number }[];
  readonly plans: readonly { readonly needs: { readonly owner: boolean; readonly operator: boolean } }[];
}

const chunkFiles = (): number =>
  readdirSync(join(data, 'chunks'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;

const leaking = (week: number): readonly string[] =>
  Array.from({ length: leakPerWeek }, (_, at) => `leak ${week} ${at}`);

async function withFiles(
  password: string,
  work: (files: FilesPort, signSeed: Uint8Array) => Promise<void>,
): Promise<void> {
  await withLocalCore(data, async (core: Core) => {
    const unlocked = present(await unlockWithPassword(core.instance, 'alice', password), 'owner');
    const files = present(core.files(unlocked, 'files'), 'files');
    await work(files, present(unlocked.vaults.get(files.id)?.signSeed, 'signing key').expose());
  });
}

async function put(files: FilesPort, name: string, bytes: Uint8Array): Promise<void> {
  const result = await files.put(nobody, [name], bytes, [], { mtimeMs: undefined, type: undefined });
  assert.equal(result.kind, 'done');
}

it('works: Loss: breaker trips, deletes later all the same: a slow leak is stopped, also after restarts and with a clock a month ahead', async (t) => {
  const { password } = await makeAccount(data);
  const reaper = async (
    days: number,
    words: readonly string[] = ['run'],
  ): Promise<{ report: Report; code: number | null }> => {
    const ran = await world.run(['reaper', ...words, '--json'], { env: daysAhead(days) });
    return { report: JSON.parse(ran.out) as Report, code: ran.code };
  };
  // A component gone wrong writes over a few files each week; 90 days later nothing reaches what they were.
  await withFiles(password, async (files) => {
    Date.now = () => realNow() - 400 * dayMs;
    for (let at = 0; at < fillers; at += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => put(files, `filler ${at + index}`, randomBytes(40))));
    }
    for (let week = 1; week <= weeks; week += 1)
      await Promise.all(leaking(week).map((name) => put(files, name, randomBytes(70_000))));
    for (let week = 1; week <= weeks; week += 1) {
      Date.now = () => realNow() + (week * 7 - 93) * dayMs;
      await Promise.all(leaking(week).map((name) => put(files, name, randomBytes(10))));
    }
  });
  let erased = 0;
  let tripped: number | undefined;
  for (let week = 1; week <= weeks; week += 1) {
    await withFiles(password, async (files, signSeed) => {
      Date.now = () => realNow() + week * 7 * dayMs;
      const swept = await files.sweep(undefined, signSeed);
      assert.ok(swept.kind === 'swept' && swept.chunks === leakPerWeek, JSON.stringify(swept));
    });
    letRun(data, 7);
    const { report, code } = await reaper(week * 7);
    erased += report.done.reduce((sum, each) => sum + each.erased, 0);
    const [held] = report.plans;
    if (held !== undefined) tripped ??= week;
    if (tripped !== undefined) assert.equal(code, 1);
  }
  const left = chunkFiles();
  t.diagnostic(`held from week ${tripped} on; ${erased} of ${leakPerWeek * weeks} erased`);
  assert.ok(tripped !== undefined && erased > 0 && erased <= 100, `${erased} erased`);
  assert.equal(left, leakPerWeek * weeks - erased);

  // A month on by the clock of the machine, and half a year by the time that it ran.
  for (const days of [weeks * 7 + 30, weeks * 7 - 400]) assert.equal((await reaper(days)).code, 1);
  letRun(data, 180);
  assert.equal((await reaper(weeks * 7)).code, 1);
  assert.equal(chunkFiles(), left);
});
