import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { present } from '#base/assert.ts';
import { concat, utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { sha256 } from '#crypto/primitives.ts';
import type { Piece } from '#format/piece.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import { SeededNumbers } from '#store/seeded-faults.ts';
import { keysFor, makeWorld, nobody } from '../../../test/vault/harness.ts';
import { keysUsed } from '../../../test/vault/key-uses.ts';
import { checkView, dumpTables, sameTree } from '../../../test/vault/view-checks.ts';
import { Seeded } from '../../../test/vectors/values.ts';
import type { FilesVault } from './files-vault.ts';
import { readPlainly } from './second-reader.ts';
import type { Done, NodeInfo, Path, WriteResult } from './types.ts';

const meta = { mtimeMs: undefined, type: undefined };

function done(result: WriteResult): Done {
  assert.equal(result.kind, 'done', result.kind === 'refused' ? result.why : '');
  return result as Done;
}

async function put(vault: FilesVault, path: Path, text: string): Promise<NodeInfo> {
  return done(await vault.put(nobody, path, utf8(text), [], meta)).node;
}

async function textOf(vault: FilesVault, path: Path): Promise<string> {
  const plan = await vault.plan(path, 1000);
  assert.equal(plan.kind, 'plan');
  return plan.kind === 'plan' ? Buffer.from(plan.whole ?? new Uint8Array(0)).toString() : '';
}

async function etag(vault: FilesVault, ...path: Path): Promise<string> {
  return present(await vault.stat(path), path.join('/')).etag;
}

describe('etags', () => {
  async function tree(): Promise<FilesVault> {
    const vault = await makeWorld('etags').open();
    for (const path of [['a'], ['a', 'b'], ['z']]) done(await vault.makeFolder(nobody, path));
    await put(vault, ['a', 'b', 'f'], 'one');
    await put(vault, ['z', 'g'], 'two');
    return vault;
  }

  it('stay with a file that moves, and with a folder that moves', async () => {
    const vault = await tree();
    const [file, folder] = [await etag(vault, 'a', 'b', 'f'), await etag(vault, 'a', 'b')];
    done(await vault.move(nobody, { from: ['a', 'b'], to: ['z', 'moved'], overwrite: false }));
    assert.equal(await etag(vault, 'z', 'moved', 'f'), file);
    assert.equal(await etag(vault, 'z', 'moved'), folder);
  });

  it('of folders change up to the root with every change below them, and never by themselves', async () => {
    const vault = await tree();
    const all = async (): Promise<readonly string[]> => [
      await etag(vault),
      await etag(vault, 'a'),
      await etag(vault, 'a', 'b'),
      await etag(vault, 'z'),
    ];
    const changes: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['write', () => put(vault, ['a', 'b', 'f'], 'three')],
      ['create', () => put(vault, ['a', 'b', 'new'], 'four')],
      ['folder', () => vault.makeFolder(nobody, ['a', 'b', 'folder'])],
      ['rename', () => vault.move(nobody, { from: ['a', 'b', 'new'], to: ['a', 'b', 'old'], overwrite: false })],
      ['copy', () => vault.copy(nobody, { from: ['a', 'b', 'f'], to: ['a', 'b', 'copy'], overwrite: false })],
      ['trash', () => vault.trash(nobody, ['a', 'b', 'copy'])],
      [
        'properties',
        () =>
          vault.setProperties(nobody, ['a', 'b', 'f'], {
            set: [{ namespace: 'n', name: 'p', xml: '<x/>' }],
            remove: [],
          }),
      ],
      [
        'earlier version',
        async () =>
          vault.pickVersion(
            nobody,
            ['a', 'b', 'f'],
            present((await vault.versions(['a', 'b', 'f']))?.[1]?.version, 'version'),
          ),
      ],
    ];
    for (const [what, change] of changes) {
      const before = await all();
      await change();
      const after = await all();
      assert.deepEqual(
        after.map((each, i) => each === before[i]),
        [false, false, false, true],
        what,
      );
      assert.deepEqual(await all(), after);
    }
  });

  it('are answered for what the command itself wrote, also when another one comes right after it', async () => {
    const vault = await makeWorld('answers').open();
    const [one, two] = await Promise.all([put(vault, ['f'], 'one'), put(vault, ['f'], 'two')]);
    assert.notEqual(one.etag, two.etag);
    const last = (await textOf(vault, ['f'])) === 'one' ? one : two;
    assert.equal(await etag(vault, 'f'), last.etag);
  });

  it('are different in another vault', async () => {
    const [one, other] = [await makeWorld('one').open(), await makeWorld('other').open()];
    assert.notEqual((await put(one, ['f'], 'same')).etag, (await put(other, ['f'], 'same')).etag);
  });
});

