import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openFolderPlace } from '#store/places/folder-place.ts';
import { copyOf } from '../copies/copy-of.ts';
import { type Alice, aliceIn, CliWorld, noise } from './cli-world.ts';
import { filesIn } from './files-in.ts';

interface Report {
  readonly vaults: readonly {
    readonly folder: string;
    readonly files: number;
    readonly there: number;
    readonly gaps: readonly object[];
  }[];
  readonly lost: readonly { readonly path: readonly string[]; readonly sizeBytes: number; readonly why: string }[];
}

const twins = ['A', 'a', '\u00e9', 'e\u0301'];
const madeMs = 1_500_000_000_123;

describe('rescue', () => {
  const world = new CliWorld();
  let alice: Alice;
  before(async () => {
    const made = aliceIn(world);
    await made.make();
    alice = made;
    mkdirSync(world.path('in', 'deep', 'er'), { recursive: true });
    for (const [index, name] of twins.entries()) writeFileSync(world.path('in', name), `twin ${index}`);
    for (let at = 0; at < 40; at += 1) writeFileSync(world.path('in', 'deep', `${at}.jpg`), noise(100_000 + at, at));
    writeFileSync(world.path('in', 'deep', 'er', 'film.mp4'), noise(9_000_000, 99));
    writeFileSync(world.path('in', 'empty'), '');
    utimesSync(world.path('in', 'empty'), madeMs / 1000, madeMs / 1000);
    await world.ok(['import', world.path('in'), 'alice:/', ...alice.proof]);
    mkdirSync(world.path('copy'));
    await copyOf(world.path('data'), await openFolderPlace(world.path('copy')), 100);
  });
  after(() => world.remove());

  const rescue = (from: readonly string[], to: string, ...more: readonly string[]): ReturnType<CliWorld['run']> =>
    world.run(['rescue', ...from.flatMap((each) => ['--from', each]), '--kit', alice.kit, '--to', to, ...more]);
  const report = (to: string): Report => JSON.parse(readFileSync(join(to, 'rescue-report.json'), 'utf8')) as Report;

  it('Case and Unicode collisions: with one copy and a kit every file comes back with its name and time, twins too', async () => {
    const to = world.path('out');
    const ran = await rescue([world.path('copy')], to);
    assert.equal(ran.code, 0, ran.err);
    assert.deepEqual(filesIn(join(to, 'files')), filesIn(world.path('in')));
    assert.equal(Math.floor(statSync(join(to, 'files', 'empty')).mtimeMs), madeMs);
    assert.deepEqual(report(to).lost, []);
    const again = await rescue([world.path('copy')], to);
    assert.equal(again.code, 0, again.err);
    assert.equal(report(to).vaults.find(({ folder }) => folder === 'files')?.there, filesIn(world.path('in')).length);
  });

  it('killed again and again it goes on where it was, and never gives a file its name before it is whole', async () => {
    const to = world.path('killed');
    const all = new Set(filesIn(world.path('in')));
    let kills = 0;
    for (let waitMs = 250; waitMs < 900; waitMs += 90) {
      const ran = await world.run(['rescue', '--from', world.path('copy'), '--kit', alice.kit, '--to', to], {
        during: (kill) => setTimeout(() => kill('SIGKILL'), waitMs),
      });
      if (ran.signal === 'SIGKILL') kills += 1;
      const there = readdirSync(world.folder).includes('killed') && readdirSync(to).includes('files');
      for (const file of there ? filesIn(join(to, 'files')) : []) assert.ok(all.has(file), file);
    }
    assert.ok(kills > 0);
    const ran = await rescue([world.path('copy')], to);
    assert.equal(ran.code, 0, ran.err);
    assert.deepEqual(filesIn(join(to, 'files')), [...all].sort());
    assert.deepEqual(readdirSync(to).sort(), ['files', 'rescue-report.json', 'rescue-report.txt']);
  });

  it('lists exactly what a damaged copy does not have, and another source brings it', async () => {
    mkdirSync(world.path('broken'));
    await copyOf(world.path('data'), await openFolderPlace(world.path('broken')), 100);
    const large = readdirSync(world.path('broken', 'chunks'), { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map((each) => join(each.parentPath, each.name))
      .find((path) => statSync(path).size > 4_000_000);
    assert.ok(large !== undefined);
    writeFileSync(large, noise(statSync(large).size, 5));
    const to = world.path('from-broken');
    const ran = await rescue([world.path('broken')], to);
    assert.equal(ran.code, 8, ran.err);
    assert.deepEqual(
      report(to).lost.map(({ path, sizeBytes }) => [path.join('/'), sizeBytes]),
      [['deep/er/film.mp4', 9_000_000]],
    );
    assert.match(readFileSync(join(to, 'rescue-report.txt'), 'utf8'), /not had: deep\/er\/film\.mp4/);
    // Parts restored out of step: what one source lacks the other one has.
    const both = await rescue([world.path('broken'), world.path('data')], to);
    assert.equal(both.code, 0, both.err);
    assert.deepEqual(filesIn(join(to, 'files')), filesIn(world.path('in')));
  });

  it('goes on behind a part of the journal that is gone, and says which entries are not known', async () => {
    mkdirSync(world.path('holed'));
    await copyOf(world.path('data'), await openFolderPlace(world.path('holed')), 2);
    const vaults = readdirSync(world.path('holed', 'vaults'));
    const segments = vaults
      .map((vault) => world.path('holed', 'vaults', vault, 'segments'))
      .flatMap((folder) => {
        const names = existsSync(folder) ? readdirSync(folder).sort() : [];
        return names.length > 4 ? [join(folder, names.at(-2) ?? '')] : [];
      });
    assert.ok(segments.length >= 1);
    for (const segment of segments) rmSync(segment);
    const to = world.path('from-holed');
    const ran = await rescue([world.path('holed')], to);
    assert.equal(ran.code, 8, ran.err);
    assert.ok(report(to).vaults.some(({ gaps }) => gaps.length > 0));
    const whole = new Set(filesIn(world.path('in')));
    const had = filesIn(join(to, 'files'));
    assert.ok(had.length > 0 && had.length < whole.size);
    for (const file of had) assert.ok(whole.has(file), file);
  });

  it('a wrong kit opens nothing, and nothing is written', async () => {
    const other = world.write('other-kit', 'AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ\n');
    const ran = await world.run(['rescue', '--from', world.path('copy'), '--kit', other, '--to', world.path('none')]);
    assert.equal(ran.code, 4, ran.err);
    assert.ok(!readdirSync(world.folder).includes('none'));
  });
});
