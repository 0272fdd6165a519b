import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { Fault, isFault } from '#base/fault.ts';
import { accountIdOf, vaultIdOf } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { randomBytes } from '#crypto/primitives.ts';
import type { FilesPort } from '#vault/files/port.ts';
import { noConditions } from '#vault/files/port.ts';
import { Caller, type Methods, serveCalls } from './rpc.ts';
import type { OpenRequest, Stamp } from './vault-hosting.ts';
import { type LinkAlarms, linkVault } from './vault-link.ts';

const request: OpenRequest = {
  vault: vaultIdOf(randomBytes(16)),
  account: accountIdOf(randomBytes(16)),
  secret: new Secret(randomBytes(32)),
  epochs: [],
  quotaBytes: undefined,
};
const own: Stamp = { vault: request.vault, account: request.account };
const strangers: readonly Stamp[] = [
  { ...own, vault: vaultIdOf(randomBytes(16)) },
  { ...own, account: accountIdOf(randomBytes(16)) },
];

/** A link to a thread that answers every call like this. */
async function linked(
  methods: Methods,
  work: (files: FilesPort, told: { mismatches: number; readonly faults: string[] }) => Promise<void>,
): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const told = { mismatches: 0, faults: [] as string[] };
  const alarms: LinkAlarms = {
    onMismatch: () => {
      told.mismatches += 1;
    },
    onFault: async (vault, { code }) => {
      told.faults.push(`${vault} ${code}`);
    },
  };
  serveCalls(port2, methods);
  try {
    await work(linkVault(new Caller(port1), request, alarms), told);
  } finally {
    port1.close();
  }
}

const heldBack = (error: unknown): boolean => isFault(error, 'unavailable') && /held back/.test(error.message);

test('works: Accounts: an answer that was made for somebody else is held back, and the operator is told', async () => {
  const canary = 'a canary of somebody else';
  for (const stamp of strangers) {
    await linked({ call: () => ({ stamp, value: canary }) }, async (files, told) => {
      await assert.rejects(files.stat([]), heldBack);
      assert.equal(told.mismatches, 1);
    });
    await linked({ call: () => ({ closed: true, args: [] }), open: () => stamp }, async (files, told) => {
      await assert.rejects(files.stat([]), heldBack);
      assert.equal(told.mismatches, 1);
    });
  }
  await linked({ call: () => ({ stamp: own, value: canary }) }, async (files, told) => {
    assert.equal(await files.stat([]), canary);
    assert.equal(told.mismatches, 0);
  });
});

test('the answers to an upload are held back like any other', async () => {
  const caller = { by: undefined, conditions: noConditions };
  const meta = { mtimeMs: undefined, type: undefined };
  for (const stamp of strangers) {
    const methods = {
      uploadBegin: () => ({ stamp: own, value: 1 }),
      uploadAdd: () => ({ stamp, value: 'stored' }),
      uploadWrite: () => ({ stamp, value: { kind: 'refused', why: 'over-quota' } }),
    };
    await linked(methods, async (files, told) => {
      const upload = files.upload(undefined, []);
      await assert.rejects(upload.add(new Uint8Array(1)), heldBack);
      await assert.rejects(upload.write(caller, ['a'], meta), heldBack);
      assert.equal(told.mismatches, 2);
    });
  }
});

test('faults that a call or an upload meets are told, with the vault that they hit', async () => {
  const fail = (code: 'damaged' | 'disk-full') => (): never => {
    throw new Fault(code, 'Something is wrong.');
  };
  const methods = {
    call: fail('damaged'),
    uploadBegin: () => ({ stamp: own, value: 1 }),
    uploadAdd: fail('disk-full'),
  };
  await linked(methods, async (files, told) => {
    await assert.rejects(files.stat([]), (error) => isFault(error, 'damaged'));
    await assert.rejects(files.upload(undefined, []).add(new Uint8Array(1)), (error) => isFault(error, 'disk-full'));
    assert.deepEqual(told.faults, [`${request.vault} damaged`, `${request.vault} disk-full`]);
  });
});
