import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { daysAhead, letRun } from '../support/later.ts';
import { CliWorld } from './cli-world.ts';

const world = new CliWorld();
const password = world.write('password', 'correct horse battery\n');
const own = ['--password-file', password];

before(async () => {
  await world.ok(['account', 'create', 'alice', ...own, '--kit-file', world.path('kit.txt')]);
});
after(() => world.remove());

function chunkFiles(): readonly string[] {
  return readdirSync(world.path('data', 'chunks'), { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [entry.name] : [],
  );
}

interface Report {
  readonly done: readonly { readonly erased: number }[];
  readonly vaults: readonly { readonly waiting: number; readonly kept: number }[];
}

function erased(report: Report): number {
  return report.done.reduce((sum, each) => sum + each.erased, 0);
}

it('works: Letting go: what the owner swept is erased after the window, and nothing else, by a program of its own', async () => {
  const first = randomBytes(300_000);
  const second = randomBytes(300_000);
  const put = (bytes: Buffer): Promise<unknown> => world.ok(['put', world.write('x.jpg', bytes), 'alice:/', ...own]);
  await put(first);
  await put(second);
  assert.equal(chunkFiles().length, 2);

  // Within the history that is kept nothing goes.
  assert.match((await world.ok(['sweep', 'alice', ...own], { env: daysAhead(80) })).out, /nothing to let go/);
  const planned = await world.ok(['sweep', 'alice', '--plan', ...own], { env: daysAhead(100) });
  assert.match(planned.out, /1 piece .*would be let go/);
  assert.match((await world.ok(['sweep', 'alice', ...own], { env: daysAhead(100) })).out, /1 piece .*may go/);
  const listed = await world.ok(['versions', 'alice:/x.jpg', ...own]);
  assert.match(listed.out, /let go by a sweep/);

  // The window is running time: a clock that is years ahead is none.
  assert.equal(erased(await world.json<Report>(['reaper', 'run'])), 0);
  const ahead = await world.ok(['reaper', 'run', '--json'], { env: daysAhead(4000) });
  assert.equal(erased(JSON.parse(ahead.out) as Report), 0);
  letRun(world.path('data'), 31);
  assert.equal(chunkFiles().length, 2);
  const planOnly = await world.ok(['reaper', 'plan']);
  assert.match(planOnly.out, /to be erased by the next/);
  assert.equal(erased(await world.json<Report>(['reaper', 'run'])), 1);
  assert.equal(chunkFiles().length, 1);

  const version = /^([0-9a-f]+) /.exec(listed.out.split('\n').find((line) => line.includes('let go')) ?? '')?.[1] ?? '';
  const gone = await world.run(['get', 'alice:/x.jpg', '--version-id', version, '-o', world.path('old'), ...own]);
  assert.equal(gone.code, 3);
  assert.match(gone.err, /beyond the history that is kept/);
  await world.ok(['get', 'alice:/x.jpg', '-o', world.path('got'), ...own]);
  assert.ok((await world.ok(['get', 'alice:/x.jpg', '-o', '-', ...own])).bytes.equals(second));
  await world.ok(['verify', '--kit-file', world.path('kit.txt')]);

  // What was erased is stored anew when it comes again.
  await put(first);
  assert.ok((await world.ok(['get', 'alice:/x.jpg', '-o', '-', ...own])).bytes.equals(first));
  await world.ok(['verify', '--kit-file', world.path('kit.txt')]);
  assert.match((await world.ok(['reaper', 'status'])).out, /Erased by plan 1/);
});

it('lets no app password sweep, or say how much history is kept', async () => {
  const { out } = await world.ok(['app-password', 'create', 'alice', '--label', 'phone', ...own]);
  const app = world.write('app', out);
  for (const words of [
    ['sweep', 'alice'],
    ['horizon', 'alice', '30'],
  ]) {
    const refused = await world.run([...words, '--app-password-file', app]);
    assert.equal(refused.code, 2, refused.err);
  }
  assert.match((await world.ok(['horizon', 'alice', ...own])).out, /90 days/);
  assert.equal((await world.run(['horizon', 'alice', '29', ...own])).code, 2);
  assert.match((await world.ok(['horizon', 'alice', '365', ...own])).out, /365 days/);
});
