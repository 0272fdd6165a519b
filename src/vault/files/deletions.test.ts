import assert from 'node:assert/strict';
import { it } from 'node:test';
import { present } from '#base/assert.ts';
import { toHex, utf8 } from '#base/bytes.ts';
import { credentialIdOf } from '#base/ids.ts';
import { makeWorld, SteppingClock, type World } from '../../../test/vault/harness.ts';
import type { Caller } from './commands.ts';
import { readDeletions, versionsOfUnaccepted, wishesOf } from './deletions.ts';
import type { FilesVault } from './files-vault.ts';
import { readLostSince } from './lost-since.ts';
import { Reach } from './reach.ts';
import type { MassDeletionNotice } from './removal-count.ts';
import { readPlainly } from './second-reader.ts';

const caller = (number: number): Caller => ({
  by: credentialIdOf(new Uint8Array(16).fill(number)),
  conditions: {},
});
const owner = caller(1);
const mad = caller(2);
const meta = { mtimeMs: undefined, type: undefined };

interface Stand {
  readonly world: World;
  readonly vault: FilesVault;
  readonly notices: MassDeletionNotice[];
  put(who: Caller, name: string, text: string): Promise<void>;
  trash(who: Caller, ...path: readonly string[]): Promise<void>;
  /** Path to content, of everything that is seen, by the second reader. */
  seen(): Promise<Record<string, string>>;
  deletions(): ReturnType<typeof readDeletions>;
}

async function stand(seed: string, files: number): Promise<Stand> {
  const world = makeWorld(seed);
  const notices: MassDeletionNotice[] = [];
  const vault = await world.open({ clock: new SteppingClock(), onMassDeletion: (notice) => notices.push(notice) });
  const put = async (who: Caller, path: string, text: string): Promise<void> => {
    assert.equal((await vault.put(who, path.split('/'), utf8(text), [], meta)).kind, 'done');
  };
  await vault.makeFolder(owner, ['photos']);
  await vault.makeFolder(owner, ['photos', 'summer']);
  for (let n = 0; n < files; n += 1) await put(owner, `photos/summer/${n}.jpg`, `picture ${n}`);
  return {
    world,
    vault,
    notices,
    put,
    trash: async (who, ...path) => assert.equal((await vault.trash(who, path)).kind, 'done'),
    seen: async () => {
      const { tree } = await readPlainly(world.journal, world.parts.keys);
      return Object.fromEntries([...tree.files()].map((each) => [each.path.join('/'), toHex(each.sha256)]));
    },
    deletions: () => readDeletions(world.journal, world.parts.keys),
  };
}

const paths = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `photos/summer/${n}.jpg`);

it('notices one credential that trashes many files, while it happens and from the journal; not fewer', async () => {
  const few = await stand('few', 80);
  for (const path of paths(50)) await few.trash(mad, ...path.split('/'));
  assert.deepEqual([(await few.deletions()).deletions, few.notices], [[], []]);
  await few.trash(mad, 'photos', 'summer', '50.jpg');
  assert.deepEqual(few.notices, [{ vault: few.vault.id, by: mad.by, files: 51 }]);
  const [deletion, ...more] = (await few.deletions()).deletions;
  assert.deepEqual(more, []);
  assert.deepEqual(
    [deletion?.by, deletion?.files.length, deletion?.filesBefore, deletion?.isAccepted],
    [mad.by, 51, 80, false],
  );
});

it('counts a tenth of a large vault, whole folders, and each credential for itself', async () => {
  const large = await stand('large', 700);
  for (const path of paths(70)) await large.trash(path.endsWith('0.jpg') ? owner : mad, ...path.split('/'));
  assert.deepEqual((await large.deletions()).deletions, []);
  await large.trash(mad, 'photos');
  const [deletion] = (await large.deletions()).deletions;
  assert.deepEqual([deletion?.by, deletion?.files.length], [mad.by, 700 - 7]);
  assert.equal(large.notices.length, 1);
});