describe('names', () => {
  const longest = `${'é'.repeat(125)}.txt`;

  it('get a number when what comes back finds its name taken, and stay within 255 bytes', async () => {
    const vault = await makeWorld('names').open();
    for (const name of [longest, 'x'.repeat(255), '.hidden', 'a.b.c', '𝄞'.repeat(63)]) {
      const first = await put(vault, [name], 'first');
      done(await vault.trash(nobody, [name]));
      await put(vault, [name], 'second');
      const back = done(await vault.restore(nobody, first.id)).node;
      assert.ok(back.name.includes(' (2)') && Buffer.byteLength(back.name) <= 255, back.name);
      assert.ok(back.name.isWellFormed());
      assert.equal(await textOf(vault, [back.name]), 'first');
      const ending = name.lastIndexOf('.') > 0 ? name.slice(name.lastIndexOf('.')) : '';
      assert.ok(back.name.endsWith(ending));
    }
    await vault.atRest((view) => assert.deepEqual(view.skipped(), []));
  });

  it('are refused when they are none', async () => {
    const vault = await makeWorld('bad names').open();
    for (const name of ['', '.', '..', 'a/b', 'a\0', `${longest}x`.repeat(2), '\ud800']) {
      for (const result of [
        await vault.put(nobody, [name], utf8('x'), [], meta),
        await vault.makeFolder(nobody, [name]),
      ]) {
        assert.equal(result.kind === 'refused' && result.why, 'bad-name', JSON.stringify(name));
      }
    }
  });
});

describe('the trash', () => {
  it('lets the same thing end once, however often it is named', async () => {
    const vault = await makeWorld('ends').open();
    const { id } = await put(vault, ['f'], 'one');
    done(await vault.trash(nobody, ['f']));
    done(await vault.end(nobody, [id, id]));
    assert.deepEqual(await vault.trashed(), []);
    await vault.atRest((view) => assert.deepEqual(view.skipped(), []));
  });
});

