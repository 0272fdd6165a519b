import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { present } from '#base/assert.ts';
import { utf8 } from '#base/bytes.ts';
import { mintNodeId, mintVersionId } from '#base/ids.ts';
import { makeWorld, nobody, type World } from '../../../test/vault/harness.ts';
import { dumpTables } from '../../../test/vault/view-checks.ts';
import type { Caller } from './commands.ts';
import { maxNodesOfVaultForCopies, maxNodesPerCopy } from './copy-limits.ts';
import type { FilesVault } from './files-vault.ts';
import type { Conditions, Path, Refusal, WriteResult } from './types.ts';

const meta = { mtimeMs: undefined, type: undefined };
const put = (vault: FilesVault, path: Path, caller: Caller = nobody): Promise<WriteResult> =>
  vault.put(caller, path, utf8('x'), [], meta);

async function stand(name: string, quota?: number): Promise<{ readonly world: World; readonly vault: FilesVault }> {
  const world = makeWorld(`refusals ${name}`);
  const vault = await world.open({ quotaBytes: () => quota });
  await vault.makeFolder(nobody, ['folder']);
  await vault.makeFolder(nobody, ['folder', 'deep']);
  await put(vault, ['file']);
  return { world, vault };
}

const move = (vault: FilesVault, from: Path, to: Path, overwrite = true): Promise<WriteResult> =>
  vault.move(nobody, { from, to, overwrite });
const copy = (vault: FilesVault, from: Path, to: Path, overwrite = true): Promise<WriteResult> =>
  vault.copy(nobody, { from, to, overwrite });

const refusals: readonly (readonly [Refusal, string, (vault: FilesVault) => Promise<WriteResult>])[] = [
  ['no-parent', 'write into nothing', (vault) => put(vault, ['none', 'f'])],
  ['no-parent', 'write into a file', (vault) => put(vault, ['file', 'f'])],
  ['is-a-folder', 'write over a folder', (vault) => put(vault, ['folder'])],
  ['is-root', 'write over the root', (vault) => put(vault, [])],
  ['name-taken', 'make a folder that is there', (vault) => vault.makeFolder(nobody, ['folder'])],
  ['name-taken', 'make a folder where a file is', (vault) => vault.makeFolder(nobody, ['file'])],
  ['name-taken', 'make the root', (vault) => vault.makeFolder(nobody, [])],
  ['no-such-path', 'trash nothing', (vault) => vault.trash(nobody, ['none'])],
  ['is-root', 'trash the root', (vault) => vault.trash(nobody, [])],
  ['no-such-path', 'move nothing', (vault) => move(vault, ['none'], ['x'])],
  ['under-itself', 'move the root', (vault) => move(vault, [], ['x'])],
  ['under-itself', 'move a folder into itself', (vault) => move(vault, ['folder'], ['folder', 'deep', 'x'])],
  ['under-itself', 'copy a folder into itself', (vault) => copy(vault, ['folder'], ['folder', 'x'])],
  ['under-itself', 'move over a folder that holds it', (vault) => move(vault, ['folder', 'deep'], ['folder'])],
  ['same-place', 'move to where it is', (vault) => move(vault, ['file'], ['file'])],
  ['name-taken', 'move over something without saying so', (vault) => move(vault, ['file'], ['folder'], false)],
  ['name-taken', 'copy over something without saying so', (vault) => copy(vault, ['file'], ['folder'], false)],
  ['no-parent', 'move into nothing', (vault) => move(vault, ['file'], ['none', 'x'])],
  ['bad-name', 'move to no name', (vault) => move(vault, ['file'], ['..'])],
  ['no-such-path', 'describe nothing', (vault) => vault.setProperties(nobody, ['none'], { set: [], remove: [] })],
  ['no-such-path', 'restore what is not in the trash', (vault) => vault.restore(nobody, mintNodeId(1, 3, 0))],
  ['no-such-path', 'restore what never was', (vault) => vault.restore(nobody, mintNodeId(9, 9, 9))],
  ['no-such-path', 'end what is here', (vault) => vault.end(nobody, [mintNodeId(1, 3, 0)])],
  ['no-such-path', 'end nothing', (vault) => vault.end(nobody, [])],
  [
    'is-a-folder',
    'pick a version of a folder',
    (vault) => vault.pickVersion(nobody, ['folder'], mintVersionId(1, 3, 0)),
  ],
  [
    'no-such-version',
    'pick a version that is none',
    (vault) => vault.pickVersion(nobody, ['file'], mintVersionId(1, 9, 0)),
  ],
  ['beyond-history', 'rewind into the future', (vault) => vault.rewind(nobody, [], 99)],
  ['beyond-history', 'rewind before the beginning', (vault) => vault.rewind(nobody, [], -1)],
  ['no-such-path', 'rewind what never was', (vault) => vault.rewind(nobody, ['never'], 1)],
  [
    'wrong-checksum',
    'write with another checksum',
    (vault) => vault.put(nobody, ['f'], utf8('x'), [{ name: 'MD5', hex: '00'.repeat(16) }], meta),
  ],
];

