import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isFault } from '#base/fault.ts';
import { accountIdOf } from '#base/ids.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { MemoryDisk } from '#store/disk-memory.ts';
import { JournalMemory } from '#store/journal/memory-journal.ts';
import { keysFor, nobody, SteppingClock } from '../../test/vault/harness.ts';
import { Seeded } from '../../test/vectors/values.ts';
import { type OpenRequest, VaultHosting } from './vault-hosting.ts';

interface Stand {
  readonly hosting: VaultHosting;
  readonly request: OpenRequest;
  /** From here on appends wait until they are let go. */
  hold(): () => void;
}

function stand(name: string): Stand {
  const keys = keysFor(name);
  const journal = new JournalMemory().start();
  const disk = new MemoryDisk().start();
  const random = new Seeded(`hosting ${name}`);
  const hosting = new VaultHosting({
    journal,
    chunks: new ChunkFiles(disk),
    disk,
    clock: new SteppingClock(),
    random,
    memoryBudgetBytes: Number.MAX_SAFE_INTEGER,
  });
  const { vault, current } = keys;
  const epochs = [{ epoch: 1, inboxPublic: current.inboxPublic, previous: null }];
  const request = {
    vault,
    account: accountIdOf(random.bytes(16)),
    secret: current.secret,
    epochs,
    quotaBytes: undefined,
  };
  const hold = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const append = journal.append.bind(journal);
    journal.append = async (appended) => {
      await promise;
      return append(appended);
    };
    return resolve;
  };
  return { hosting, request, hold };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('a vault that is opened while it is being closed shows what was under way', async () => {
  const { hosting, request, hold } = stand('beside');
  const { vault } = await hosting.open(request);
  const letGo = hold();
  const writing = vault.makeFolder(nobody, ['made']);
  await turn();
  const closing = hosting.close(request.vault, 1);
  const opening = hosting.open(request);
  for (let turns = 0; turns < 20; turns += 1) await turn();
  letGo();
  assert.equal((await writing).kind, 'done');
  await closing;
  const again = await opening;
  assert.equal((await again.vault.stat(['made']))?.isFolder, true);
});

it('who knows fewer epochs than there are opens nothing, also while the vault is open', async () => {
  const { hosting, request } = stand('epochs');
  await hosting.open(request);
  await hosting.close(request.vault, 2);
  await assert.rejects(hosting.open(request), (error) => isFault(error, 'unavailable'));
  await hosting.close(request.vault, 1);
  await hosting.open(request);
});