it('does not take saving, save patterns of editors, moving inside the vault, or a rewind of it for a deletion', async () => {
  const calm = await stand('calm', 60);
  const before = calm.vault.head.sequence;
  for (const path of paths(60)) {
    // A temporary file that is moved over the target, for less than the number that counts.
    if (Number(path.match(/\d+/)?.[0]) < 40) {
      await calm.put(mad, `${path}.tmp`, `${path} edited`);
      await calm.vault.move(mad, { from: `${path}.tmp`.split('/'), to: path.split('/'), overwrite: true });
    }
  }
  for (let n = 0; n < 100; n += 1) await calm.put(mad, 'photos/diary.txt', `line ${n}`);
  for (let n = 0; n < 60; n += 1) {
    await calm.put(mad, `photos/new-${n}`, '');
    await calm.put(mad, `photos/new-${n}`, 'then the content');
  }
  await calm.vault.makeFolder(mad, ['elsewhere']);
  await calm.vault.move(mad, { from: ['photos', 'summer'], to: ['elsewhere', 'summer'], overwrite: false });
  await calm.vault.move(mad, { from: ['elsewhere', 'summer'], to: ['photos', 'summer'], overwrite: false });
  await calm.vault.rewind(owner, ['photos', 'summer'], before);
  assert.deepEqual([(await calm.deletions()).deletions, calm.notices], [[], []]);
});

it('works: Deletions: what ransomware overwrote and renamed comes back to its places, and what others did since stays', async () => {
  const hit = await stand('ransom', 60);
  const before = await hit.seen();
  for (const path of paths(60)) {
    await hit.put(mad, path, `encrypted ${path}`);
    await hit.vault.move(mad, { from: path.split('/'), to: `${path}.locked`.split('/'), overwrite: false });
  }
  assert.equal(hit.notices.length, 1);
  await hit.put(owner, 'photos/summer/7.jpg.locked', 'the owner wrote here since');
  await hit.put(owner, 'photos/added.txt', 'by the owner, since');
  const [deletion, ...more] = (await hit.deletions()).deletions;
  assert.deepEqual([deletion?.files.length, more.length], [60, 0]);
  const found = present(deletion, 'deletion');
  const held = versionsOfUnaccepted((await hit.deletions()).deletions);
  assert.equal(new Set(held).size, 60);
  const accept = { deletion: found.id, upTo: found.last };
  assert.equal((await hit.vault.bringBack(owner, { wishes: wishesOf(found), accept })).kind, 'done');
  const { 'photos/added.txt': added, 'photos/summer/7.jpg': seventh, ...others } = await hit.seen();
  const { 'photos/summer/7.jpg': seventhBefore, ...othersBefore } = before;
  assert.deepEqual(others, othersBefore);
  assert.ok(added !== undefined && seventh !== undefined && seventh !== seventhBefore, 'what others did since stays');
  const after = await hit.deletions();
  assert.deepEqual(
    after.deletions.map((each) => each.isAccepted),
    [true],
  );
  assert.equal(versionsOfUnaccepted(after.deletions).length, 0);
});

it('brings a trashed folder back whole, with what was trashed one by one before, and gives a taken name a number', async () => {
  const hit = await stand('folders', 120);
  const before = await hit.seen();
  await hit.trash(owner, 'photos', 'summer', '119.jpg');
  for (const path of paths(60)) await hit.trash(mad, ...path.split('/'));
  await hit.trash(mad, 'photos');
  await hit.vault.makeFolder(owner, ['photos']);
  const found = present((await hit.deletions()).deletions[0], 'deletion');
  assert.equal(found.files.length, 119);
  await hit.vault.bringBack(owner, { wishes: wishesOf(found), accept: undefined });
  const { 'photos/summer/119.jpg': _owners, ...expected } = before;
  const renamed = Object.fromEntries(
    Object.entries(expected).map(([k, v]) => [k.replace('photos/', 'photos (2)/'), v]),
  );
  assert.deepEqual(await hit.seen(), renamed);
});