describe('what cannot be done is refused, and changes nothing:', () => {
  for (const [why, what, attempt] of refusals) {
    it(what, async () => {
      const { vault } = await stand('table');
      const before = await vault.atRest(dumpTables);
      const result = await attempt(vault);
      assert.equal(result.kind === 'refused' ? result.why : result.kind, why);
      assert.equal(vault.head.sequence, 3);
      assert.deepEqual(await vault.atRest(dumpTables), before);
    });
  }
});

it('a version of another file is refused, also when it has the same content', async () => {
  const { vault } = await stand('versions');
  await put(vault, ['other']);
  const other = present((await vault.stat(['other']))?.version, 'version');
  const result = await vault.pickVersion(nobody, ['file'], other);
  assert.equal(result.kind === 'refused' && result.why, 'no-such-version');
  const plan = await vault.plan(['file'], 10, other);
  assert.equal(plan.kind === 'refused' && plan.why, 'no-such-version');
});

it('conditions are looked at in the same instant as the change', async () => {
  const { vault } = await stand('conditions');
  const etag = present(await vault.stat(['file']), 'file').etag;
  const holds: readonly Conditions[] = [
    { ifMatch: '*' },
    { ifMatch: ['other', etag] },
    { ifNoneMatch: ['other'] },
    { ifLists: [{ path: undefined, conditions: [{ not: false, etag }] }] },
    {
      ifLists: [
        { path: undefined, conditions: [{ not: false, etag: 'other' }] },
        { path: ['file'], conditions: [{ not: false, etag }] },
      ],
    },
    { ifLists: [{ path: undefined, conditions: [{ not: true, token: 'urn:uuid:none' }] }] },
  ];
  const fails: readonly Conditions[] = [
    { ifMatch: ['other'] },
    { ifMatch: [] },
    { ifNoneMatch: '*' },
    { ifNoneMatch: [etag] },
    { ifMatch: [etag], ifNoneMatch: [etag] },
    {
      ifLists: [
        {
          path: undefined,
          conditions: [
            { not: false, etag },
            { not: false, token: 'urn:uuid:none' },
          ],
        },
      ],
    },
    { ifLists: [{ path: ['folder'], conditions: [{ not: false, etag }] }] },
  ];
  for (const conditions of fails) {
    const caller = { by: undefined, conditions };
    for (const result of [
      await put(vault, ['file'], caller),
      await vault.trash(caller, ['file']),
      await vault.move(caller, { from: ['file'], to: ['x'], overwrite: true }),
    ]) {
      assert.equal(result.kind === 'refused' && result.why, 'precondition-failed', JSON.stringify(conditions));
    }
  }
  for (const conditions of holds) {
    assert.equal(
      await vault.check({ by: undefined, conditions }, ['file'], 'read'),
      undefined,
      JSON.stringify(conditions),
    );
  }
  const both = await Promise.all(
    [1, 2].map(() => put(vault, ['file'], { by: undefined, conditions: { ifMatch: [etag] } })),
  );
  assert.deepEqual(
    both.map((each) => each.kind).sort(),
    ['done', 'refused'],
    'of two that expect the same only one is done',
  );
  const first = await Promise.all(
    [1, 2].map(() => put(vault, ['new'], { by: undefined, conditions: { ifNoneMatch: '*' } })),
  );
  assert.deepEqual(first.map((each) => each.kind).sort(), ['done', 'refused']);
});

