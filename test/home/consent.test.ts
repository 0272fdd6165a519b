// Consent × purpose: nothing without, exactly what was declared with, nothing after. On the real program.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { purposeNames } from '#home/purposes.ts';
import type { CliResult } from '../support/cli.ts';
import { adoptedModel } from './hub.ts';
import { type Listener, listen } from './listener.ts';

interface Shown {
  readonly sha256: string;
  readonly text: string;
}
interface Line {
  readonly n: number;
  readonly what: string;
  readonly payload?: string;
  readonly to?: string;
}

describe('consent', () => {
  let adopted: Awaited<ReturnType<typeof adoptedModel>>;
  let outside: Listener;
  before(async () => {
    adopted = await adoptedModel();
    outside = await listen();
    outside.answerWith(Buffer.from('{"profiles":{}}'));
  });
  after(async () => {
    await outside.close();
    await adopted.router.close();
    adopted.hub.discard();
  });

  const hub = (...args: readonly string[]): Promise<CliResult> => adopted.hub.run(...args);
  const json = async <Value>(...args: readonly string[]): Promise<Value> => {
    const { code, out, err } = await hub(...args, '--json');
    assert.equal(code, 0, err);
    return JSON.parse(out) as Value;
  };
  const agree = async (purpose: string): Promise<void> => {
    const { sha256 } = await json<Shown>('consent', 'show', purpose, outside.origin);
    const given = await hub('consent', 'give', purpose, outside.origin, '--agree', sha256.slice(0, 12));
    assert.equal(given.code, 0, given.err);
  };
  const ledger = (): Promise<readonly Line[]> => json<readonly Line[]>('egress', 'log');

  /** Each purpose, and the one command that sends for it. */
  const actions: Readonly<Record<string, readonly string[]>> = {
    'update-list': ['update', 'look'],
    'update-image': ['update', 'fetch'],
  };
  const act = (purpose: string): Promise<CliResult> =>
    hub(...(actions[purpose] ?? []), `${outside.origin}/releases/${purpose}.json`);
  const expected = (purpose: string): string =>
    `GET /releases/${purpose}.json HTTP/1.1\r\nHost: ${new URL(outside.origin).host}\r\nConnection: close\r\n\r\n`;

  it('works: Home: nothing leaves without a consent, exactly what it says leaves with it, and nothing after it was withdrawn', async () => {
    assert.deepEqual(Object.keys(actions).toSorted(), [...purposeNames].toSorted());
    for (const purpose of purposeNames) {
      const [connections, lines] = [outside.received.length, (await ledger()).length];
      for (const other of purposeNames) if (other !== purpose) await agree(other);
      const before = await act(purpose);
      assert.equal(before.code, 1, before.err);
      assert.match(before.err, new RegExp(`there is no consent for ${purpose}`));
      assert.equal(outside.received.length, connections);

      await agree(purpose);
      const allowed = await act(purpose);
      assert.equal(allowed.code, 0, allowed.err);
      assert.deepEqual(outside.received.slice(connections), [expected(purpose)]);
      const added = (await ledger()).slice(lines);
      assert.equal(added.findLast(({ what }) => what === 'sends')?.payload, expected(purpose));
      assert.deepEqual(
        added.map(({ what }) => what),
        ['stopped', 'sends', 'answered'],
      );

      for (const each of purposeNames) assert.equal((await hub('consent', 'withdraw', each, outside.origin)).code, 0);
      assert.equal((await act(purpose)).code, 1);
      assert.equal(outside.received.length, connections + 1);
    }
  });

  it('is about one text: another hash, another host and another purpose are refused', async () => {
    const { sha256, text } = await json<Shown>('consent', 'show', 'update-image', outside.origin);
    assert.ok(text.includes('GET {path} HTTP/1.1'), text);
    const other = await json<Shown>('consent', 'show', 'update-image', 'https://example.org');
    assert.notEqual(other.sha256, sha256);
    for (const hash of [other.sha256, sha256.slice(0, 11), '0'.repeat(64)])
      assert.equal((await hub('consent', 'give', 'update-image', outside.origin, '--agree', hash)).code, 1);
    for (const origin of ['ftp://example.org', 'https://user@example.org', 'https://example.org/path', 'example.org'])
      assert.equal((await hub('consent', 'show', 'update-image', origin)).code, 2, origin);
    assert.equal((await hub('consent', 'show', 'telemetry', outside.origin)).code, 2);
  });

  it('sends nothing while the register of consents cannot be believed', async () => {
    await agree('update-image');
    const path = adopted.hub.path('consents.jsonl');
    const text = readFileSync(path, 'utf8');
    const connections = outside.received.length;
    writeFileSync(path, text.replace('"withdrawn"', '"given"'));
    const refused = await act('update-image');
    assert.equal(refused.code, 7, refused.err);
    assert.equal(outside.received.length, connections);
    writeFileSync(path, text);
  });

  it('says what it keeps and what may leave', async () => {
    const { out } = await hub('what-it-collects');
    assert.match(out, /egress\.jsonl/);
    assert.match(out, new RegExp(`update-image at ${outside.origin.replaceAll('.', '\\.')}`));
  });
});
