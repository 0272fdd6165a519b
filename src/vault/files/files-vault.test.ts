import assert from 'node:assert/strict';
import { it } from 'node:test';
import { present } from '#base/assert.ts';
import { utf8 } from '#base/bytes.ts';
import { type NodeId, rootNode } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import { SeededNumbers } from '#store/seeded-faults.ts';
import { makeWorld, nobody, type World } from '../../../test/vault/harness.ts';
import { type Listing, Model } from '../../../test/vault/model.ts';
import { checkView, dumpTables, sameTree } from '../../../test/vault/view-checks.ts';
import type { FilesVault } from './files-vault.ts';
import type { FilesView } from './files-view.ts';
import { childrenAt, walk } from './queries.ts';
import { readPlainly } from './second-reader.ts';
import type { WriteResult } from './types.ts';

const meta = { mtimeMs: undefined, type: undefined };
const names = ['a', 'b', 'c.txt', 'd.txt', 'é'];
const contents = Array.from({ length: 12 }, (_, i) => `content ${i}`);

function sumOf(content: string): string {
  return sha256(utf8(content)).toHex();
}

/** What the view holds, as the model lists it: content by its sum. */
function listingOf(view: FilesView): Listing {
  const listed = new Map<string, string>();
  for (const { path, row } of walk(view, rootNode, [])) {
    const text = path.join('/');
    if (row.version === null) listed.set(`${text}/`, '');
    else listed.set(text, present(view.version(row.version), 'version').sha256.toHex());
  }
  return listed;
}

function listingAt(view: FilesView, sequence: number): Listing {
  const listed = new Map<string, string>();
  const add = (folder: NodeId, above: string): void => {
    for (const child of childrenAt(view, folder, sequence)) {
      const path = `${above}${child.name}`;
      listed.set(
        child.isFolder ? `${path}/` : path,
        child.version === null ? '' : present(view.version(child.version), 'version').sha256.toHex(),
      );
      if (child.isFolder) add(child.id, `${path}/`);
    }
  };
  add(rootNode, '');
  return listed;
}

function inSums(listing: Listing): Listing {
  return new Map([...listing].map(([path, content]) => [path, path.endsWith('/') ? '' : sumOf(content)]));
}