describe('rewinding', () => {
  it('works: Time: a folder comes back as it was, also with what was put into parts of it while they were elsewhere', async () => {
    const vault = await makeWorld('rewind').open();
    for (const path of [['top'], ['top', 'in'], ['other']]) done(await vault.makeFolder(nobody, path));
    await put(vault, ['top', 'in', 'old'], 'old');
    const { sequence } = vault.head;
    done(await vault.move(nobody, { from: ['top', 'in'], to: ['other', 'in'], overwrite: false }));
    await put(vault, ['other', 'in', 'new'], 'new');
    done(await vault.move(nobody, { from: ['other', 'in', 'old'], to: ['other', 'gone'], overwrite: false }));
    await put(vault, ['other', 'in', 'old'], 'another');
    done(await vault.rewind(nobody, ['top'], sequence));
    assert.deepEqual(
      (await vault.list(['top', 'in']))?.children.map((each) => each.name),
      ['old'],
    );
    assert.equal(await textOf(vault, ['top', 'in', 'old']), 'old');
    assert.deepEqual((await vault.list(['other']))?.children, []);
    assert.deepEqual((await vault.trashed()).map((each) => each.name).sort(), ['new', 'old']);
  });

  it('can itself be rewound', async () => {
    const vault = await makeWorld('rewind twice').open();
    await put(vault, ['a'], 'one');
    const { sequence } = vault.head;
    await put(vault, ['a'], 'two');
    await put(vault, ['b'], 'new');
    const before = vault.head.sequence;
    done(await vault.rewind(nobody, [], sequence));
    assert.equal(await textOf(vault, ['a']), 'one');
    done(await vault.rewind(nobody, [], before));
    assert.equal(await textOf(vault, ['a']), 'two');
    assert.equal(await textOf(vault, ['b']), 'new');
  });

  it('swaps names back', async () => {
    const vault = await makeWorld('swap').open();
    for (const name of ['a', 'b', 'c']) await put(vault, [name], name);
    const { sequence } = vault.head;
    for (const [from, to] of [
      ['a', 'x'],
      ['b', 'a'],
      ['c', 'b'],
      ['x', 'c'],
    ] as const) {
      done(await vault.move(nobody, { from: [from], to: [to], overwrite: false }));
    }
    done(await vault.rewind(nobody, [], sequence));
    for (const name of ['a', 'b', 'c']) assert.equal(await textOf(vault, [name]), name);
    assert.equal((await vault.list([]))?.children.length, 3);
  });

  it('is refused when a folder lies below what should come back into it', async () => {
    const vault = await makeWorld('inside out').open();
    for (const path of [['top'], ['top', 'in']]) done(await vault.makeFolder(nobody, path));
    const { sequence } = vault.head;
    done(await vault.move(nobody, { from: ['top', 'in'], to: ['in'], overwrite: false }));
    done(await vault.move(nobody, { from: ['top'], to: ['in', 'top'], overwrite: false }));
    const result = await vault.rewind(nobody, ['in', 'top'], sequence);
    assert.equal(result.kind === 'refused' && result.why, 'under-itself');
    done(await vault.rewind(nobody, [], sequence));
    assert.equal((await vault.stat(['top', 'in']))?.isFolder, true);
  });
});

describe('an upload of many pieces', () => {
  const size = 4 * 1024 * 1024;
  /** Compresses to just under what the database keeps, so that pieces travel with entries. */
  function pieceOf(n: number): Uint8Array {
    const piece = new Uint8Array(size);
    piece.set(new Seeded(`piece ${n}`).bytes(60_000));
    return piece;
  }

  it('is staged over several entries, shows nothing before it is written, and reads back', async () => {
    const vault = await makeWorld('stages').open();
    const pieces = Array.from({ length: 139 }, (_, i) => (i % 50 === 49 ? pieceOf(0) : pieceOf(i % 7))).concat(
      utf8('the end'),
    );
    // The same few pieces again and again: what is known already is not sent again.
    const upload = vault.upload(undefined, []);
    for (const piece of pieces) assert.equal(await upload.add(piece), 'stored');
    assert.deepEqual((await vault.list([]))?.children, []);
    const written = done(await upload.write(nobody, ['big'], meta)).node;
    assert.equal(written.sizeBytes, 139 * size + 7);
    const plan = await vault.plan(['big'], 0);
    assert.ok(plan.kind === 'plan');
    assert.equal(plan.pieces.length, 140);
    assert.deepEqual(
      plan.pieces.map((piece) => piece.sum.toHex()),
      pieces.map((piece) => sha256(piece).toHex()),
    );
    assert.deepEqual(Buffer.from(await vault.readPiece(present(plan.pieces[3], 'piece'))), Buffer.from(pieceOf(3)));
  });
});

it('brings two programs that write to one vault to the same view', async () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const { pick } = new SeededNumbers(seed);
    const world = makeWorld(`two writers ${seed}`);
    const vaults = [
      await world.open({ random: new Seeded('first') }),
      await world.open({ random: new Seeded('second') }),
    ];
    const names = ['a', 'b', 'c'];
    const name = (): string => present(names[pick(3)], 'name');
    for (let round = 0; round < 15; round += 1) {
      const results = Array.from({ length: 6 }, async (): Promise<WriteResult> => {
        const vault = present(vaults[pick(2)], 'vault');
        const path = pick(2) === 0 ? [name()] : ['folder', name()];
        switch (pick(5)) {
          case 0:
            return vault.makeFolder(nobody, ['folder']);
          case 1:
            return vault.move(nobody, { from: path, to: [name()], overwrite: true });
          case 2:
            return vault.trash(nobody, path);
          default:
            return vault.put(nobody, path, utf8(`${round} ${pick(100)}`), [], meta);
        }
      });
      await Promise.all(results);
    }
    for (const vault of vaults) await vault.put(nobody, ['last'], utf8(String(seed)), [], meta);
    await present(vaults[0], 'vault').put(nobody, ['last'], utf8('done'), [], meta);
    const fresh = await world.open();
    const tables = await fresh.atRest(dumpTables);
    assert.deepEqual(await present(vaults[0], 'vault').atRest(dumpTables), tables);
    const { tree } = await readPlainly(world.journal, world.parts.keys);
    await fresh.atRest((view) => {
      checkView(view);
      sameTree(view, tree);
      assert.deepEqual(view.skipped(), []);
    });
  }
});