it('the quota counts what is kept, once for equal content, and refuses what goes beyond', async () => {
  const { vault } = await stand('quota', 101);
  const hundred = new Uint8Array(100).fill(1);
  assert.equal((await vault.usage()).keptBytes, 1);
  assert.equal((await vault.put(nobody, ['a'], hundred, [], meta)).kind, 'done');
  assert.equal((await vault.usage()).keptBytes, 101);
  const refused = await vault.put(nobody, ['b'], utf8('y'), [], meta);
  assert.equal(refused.kind === 'refused' && refused.why, 'over-quota');
  assert.equal((await vault.copy(nobody, { from: ['a'], to: ['copy'], overwrite: false })).kind, 'done');
  assert.equal((await vault.usage()).keptBytes, 101);
});

it('a name that is written in another Unicode form is found when there is only one', async () => {
  const { vault } = await stand('forms');
  await put(vault, ['cafe\u0301']);
  assert.equal((await vault.stat(['caf\u00e9']))?.name, 'cafe\u0301');
  await put(vault, ['caf\u00e9']);
  assert.equal((await vault.stat(['caf\u00e9']))?.name, 'caf\u00e9');
  assert.equal((await vault.stat(['cafe\u0301']))?.name, 'cafe\u0301');
});

it('two uploads that each fit the quota, and together do not, are not both taken', async () => {
  const vault = await makeWorld('quota twice').open({ quotaBytes: () => 150_000 });
  const begun = [1, 2].map((byte) => {
    const upload = vault.upload(undefined, []);
    return { upload, added: upload.add(new Uint8Array(100_000).fill(byte)) };
  });
  assert.deepEqual(await Promise.all(begun.map(({ added }) => added)), ['stored', 'stored']);
  const written = await Promise.all(
    begun.map(({ upload }, index) => upload.write(nobody, [`file ${index}`], { mtimeMs: undefined, type: undefined })),
  );
  assert.deepEqual(written.map((each) => (each.kind === 'refused' ? each.why : each.kind)).sort(), [
    'done',
    'over-quota',
  ]);
});

it('a folder that is copied again and again grows up to a limit, which is refused clearly', async () => {
  const { vault } = await stand('doubling');
  let refusedWith: string | undefined;
  let copies = 0;
  // Each round doubles the folder: a copy beside it, moved into it.
  for (; refusedWith === undefined && copies < 24; copies += 1) {
    const result = await copy(vault, ['folder'], ['twin'], false);
    if (result.kind === 'refused') refusedWith = result.why;
    else assert.equal((await move(vault, ['twin'], ['folder', `twin ${copies}`], false)).kind, 'done');
  }
  assert.equal(refusedWith, 'too-large');
  const nodes = await vault.atRest((view) => Number(view.sql.get('SELECT count(*) AS n FROM node')?.['n']));
  assert.ok(nodes <= 2 * maxNodesPerCopy + 3, `${nodes} nodes`);
});

it('a vault that holds as many files and folders as one may hold by copying takes no copies of folders', async () => {
  const { vault } = await stand('full');
  await vault.atRest((view) =>
    view.sql.run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO node SELECT 1000000000 + i, 1, -2, 'x', 2, 0, NULL, 0, 0, 0, 0 FROM n`,
      maxNodesOfVaultForCopies,
    ),
  );
  const result = await copy(vault, ['folder'], ['twin'], false);
  assert.equal(result.kind === 'refused' && result.why, 'too-many-files');
  assert.equal((await put(vault, ['still writable'])).kind, 'done');
});