it('is not forgotten after a restart, and is acknowledged only as far as the owner has seen it', async () => {
  const hit = await stand('accept', 120);
  for (const path of paths(60)) await hit.trash(mad, ...path.split('/'));
  const first = present((await hit.deletions()).deletions[0], 'deletion');
  await hit.vault.bringBack(owner, { wishes: [], accept: { deletion: first.id, upTo: first.last } });
  assert.equal((await hit.deletions()).deletions[0]?.isAccepted, true);
  await hit.vault.close();
  const again = await hit.world.open();
  await again.trash(mad, ['photos', 'summer', '60.jpg']);
  const [more] = (await hit.deletions()).deletions;
  assert.deepEqual([more?.id, more?.files.length, more?.isAccepted], [first.id, 61, false]);
});

it('names what is gone or changed since an instant, exactly, and brings back what is gone', async () => {
  const hit = await stand('since', 20);
  const before = await hit.seen();
  const then = hit.vault.head.sequence;
  // What a faulty component may write: valid operations that nobody asked for.
  await hit.trash(mad, 'photos', 'summer', '3.jpg');
  await hit.put(mad, 'photos/summer/4.jpg', 'something else');
  await hit.vault.move(owner, { from: ['photos', 'summer', '5.jpg'], to: ['five.jpg'], overwrite: false });
  await hit.trash(owner, 'photos', 'summer', '6.jpg');
  await hit.put(owner, 'photos/summer/6.jpg', 'picture 6');
  await hit.put(owner, 'new.txt', 'new');
  await hit.put(mad, 'photos/summer/8.jpg', 'emptier');
  await hit.trash(mad, 'photos', 'summer', '8.jpg');
  const report = await readLostSince(hit.world.journal, hit.world.parts.keys, then);
  assert.deepEqual(report.lost.map((each) => [each.path.at(-1), each.how, each.did?.by]).sort(), [
    ['3.jpg', 'gone', mad.by],
    ['4.jpg', 'changed', mad.by],
    ['8.jpg', 'gone', mad.by],
  ]);
  await hit.vault.bringBack(owner, { wishes: report.wishes(false), accept: undefined });
  const { 'five.jpg': five, 'new.txt': added, 'photos/summer/4.jpg': four, ...others } = await hit.seen();
  const { 'photos/summer/4.jpg': fourBefore, 'photos/summer/5.jpg': fiveBefore, ...othersBefore } = before;
  assert.deepEqual([others, five], [othersBefore, fiveBefore]);
  assert.ok(added !== undefined && four !== fourBefore);
  const still = await readLostSince(hit.world.journal, hit.world.parts.keys, then);
  assert.deepEqual(
    still.lost.map((each) => each.how),
    ['changed'],
  );
  await hit.vault.bringBack(owner, { wishes: still.wishes(true), accept: undefined });
  assert.equal((await hit.seen())['photos/summer/4.jpg'], fourBefore);
});

it('lets no sweep drop what a mass deletion overwrote, however old it is, until the owner accepts it', async () => {
  const hit = await stand('sweep', 60);
  for (const path of paths(60)) await hit.put(mad, path, `encrypted ${path}`);
  const unreached = async (): Promise<number> => {
    const reach = new Reach(hit.world.journal, hit.world.parts.keys, Number.MAX_SAFE_INTEGER);
    await reach.reader.catchUp();
    return reach.unreached().length;
  };
  assert.equal(await unreached(), 0);
  const found = present((await hit.deletions()).deletions[0], 'deletion');
  await hit.vault.bringBack(owner, { wishes: [], accept: { deletion: found.id, upTo: found.last } });
  assert.equal(await unreached(), 60);
});
