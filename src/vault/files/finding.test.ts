import assert from 'node:assert/strict';
import { it } from 'node:test';
import { utf8 } from '#base/bytes.ts';
import { makeWorld, nobody } from '../../../test/vault/harness.ts';
import type { FilesVault } from './files-vault.ts';

const meta = { mtimeMs: undefined, type: undefined };
const put = (vault: FilesVault, ...path: readonly string[]): Promise<unknown> =>
  vault.put(nobody, path, utf8(path.join('/')), [], meta);

async function found(vault: FilesVault, text: string): Promise<readonly string[]> {
  return (await vault.finding.searchNames(text, 100)).map(({ path }) => path.join('/'));
}

it('works: Files: search by name finds every word in whatever case and accents, and follows what changes', async () => {
  const vault = await makeWorld('search').open();
  await vault.makeFolder(nobody, ['Été 2019']);
  await put(vault, 'Été 2019', 'Zoë à la plage.JPG');
  await put(vault, 'plage');
  await put(vault, 'displages.txt');
  await put(vault, 'la plage.txt');
  assert.deepEqual(await found(vault, 'plage'), [
    'plage',
    'la plage.txt',
    'Été 2019/Zoë à la plage.JPG',
    'displages.txt',
  ]);
  assert.deepEqual(await found(vault, 'ZOE plage'), ['Été 2019/Zoë à la plage.JPG']);
  assert.deepEqual(await found(vault, 'ete'), ['Été 2019']);
  assert.deepEqual(await found(vault, '  '), []);
  await vault.move(nobody, { from: ['plage'], to: ['mer'], overwrite: false });
  assert.deepEqual(await found(vault, 'mer'), ['mer']);
  await vault.trash(nobody, ['Été 2019']);
  assert.deepEqual(await found(vault, 'plage'), ['la plage.txt', 'displages.txt'], 'nothing from the trash');
  const [trashed] = await vault.trashed();
  await vault.restore(nobody, trashed?.id ?? assert.fail());
  assert.deepEqual(await found(vault, 'zoe'), ['Été 2019/Zoë à la plage.JPG']);
});

it('a folder is listed in pages, each entry once', async () => {
  const vault = await makeWorld('pages').open();
  await vault.makeFolder(nobody, ['f']);
  for (let i = 0; i < 25; i += 1) await put(vault, 'f', `file ${i}`);
  const names: string[] = [];
  let after: string | undefined;
  let pages = 0;
  do {
    const page = await vault.finding.listPage(['f'], after, 10);
    names.push(...(page?.children ?? []).map((each) => each.name));
    after = page?.next;
    pages += 1;
  } while (after !== undefined);
  assert.equal(pages, 3);
  assert.deepEqual(
    names,
    (await vault.list(['f']))?.children.map((each) => each.name),
  );
  assert.equal(await vault.finding.listPage(['none'], undefined, 10), undefined);
  assert.deepEqual((await vault.finding.listPage(['f', 'file 1'], undefined, 10))?.children, []);
});
