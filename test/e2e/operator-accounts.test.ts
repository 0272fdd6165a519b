// What the one who runs the instance sees of its accounts.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { OperatorAccount } from '#faces/api/contract/operator.ts';
import { makeAccount } from '../support/account.ts';
import { ApiClient } from '../support/api-client.ts';
import { type Household, startHousehold } from './household.ts';

let home: Household;

before(async () => {
  home = await startHousehold();
});
after(() => home?.discard());

it('somebody who uses the browser alone counts as used', async () => {
  const { url, dataFolder } = home.server;
  const carol = await makeAccount(dataFolder, 'carol');
  const operator = await ApiClient.signIn(url, 'alice', home.alice.password);
  const lastUse = async (): Promise<number | null | undefined> =>
    (await operator.json<readonly OperatorAccount[]>('GET', '/operator/accounts')).find(({ name }) => name === 'carol')
      ?.lastUseMs;
  assert.equal(await lastUse(), null);
  const before = Date.now();
  await ApiClient.signIn(url, 'carol', carol.password);
  const used = await lastUse();
  assert.ok(typeof used === 'number' && used >= before, `last used ${used}`);
});
