import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openFolderPlace } from '#store/places/folder-place.ts';
import { copyOf } from '../copies/copy-of.ts';
import { type Alice, aliceIn, CliWorld, noise } from './cli-world.ts';
import { filesIn } from './files-in.ts';

interface Report {
  readonly hasKey: boolean;
  readonly damages: readonly object[];
  readonly vaults: readonly {
    readonly entries: number;
    readonly lost: readonly string[];
    readonly wanted: { readonly sequence: number };
    readonly reached: { readonly sequence: number };
  }[];
}

describe('restore', () => {
  const world = new CliWorld();
  let alice: Alice;
  before(async () => {
    const made = aliceIn(world);
    await made.make();
    alice = made;
    await world.ok(['operator-kit', 'create', world.path('operator')]);
    mkdirSync(world.path('in', 'old'), { recursive: true });
    for (let at = 0; at < 30; at += 1) writeFileSync(world.path('in', 'old', `${at}.jpg`), noise(80_000 + at, at));
    for (const [index, twin] of ['A', 'a', '\u00e9', 'e\u0301'].entries())
      writeFileSync(world.path('in', twin), `twin ${index}`);
    await world.ok(['import', world.path('in'), 'alice:/', ...alice.proof]);
    cpSync(world.path('data'), world.path('yesterday'), { recursive: true });
    mkdirSync(world.path('in', 'new'));
    for (let at = 0; at < 10; at += 1)
      writeFileSync(world.path('in', 'new', `${at}.jpg`), noise(90_000 + at, 100 + at));
    await world.ok(['import', world.path('in'), 'alice:/', ...alice.proof]);
    mkdirSync(world.path('copy'));
    await copyOf(world.path('data'), await openFolderPlace(world.path('copy')), 7);
  });
  after(() => world.remove());

  /** Everything as its owner gets it from a data folder. */
  async function contentOf(data: string): Promise<readonly string[]> {
    const out = world.path(`out-of-${data}`);
    await world.ok(['get', 'alice:/', '-o', out, ...alice.proof, '--data', world.path(data)]);
    return filesIn(out);
  }

  async function restored(
    to: string,
    from: readonly string[],
    key = true,
  ): Promise<{ readonly code: number | null; readonly report: Report; readonly err: string }> {
    const sources = from.flatMap((each) => ['--from', world.path(each)]);
    const proof = key ? ['--operator-kit', world.path('operator')] : [];
    const ran = await world.run(['restore', ...sources, '--to', world.path(to), ...proof, '--json']);
    return {
      code: ran.code,
      report: ran.out === '' ? { hasKey: false, damages: [], vaults: [] } : (JSON.parse(ran.out) as Report),
      err: ran.err,
    };
  }

  it('A backup never restored: from one copy and an operator kit on a blank directory, every hash compared', async () => {
    const { code, report, err } = await restored('blank', ['copy']);
    assert.equal(code, 0, err);
    assert.deepEqual(report.damages, []);
    assert.deepEqual(await contentOf('blank'), filesIn(world.path('in')));
    const verified = await world.run(['verify', '--kit-file', alice.kit, '--data', world.path('blank')]);
    assert.equal(verified.code, 0, verified.out);
    // It goes on as an instance: it takes writes, under the same password.
    await world.ok([
      'put',
      world.path('in', 'A'),
      'alice:/later',
      '--password-file',
      alice.password,
      '--data',
      world.path('blank'),
    ]);
  });

  it('a drill reads all that a restore would bring, and names what it would lack', async () => {
    const whole = await world.run([
      'copy',
      'drill',
      '--from',
      world.path('copy'),
      '--operator-kit',
      world.path('operator'),
      '--json',
    ]);
    assert.equal(whole.code, 0, whole.err);
    const report = JSON.parse(whole.out) as {
      readonly accountsOpen: boolean;
      readonly vaults: readonly { readonly sizeBytes: number }[];
    };
    assert.equal(report.accountsOpen, true);
    assert.ok(report.vaults.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > 3_000_000);
    cpSync(world.path('copy'), world.path('lacking'), { recursive: true });
    const [chunk = ''] = filesIn(world.path('lacking', 'chunks')).map((line) => line.split(' ')[0] ?? '');
    rmSync(world.path('lacking', 'chunks', chunk));
    const lacking = await world.run(['copy', 'drill', '--from', world.path('lacking')]);
    assert.equal(lacking.code, 7, lacking.err);
    assert.match(lacking.out, new RegExp(`not had: chunk ${chunk.slice(3)}`));
  });

  it('without a key it says that nobody can sign in, and the kit still opens everything', async () => {
    const { code, report } = await restored('keyless', ['copy'], false);
    assert.equal(code, 0);
    assert.equal(report.hasKey, false);
    assert.ok(!existsSync(world.path('keyless.key')));
    const out = world.path('rescued');
    await world.ok(['rescue', '--from', world.path('keyless'), '--kit', alice.kit, '--to', out]);
    assert.deepEqual(filesIn(join(out, 'files')), filesIn(world.path('in')));
    const wrong = await world.run([
      'restore',
      '--from',
      world.path('copy'),
      '--to',
      world.path('never'),
      '--key-file',
      alice.kit,
    ]);
    assert.equal(wrong.code, 4, wrong.err);
    assert.ok(!existsSync(world.path('never')));
  });

  it('killed at any point it goes on when it is run again', async () => {
    let kills = 0;
    for (let waitMs = 200; waitMs < 900; waitMs += 80) {
      const args = [
        'restore',
        '--from',
        world.path('copy'),
        '--to',
        world.path('killed'),
        '--operator-kit',
        world.path('operator'),
      ];
      const ran = await world.run(args, { during: (kill) => setTimeout(() => kill('SIGKILL'), waitMs) });
      if (ran.signal !== 'SIGKILL') break;
      kills += 1;
    }
    assert.ok(kills > 0);
    const { code, err } = await restored('killed', ['copy']);
    assert.equal(code, 0, err);
    assert.deepEqual(await contentOf('killed'), filesIn(world.path('in')));
  });

  it('Parts restored out of step: an old database with new chunks, and the reverse: rebuilt, exact gaps listed', async () => {
    // An old database, new chunks.
    cpSync(world.path('yesterday'), world.path('old-database'), { recursive: true });
    cpSync(world.path('data', 'chunks'), world.path('old-database', 'chunks'), { recursive: true });
    const old = await restored('from-old', ['old-database']);
    assert.equal(old.code, 0, old.err);
    assert.deepEqual(
      await contentOf('from-old'),
      filesIn(world.path('in')).filter((line) => !line.startsWith('new/')),
    );
    // A new database, old chunks: exactly the new pictures are gone, and a copy brings them.
    cpSync(world.path('data'), world.path('new-database'), { recursive: true });
    rmSync(world.path('new-database', 'chunks'), { recursive: true });
    cpSync(world.path('yesterday', 'chunks'), world.path('new-database', 'chunks'), { recursive: true });
    const reverse = await restored('from-new', ['new-database']);
    assert.equal(reverse.code, 8, reverse.err);
    assert.equal(reverse.report.vaults.flatMap(({ lost }) => lost).length, 10);
    assert.deepEqual(reverse.report.damages, []);
    const out = world.path('rescued-from-new');
    const rescued = await world.run([
      'rescue',
      '--from',
      world.path('new-database'),
      '--kit',
      alice.kit,
      '--to',
      out,
      '--json',
    ]);
    const { lost } = JSON.parse(rescued.out) as { readonly lost: readonly { readonly path: readonly string[] }[] };
    assert.deepEqual(
      lost.map(({ path }) => path.join('/')).sort(),
      readdirSync(world.path('in', 'new'))
        .map((name) => `new/${name}`)
        .sort(),
    );
    // Both together, and once more into the same folder: nothing is missing.
    const both = await restored('from-new', ['new-database', 'copy']);
    assert.equal(both.code, 0, both.err);
    assert.deepEqual(await contentOf('from-new'), filesIn(world.path('in')));
  });

  it('a data folder whose database is gone, and a copy without its chunks: together they are whole', async () => {
    cpSync(world.path('data'), world.path('no-database'), { recursive: true });
    for (const ending of ['', '-wal', '-shm'])
      rmSync(world.path('no-database', `journal.db${ending}`), { force: true });
    cpSync(world.path('copy'), world.path('no-chunks'), { recursive: true });
    for (const path of filesIn(world.path('no-chunks', 'chunks'))) {
      const file = world.path('no-chunks', 'chunks', path.split(' ')[0] ?? '');
      if (statSync(file).size > 65_536) rmSync(file);
    }
    const { code, err } = await restored('from-both', ['no-database', 'no-chunks']);
    assert.equal(code, 0, err);
    assert.deepEqual(await contentOf('from-both'), filesIn(world.path('in')));
  });
});