it('does not give out a file whose stored bytes were changed or are gone, and heals it when the same content comes again', async () => {
  const world = makeWorld('rot');
  let spoil: 'changed' | 'gone' | 'no' = 'no';
  const puts: string[] = [];
  const chunks: ChunkStore = {
    get: async (id) => {
      const stored = await world.chunks.get(id);
      if (spoil === 'gone' || stored === null) return null;
      return spoil === 'changed' ? Uint8Array.from(stored).with(100, (stored[100] ?? 0) ^ 1) : stored;
    },
    put: (chunk) => {
      puts.push(chunk.id);
      return world.chunks.put(chunk);
    },
    sizeBytes: (id) => world.chunks.sizeBytes(id),
    list: () => world.chunks.list(),
  };
  const vault = await world.open({ chunks });
  const content = new Seeded('content').bytes(200_000);
  const write = async (name: string): Promise<Piece> => {
    done(await vault.put(nobody, [name], content, [], meta));
    const plan = await vault.plan([name], 0);
    assert.ok(plan.kind === 'plan');
    return present(plan.pieces[0], 'piece');
  };
  const piece = await write('f');
  assert.equal((await write('twin')).chunk, piece.chunk);
  assert.equal(puts.length, 1, 'the same content is stored once');
  for (const [how, code] of [
    ['changed', 'damaged'],
    ['gone', 'missing'],
  ] as const) {
    spoil = how;
    await assert.rejects(vault.readPiece(piece), (error) => isFault(error, code));
    puts.length = 0;
    await write('again');
    assert.deepEqual(puts, [piece.chunk], 'the bytes are written again in their place');
    spoil = 'no';
    assert.deepEqual(Buffer.from(await vault.readPiece(piece)), Buffer.from(content));
  }
});

it('never uses one key for two messages, over hundreds of changes by two programs and three epochs', async () => {
  const used = new Map<string, string>();
  for (const epochs of [1, 2, 3]) {
    const world = makeWorld('key uses', keysFor('key uses', epochs));
    const vaults = [
      await world.open({ random: new Seeded(`one ${epochs}`) }),
      await world.open({ random: new Seeded(`two ${epochs}`) }),
    ];
    const { pick } = new SeededNumbers(epochs);
    for (let round = 0; round < 25; round += 1) {
      const many = Array.from({ length: 5 }, async () => {
        const vault = present(vaults[pick(2)], 'vault');
        const path = [`f${pick(8)}`];
        // Of a few sizes, often the same content again, some large enough to be files.
        const content = concat(
          new Uint8Array([pick(4)]),
          new Uint8Array([10, 70_000, 300_000][pick(3)] ?? 1).fill(pick(3)),
          new Seeded(String(pick(3))).bytes(pick(2) * 70_000),
        );
        if (pick(6) === 0)
          return vault.lock(nobody, path, { infinite: false, exclusive: true, owner: '', timeoutMs: 1 });
        return pick(4) === 0 ? vault.trash(nobody, path) : vault.put(nobody, path, content, [], meta);
      });
      await Promise.all(many);
    }
    for (const { key, message } of await keysUsed(world)) {
      assert.equal(used.get(key) ?? message, message, 'one key, two messages');
      used.set(key, message);
    }
  }
  assert.ok(used.size > 200, `${used.size} keys`);
});
