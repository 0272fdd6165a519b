// Keeps data folders as the program of today makes them, so that every later program is tested on them. One is that of a
// server which was stopped, one that of a server whose power button was pressed. What is there already is never made again.
//
//   node test/vectors/folders/make.ts NAME       writes NAME-stopped.tar.gz, NAME-killed.tar.gz and their lists
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../../faults/commands.ts';
import { answerOf, makeAccount, type TestAccount, withControl } from '../../support/account.ts';
import type { DavClient } from '../../support/dav-client.ts';
import { restart, startServer, type TestServer } from '../../support/server.ts';
import { type KeptFolder, treeOf, vaultsOf } from './kept.ts';

/** Enough entries for a checkpoint when the vault is closed. */
const manyFolders = 520;

async function main(name: string): Promise<void> {
  for (const ending of ['stopped', 'killed'] as const) {
    const archive = join(import.meta.dirname, `${name}-${ending}.tar.gz`);
    if (existsSync(archive)) throw new Error(`${archive} is there already`);
    const scratch = mkdtempSync(join(tmpdir(), 'coffre-kept-'));
    try {
      const kept = await fill(join(scratch, 'data'), ending);
      rmSync(join(scratch, 'data', 'control.sock'), { force: true });
      rmSync(join(scratch, 'data', 'journal.db-shm'), { force: true });
      command('tar', '-C', scratch, '--owner=0', '--group=0', '--sort=name', '-czf', archive, 'data', 'data.key');
      writeFileSync(archive.replace('.tar.gz', '.json'), `${JSON.stringify(kept, undefined, 1)}\n`);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
}

async function fill(dataFolder: string, ending: 'stopped' | 'killed'): Promise<KeptFolder> {
  const alice = await makeAccount(dataFolder, 'alice');
  const bob = await makeAccount(dataFolder, 'bob');
  const operatorKit = await makeOperatorKit(dataFolder);
  const first = await startServer({ dataFolder, account: alice });
  await work(first.client());
  await first.stop();
  // From here on the vaults of alice are in their second epoch.
  await revokeOne(dataFolder, alice);
  const server = await restart(first);
  const files = server.client();
  await done(files.put('after the revocation.txt', Buffer.from('sealed with the keys of epoch 2')), 201);
  await done(vaultsOf(server.url, alice).documents.put('contract.pdf', noise(30_000, 5)), 201);
  await done(vaultsOf(server.url, bob).files.put("bob's.txt", Buffer.from('nobody else reads this')), 201);
  if (ending === 'stopped') {
    for (let n = 0; n < manyFolders; n += 1) await done(files.makeFolder(`many/${n}`), 201);
  }
  const kept = await describe(server, [alice, bob], operatorKit);
  await (ending === 'stopped' ? server.stop() : server.kill9());
  return kept;
}

/** Every kind of operation, small and large content, names that are hard. */
async function work(client: DavClient): Promise<void> {
  await done(client.makeFolder('photos'), 201);
  await done(client.makeFolder('many'), 201);
  await done(client.put('photos/large.jpg', noise(100_000, 1)), 201);
  await done(client.put('photos/two pieces.txt', Buffer.alloc(4_300_000, 'the same words again and again, ')), 201);
  await done(client.put('photos/large.jpg', noise(90_000, 2)), 204);
  await done(client.put('caf\u00e9 \u{1f511}.txt', Buffer.from('one name')), 201);
  await done(client.put('cafe\u0301 \u{1f511}.txt', Buffer.from('another name')), 201);
  await done(client.put('empty', new Uint8Array()), 201);
  await done(client.put('gone.txt', Buffer.from('in the trash')), 201);
  await done(client.remove('gone.txt'), 204);
  await done(client.copy('photos', 'photos, copied'), 201);
  await done(client.move('photos', 'pictures'), 201);
}

async function describe(
  server: TestServer,
  accounts: readonly TestAccount[],
  operatorKit: string,
): Promise<KeptFolder> {
  const described = [];
  for (const account of accounts) {
    const vaults = vaultsOf(server.url, account);
    const trash = await withControl(server.dataFolder, async (control) => {
      const { ticket } = await answerOf<{ ticket: string }>(control, 'unlock', {
        name: account.name,
        kit: account.kit,
      });
      return answerOf<readonly { name: string }[]>(control, 'trash', { ticket, vault: 'files' });
    });
    described.push({
      ...account,
      files: await treeOf(vaults.files),
      documents: await treeOf(vaults.documents),
      trash: trash.map((each) => each.name),
    });
  }
  return { operatorKit, accounts: described };
}

async function makeOperatorKit(dataFolder: string): Promise<string> {
  return withControl(dataFolder, async (control) => {
    const { kit } = await answerOf<{ kit: { identity: string } }>(control, 'operator-kit.create', {});
    await answerOf(control, 'operator-kit.prove', { kit: kit.identity });
    return kit.identity;
  });
}

async function revokeOne(dataFolder: string, { name, kit }: TestAccount): Promise<void> {
  await withControl(dataFolder, async (control) => {
    const first = await answerOf<{ ticket: string }>(control, 'unlock', { name, kit });
    await answerOf(control, 'app-password.create', { ticket: first.ticket, label: 'lost phone', vaults: ['files'] });
    await answerOf(control, 'app-password.revoke', { ticket: first.ticket, credential: 'lost phone' });
    await answerOf(control, 'account.quota', { name, quotaBytes: 1_000_000_000 });
  });
}

async function done(answer: Promise<{ readonly status: number }>, wanted: number): Promise<void> {
  const { status } = await answer;
  if (status !== wanted) throw new Error(`answered ${status} instead of ${wanted}`);
}

/** Bytes that do not compress, always the same. */
function noise(length: number, seed: number): Buffer {
  const parts = Array.from({ length: Math.ceil(length / 32) }, (_, n) => {
    return createHash('sha256').update(`${seed} ${n}`).digest();
  });
  return Buffer.concat(parts).subarray(0, length);
}

const [name] = process.argv.slice(2);
if (name === undefined) throw new Error('the folder wants a name: format-1');
await main(name);
