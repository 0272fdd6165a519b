import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeId } from '#base/ids.ts';
import { makeWorld, nobody } from '../../../test/vault/harness.ts';
import { Seeded } from '../../../test/vectors/values.ts';
import type { FilesVault } from './files-vault.ts';
import { SharedPart } from './shared-part.ts';
import type { Path } from './types.ts';

const noMeta = { mtimeMs: undefined, type: undefined };
const names = ['a', 'A', 'b', '\u00e9', 'e\u0301', 'c'];

const portOf = (vault: FilesVault): ConstructorParameters<typeof SharedPart>[0] => ({
  listBelow: (base, path) => vault.below.listBelow(base, path),
  planBelow: (base, path) => vault.below.planBelow(base, path),
  readPiece: (piece) => vault.readPiece(piece),
});

/** What a person sees below a node, found the long way round: by full paths from the root. */
async function truth(vault: FilesVault, node: NodeId): Promise<ReadonlyMap<string, NodeId>> {
  const where = await vault.below.whereIs(node);
  const found = new Map<string, NodeId>();
  const walk = async (full: Path, relative: Path): Promise<void> => {
    const listing = await vault.list(full);
    if (listing === undefined) return;
    found.set(JSON.stringify(relative), listing.self.id);
    for (const child of listing.children) await walk([...full, child.name], [...relative, child.name]);
  };
  if (where !== undefined) await walk(where.path, []);
  return found;
}

async function change(vault: FilesVault, chance: () => number): Promise<void> {
  const some = (most: number): Path =>
    Array.from({ length: 1 + (chance() % most) }, () => names[chance() % names.length] ?? 'a');
  // Half of it happens below the folder that is shared, as long as that stands where it was.
  const path = (): Path => (chance() % 2 === 0 ? ['a', 'b', ...some(2)] : some(3));
  switch (chance() % 7) {
    case 0:
    case 1:
      await vault.makeFolder(nobody, path());
      return;
    case 2:
      await vault.put(nobody, path(), new Uint8Array([chance() % 256]), [], noMeta);
      return;
    case 3:
    case 4:
    case 5:
      await vault.move(nobody, { from: path(), to: path(), overwrite: chance() % 2 === 0 });
      return;
    default:
      await vault.trash(nobody, path());
  }
}

test('works: Sharing: whatever is made, moved and trashed around it, a shared folder shows what is below it and nothing else', async () => {
  let asked = 0;
  for (let seed = 0; seed < 12; seed += 1) {
    const random = new Seeded(`scope ${seed}`);
    const chance = (): number => new DataView(random.bytes(4).buffer).getUint32(0);
    const vault = await makeWorld(`scope ${seed}`).open();
    await vault.makeFolder(nobody, ['a']);
    const made = await vault.makeFolder(nobody, ['a', 'b']);
    const node = made.kind === 'done' ? made.node.id : assert.fail();
    const part = new SharedPart(portOf(vault), node);
    for (let step = 0; step < 60; step += 1) {
      await change(vault, chance);
      const expected = await truth(vault, node);
      const allowed = new Set(expected.values());
      for (const [path, id] of expected) assert.equal((await part.list(JSON.parse(path) as Path))?.self.id, id);
      for (const path of [
        [],
        ...names.map((name) => [name]),
        ...names.map((name) => ['b', name]),
        ['..'],
        ['..', 'a'],
      ]) {
        const listing = await part.list(path);
        const plan = await part.plan(path);
        for (const info of [
          listing?.self,
          ...(listing?.children ?? []),
          plan.kind === 'plan' ? plan.info : undefined,
        ]) {
          if (info === undefined) continue;
          asked += 1;
          assert.ok(allowed.has(info.id), `seed ${seed}, step ${step}: ${JSON.stringify(path)} shows ${info.name}`);
        }
      }
    }
    await vault.close();
  }
  assert.ok(asked > 500, `only ${asked} answers were looked at`);
});

test('a part gives out pieces of its own plans only', async () => {
  const vault = await makeWorld('pieces').open();
  await vault.put(nobody, ['beside'], new TextEncoder().encode('not shared'), [], noMeta);
  const made = await vault.put(nobody, ['shared'], new TextEncoder().encode('shared'), [], noMeta);
  const part = new SharedPart(portOf(vault), made.kind === 'done' ? made.node.id : assert.fail());
  const [own] = await part.plan([]).then((plan) => (plan.kind === 'plan' ? plan.pieces : []));
  const [other] = await vault.plan(['beside'], 0).then((plan) => (plan.kind === 'plan' ? plan.pieces : []));
  assert.equal(new TextDecoder().decode(await part.readPiece(own ?? assert.fail())), 'shared');
  assert.throws(() => part.readPiece(other ?? assert.fail()), RangeError);
});
