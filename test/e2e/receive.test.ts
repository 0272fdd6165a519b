// Links that receive: files from somebody without an account, for a vault that nobody has open.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { ApiClient, answered, askJson, pathQuery } from './api-client.ts';
import { clientOf, type Household, startHousehold } from './household.ts';
import { ask, type WireAnswer } from './wire.ts';

interface Link {
  readonly id: string;
  readonly token: string;
}

const pieceSizeBytes: number = 4 * 1024 * 1024;
const large: Buffer = randomBytes(2 * pieceSizeBytes + 12_345);

describe('links that receive', () => {
  let home: Household;
  let alice: ApiClient;
  before(async () => {
    home = await startHousehold();
    const files = clientOf(home.server.url, home.alice);
    await files.makeFolder('For me');
    await files.put('For me/taken.txt', Buffer.from('was here before'));
    alice = await ApiClient.signIn(home.server.url, 'alice', home.alice.password);
  });
  after(() => home.discard());

  const share = (body: object = {}): Promise<Link> =>
    alice.ok('POST', '/vaults/files/links', { path: ['For me'], right: 'receive', title: 'Send me files', ...body });
  const passOf = async (link: Link): Promise<string> =>
    answered<{ readonly pass: string }>(
      await askJson(home.server.url, 'POST', `/api/s/${link.id}/open`, { 'coffre-link': link.token }, {}),
    ).pass;
  const post = (link: Link, pass: string, path: string, body?: unknown): Promise<WireAnswer> =>
    askJson(home.server.url, 'POST', `/api/s/${link.id}${path}`, { 'coffre-pass': pass }, body);
  const announce = (link: Link, pass: string, name: string, sizeBytes: number): Promise<WireAnswer> =>
    post(link, pass, '/uploads', { name, sizeBytes, mtimeMs: 1_700_000_000_000 });
  const begin = async (link: Link, pass: string, name: string, sizeBytes: number): Promise<string> =>
    answered<{ readonly id: string }>(await announce(link, pass, name, sizeBytes)).id;
  const piece = (link: Link, pass: string, upload: string, number: number, body: Buffer): Promise<WireAnswer> =>
    ask(home.server.url, {
      method: 'PUT',
      target: `/api/s/${link.id}/uploads/${upload}/${number}`,
      headers: { 'coffre-pass': pass, 'content-type': 'application/octet-stream' },
      body,
    });
  const send = async (link: Link, name: string, content: Buffer): Promise<void> => {
    const pass = await passOf(link);
    const upload = await begin(link, pass, name, content.length);
    for (let at = 0; at < content.length; at += pieceSizeBytes)
      answered(await piece(link, pass, upload, at / pieceSizeBytes, content.subarray(at, at + pieceSizeBytes)));
    answered(await post(link, pass, `/uploads/${upload}/done`));
  };
  const restart = async (): Promise<void> => {
    await home.server.stop();
    home = { ...home, server: await home.restart() };
    alice = await ApiClient.signIn(home.server.url, 'alice', home.alice.password);
  };
  const content = async (path: string): Promise<Buffer> => (await clientOf(home.server.url, home.alice).get(path)).body;

  it('works: Sharing: files come in through a link while their owner is away and the server knows no key; they are there afterwards, and replace nothing', async () => {
    const link = await share();
    await home.server.stop();
    home = { ...home, server: await home.restart() };
    // Nobody has signed in since the start: no vault can be open.
    await send(link, 'large.bin', large);
    await send(link, 'taken.txt', Buffer.from('from outside'));
    await restart();
    assert.ok((await content('For me/large.bin')).equals(large));
    assert.equal((await content('For me/taken.txt')).toString(), 'was here before');
    assert.equal((await content('For me/taken (2).txt')).toString(), 'from outside');
    const before = await alice.ok<readonly { readonly lastUse: unknown }[]>('GET', '/links');
    assert.notEqual(before[0]?.lastUse, null);
    await restart();
    assert.ok((await content('For me/large.bin')).equals(large), 'and once only');
    assert.equal((await clientOf(home.server.url, home.alice).get('For me/large (2).bin')).status, 404);
  });

  it('what comes while the owner is there shows at once', async () => {
    const link = await share();
    assert.equal((await content('For me/taken.txt')).toString(), 'was here before');
    await send(link, 'now.txt', Buffer.from('at once'));
    assert.equal((await content('For me/now.txt')).toString(), 'at once');
  });

  it('works: Sharing: whoever may send files sees nothing of the folder, and a link that reads takes nothing', async () => {
    const link = await share();
    const pass = await passOf(link);
    for (const answer of [
      await askJson(home.server.url, 'GET', `/api/s/${link.id}/list${pathQuery()}`, { 'coffre-pass': pass }),
      await post(link, pass, '/tickets', { path: ['taken.txt'], as: 'file' }),
      await post(link, pass, '/tickets', { path: [], as: 'zip' }),
    ]) {
      assert.equal(answer.status, 404, answer.bytes.toString());
      assert.ok(!answer.bytes.includes('taken.txt'));
    }
    const reading = await share({ right: 'read' });
    assert.equal((await announce(reading, await passOf(reading), 'x', 1)).status, 404);
    assert.equal(
      (
        await alice.send('POST', '/vaults/files/links', {
          path: ['For me', 'taken.txt'],
          right: 'receive',
          title: 'a file',
        })
      ).status,
      404,
    );
  });

  it('works: Sharing: a link takes no more than its owner allowed, and nothing after its end', async () => {
    const link = await share({ maxBytes: 1000 });
    const pass = await passOf(link);
    assert.equal((await announce(link, pass, 'too large', 1001)).status, 413);
    await send(link, 'most', Buffer.alloc(900));
    assert.equal((await announce(link, pass, 'more', 101)).status, 413);
    const begun = await begin(link, pass, 'under way', 100);
    assert.equal((await announce(link, pass, 'beside it', 1)).status, 413);
    await alice.ok('DELETE', `/links/${link.id}`);
    assert.equal((await piece(link, pass, begun, 0, Buffer.alloc(100))).status, 401);
    assert.equal((await announce(link, pass, 'after', 1)).status, 401);
  });

  it('pieces that do not fit, and files that are not whole, are refused', async () => {
    const link = await share();
    const other = await share();
    const pass = await passOf(link);
    const upload = await begin(link, pass, 'a.bin', pieceSizeBytes + 10);
    for (const [number, length, status] of [
      [1, 10, 409],
      [0, 10, 400],
      [0, 0, 400],
      [9999, 10, 409],
      [0, pieceSizeBytes, 204],
      [0, pieceSizeBytes, 204],
      [1, 11, 400],
    ] as const) {
      const answer = await piece(link, pass, upload, number, Buffer.alloc(length));
      assert.equal(answer.status, status, `${number} ${length}: ${answer.bytes.toString()}`);
    }
    assert.equal((await post(link, pass, `/uploads/${upload}/done`)).status, 409);
    assert.equal((await piece(other, await passOf(other), upload, 1, Buffer.alloc(10))).status, 404);
    assert.equal((await piece(link, 'A'.repeat(43), upload, 1, Buffer.alloc(10))).status, 401);
    for (const name of ['..', '.', 'a/b', 'a\u0000b', 'x'.repeat(256)])
      assert.equal((await announce(link, pass, name, 1)).status, 400, name);
    for (let i = 0; i < 7; i += 1) await begin(link, pass, `many ${i}`, 1);
    assert.equal((await announce(link, pass, 'one more', 1)).status, 429);
    answered(await piece(link, pass, upload, 1, Buffer.alloc(10)));
    answered(await post(link, pass, `/uploads/${upload}/done`));
    assert.equal((await post(link, pass, `/uploads/${upload}/done`)).status, 404);
  });
});