function sorted(listing: Listing): readonly (readonly [string, string])[] {
  return [...listing].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Plays random commands to a vault and to the model, and holds one against the other. */
class Player {
  readonly #pick: (bound: number) => number;
  readonly model: Model = new Model();
  readonly vault: FilesVault;
  readonly done: Map<string, number> = new Map();
  #refused = 0;

  constructor(vault: FilesVault, seed: number) {
    this.vault = vault;
    this.#pick = new SeededNumbers(seed).pick;
  }

  #name(): string {
    return present(names[this.#pick(names.length)], 'name');
  }

  /** Mostly something that is there, or that was. */
  #known(): readonly string[] {
    const instant = this.#pick(8) === 0 ? this.#pick(this.model.instants.length) : undefined;
    const paths = [...this.model.listing(instant).keys()];
    const path = paths[this.#pick(paths.length + 1)];
    return path === undefined ? [this.#name()] : path.replace(/\/$/, '').split('/');
  }

  #target(): readonly string[] {
    if (this.#pick(3) === 0) return this.#known();
    const folders = [...this.model.listing().keys()].filter((path) => path.endsWith('/'));
    const folder = folders[this.#pick(folders.length + 1)];
    return [...(folder === undefined ? [] : folder.slice(0, -1).split('/')), this.#name()];
  }

  async step(): Promise<void> {
    const { model, vault } = this;
    const turn = this.#pick(20);
    const path = this.#target();
    if (turn < 5) {
      const content = contents[this.#pick(contents.length)] ?? '';
      await this.#expect('put', model.put(path, content), await vault.put(nobody, path, utf8(content), [], meta));
    } else if (turn < 8) {
      await this.#expect('folder', model.makeFolder(path), await vault.makeFolder(nobody, path));
    } else if (turn < 14) {
      const transfer = { from: this.#known(), to: path, overwrite: this.#pick(3) > 0 };
      const what = turn < 12 ? 'move' : 'copy';
      await this.#expect(
        what,
        model[what](transfer.from, transfer.to, transfer.overwrite),
        await vault[what](nobody, transfer),
      );
    } else if (turn < 16) {
      const known = this.#known();
      await this.#expect('trash', model.trash(known), await vault.trash(nobody, known));
    } else if (turn < 18) {
      const inTrash = model.trashed();
      const node = inTrash[this.#pick(inTrash.length + 1)];
      if (node === undefined) return;
      if (turn === 16) await this.#expect('restore', model.restore(node), await vault.restore(nobody, node.id));
      else await this.#expect('end', model.end(node), await vault.end(nobody, [node.id]));
    } else if (turn < 19) {
      await this.#pickVersion(this.#known());
    } else {
      const known = this.#pick(3) === 0 ? [] : this.#known();
      const sequence = this.#pick(model.instants.length);
      await this.#expect('rewind', model.rewind(known, sequence), await vault.rewind(nobody, known, sequence));
    }
  }

  async #pickVersion(path: readonly string[]): Promise<void> {
    const versions = (await this.vault.versions(path)) ?? [];
    const version = versions[this.#pick(versions.length + 1)];
    if (version === undefined) return;
    const content = present(
      contents.find((each) => sumOf(each) === version.sha256.toHex()),
      'content',
    );
    await this.#expect(
      'pick',
      this.model.pick(path, content),
      await this.vault.pickVersion(nobody, path, version.version),
    );
  }

  /** Done by the one when it was done by the other, with the same tree and the same trash after it. */
  async #expect(what: string, expected: boolean | 'done' | 'none' | 'refused', result: WriteResult): Promise<void> {
    const isExpected = expected === true || expected === 'done' || expected === 'none';
    assert.equal(
      result.kind,
      isExpected ? 'done' : 'refused',
      `${what}: ${result.kind === 'refused' ? result.why : 'done'}`,
    );
    if (expected === true || expected === 'done') this.model.keepInstant();
    assert.equal(this.vault.head.sequence, this.model.instants.length - 1, `${what}: one entry for each change`);
    if (isExpected) this.done.set(what, (this.done.get(what) ?? 0) + 1);
    else this.#refused += 1;
    await this.vault.atRest((view) => {
      assert.deepEqual(sorted(listingOf(view)), sorted(inSums(this.model.listing())), what);
      const ids = view.inState(1).map((row) => row.id);
      assert.deepEqual(
        ids.sort(),
        this.model
          .trashed()
          .map((node) => node.id)
          .sort(),
        `${what}: trash`,
      );
    });
  }

  /** Every instant that ever was, seen from now. */
  async checkInstants(): Promise<void> {
    await this.vault.atRest((view) => {
      this.model.instants.forEach((_, sequence) => {
        assert.deepEqual(
          sorted(listingAt(view, sequence)),
          sorted(inSums(this.model.listing(sequence))),
          `instant ${sequence}`,
        );
      });
    });
    const at = this.#pick(this.model.instants.length);
    const names = (await this.vault.listAt([], at))?.map((each) => each.name).sort();
    const expected = [...this.model.listing(at).keys()].map((path) => path.split('/')[0] ?? '');
    assert.deepEqual(names, [...new Set(expected)].sort());
    assert.equal(await this.vault.listAt(['never there'], at), undefined);
  }
}

async function checkReaders(world: World, player: Player): Promise<void> {
  const { parts, journal } = world;
  const again = await world.open();
  const { tree, head } = await readPlainly(journal, parts.keys);
  await player.vault.atRest((view, viewHead) => {
    checkView(view);
    assert.deepEqual(view.skipped(), [], 'a command decides nothing that cannot be applied');
    sameTree(view, tree);
    assert.deepEqual(head, viewHead);
  });
  const folded = await again.atRest(dumpTables);
  assert.deepEqual(folded, await player.vault.atRest(dumpTables), 'folded from the first entry');
  for (let sequence = 0; sequence < player.model.instants.length; sequence += 7) {
    const then = await readPlainly(journal, parts.keys, sequence);
    const listed = new Map(
      [...then.tree.walk()].map(({ path, node }) => [
        node.version === null ? `${path.join('/')}/` : path.join('/'),
        '',
      ]),
    );
    for (const file of then.tree.files()) listed.set(file.path.join('/'), file.sha256.toHex());
    assert.deepEqual(sorted(listed), sorted(inSums(player.model.listing(sequence))), `second reader at ${sequence}`);
  }
  await again.close();
}

async function play(seed: number, steps: number): Promise<Player> {
  const world = makeWorld(`files ${seed}`);
  const player = new Player(await world.open(), seed);
  for (let i = 0; i < steps; i += 1) {
    await player.step().catch((error: unknown) => {
      throw new Error(`seed ${seed}, step ${i}`, { cause: error });
    });
  }
  await player.checkInstants();
  await checkReaders(world, player);
  await player.vault.close();
  return player;
}

it('works: Files: every change, its trash and every earlier instant are what a simple model says', async () => {
  const done = new Map<string, number>();
  for (let seed = 1; seed <= 20; seed += 1) {
    const player = await play(seed, 100);
    for (const [what, count] of player.done) done.set(what, (done.get(what) ?? 0) + count);
  }
  for (const what of ['put', 'folder', 'move', 'copy', 'trash', 'restore', 'end', 'pick', 'rewind']) {
    assert.ok((done.get(what) ?? 0) >= 20, `${what} was done ${done.get(what) ?? 0} times`);
  }
});
