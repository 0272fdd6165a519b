import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { coffre } from '../support/cli.ts';
import type { DavClient } from '../support/dav-client.ts';
import { restart, startServer, type TestServer } from '../support/server.ts';
import { checkChains } from './chains.ts';
import { loadClients, smallMix } from './load.ts';
import { needs } from './needs.ts';
import { type Call, readCalls } from './tracer.ts';

/** Whatever can take away, shorten or replace what a path names. */
const calls = [
  'unlink,unlinkat,rmdir,rename,renameat,renameat2,truncate,ftruncate,fallocate,creat,open,openat,openat2',
  'link,linkat,symlink,symlinkat,copy_file_range,write,pwrite64,writev,pwritev,pwritev2,ftruncate64',
].join(',');

/** Enough entries that a checkpoint is written when the server closes the vault. */
const entriesForCheckpoint = 520;
const clientCount = 6;
const stepsPerClient = 25;

it('works: Loss: purge script, faulty component: no call of the whole program removes, shortens or replaces a chunk', {
  skip: needs('strace'),
}, async (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-erase-'));
  let traces = 0;
  const traced = (): readonly string[] => {
    traces += 1;
    return [
      'strace',
      '--seccomp-bpf',
      '-f',
      '-y',
      '-s',
      '0',
      '-o',
      join(scratch, `trace-${traces}`),
      '-e',
      `trace=${calls}`,
    ];
  };
  const first = await startServer();
  let server: TestServer = first;
  try {
    await first.stop();
    server = await restart(first, { wrap: traced() });
    await underLoad(server.client());
    await byCommandLine(server, scratch, traced);
    await server.stop();
    assert.ok(readdirSync(join(server.dataFolder, 'checkpoints')).length > 0, 'no checkpoint was written');

    // Beside a stopped server the command line is the program; and then all of it once more from a checkpoint.
    await byCommandLine(server, scratch, traced);
    server = await restart(server, { wrap: traced() });
    await underLoad(server.client());
    await server.stop();

    const seen = readdirSync(scratch)
      .filter((name) => name.startsWith('trace-'))
      .flatMap((name) => readCalls(join(scratch, name)));
    const onChunks = seen.filter(({ text }) => text.includes('/data/chunks/'));
    // If the program wrote its chunks in a way that is not seen here, nothing would be proven.
    assert.ok(onChunks.filter(({ name }) => name === 'pwrite64').length > 20, 'the writes of chunks were not seen');
    assert.deepEqual(onChunks.filter(takesAway), []);
    const chains = await checkChains(server.dataFolder);
    t.diagnostic(`${seen.length} calls seen, ${onChunks.length} of them on chunk files; ${JSON.stringify(chains)}`);
  } finally {
    await server.discard();
    await first.discard();
    rmSync(scratch, { recursive: true, force: true });
  }
});

function takesAway({ name, text }: Call): boolean {
  if (name.startsWith('open')) return text.includes('O_TRUNC');
  return !name.includes('write');
}

async function underLoad(client: DavClient): Promise<void> {
  const clients = loadClients(clientCount, smallMix);
  await Promise.all(
    clients.map(async (each) => {
      for (let step = 0; step < stepsPerClient; step += 1) assert.equal(await each.step(client), true);
    }),
  );
  for (let from = 0; from < entriesForCheckpoint; from += 40) {
    const batch = Array.from({ length: 40 }, (_, index) => client.put(`small ${(from + index) % 50}`, randomBytes(20)));
    for (const { status } of await Promise.all(batch)) assert.ok(status === 201 || status === 204, String(status));
  }
}

/** Everything of the command line that changes something. */
async function byCommandLine(server: TestServer, scratch: string, traced: () => readonly string[]): Promise<void> {
  const { account, dataFolder } = server;
  assert.ok(account !== undefined);
  const { name } = account;
  const large = join(scratch, 'large');
  writeFileSync(large, randomBytes(300_000));
  const passwordFile = join(scratch, 'password');
  writeFileSync(passwordFile, account.password);
  const own = ['--data', dataFolder, '--password-file', passwordFile];
  const run = async (words: readonly string[], options: readonly string[] = own): Promise<string> => {
    const { code, out, err } = await coffre([...words, ...options], traced());
    assert.equal(code, 0, `${words.join(' ')}: ${err}`);
    return out;
  };
  await run(['put', large, `${name}:/`]);
  writeFileSync(large, randomBytes(300_000));
  await run(['put', large, `${name}:/`]);
  const versions = JSON.parse(await run(['versions', `${name}:/large`, '--json'])) as readonly {
    readonly version: string;
  }[];
  await run(['versions', 'restore', `${name}:/large`, versions.at(-1)?.version ?? '']);
  await run(['mv', `${name}:/large`, `${name}:/moved`]);
  await run(['rm', `${name}:/moved`]);
  await run(['trash', 'empty', name]);
  await run(['rewind', `${name}:/`, '--to-sequence', '3']);
  await run(['app-password', 'create', name, '--label', 'to be revoked']);
  await run(['app-password', 'revoke', name, 'to be revoked']);
  await run(['account', 'quota', name, '10GB'], ['--data', dataFolder]);
}
