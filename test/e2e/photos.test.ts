// Photos and videos on the real program: what comes by WebDAV, while a session is open and while nobody is there.
import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import { ApiClient } from '../support/api-client.ts';
import { coffre } from '../support/cli.ts';
import { film, heic, jpegWithExif, plainPng, pngBomb } from '../support/media-files.ts';
import { clientOf, type Household, startHousehold } from './household.ts';

interface Items {
  readonly nodes: readonly string[];
  readonly takenMs: readonly number[];
  readonly widths: readonly number[];
  readonly heights: readonly number[];
  readonly durationsMs: readonly number[];
  readonly flags: readonly number[];
}

interface Details {
  readonly path: readonly string[];
  readonly takenMs: number;
  readonly takenFrom: string;
  readonly camera: string | null;
  readonly place: { readonly latitude: number; readonly longitude: number } | null;
  readonly isFavourite: boolean;
  readonly albums: readonly string[];
}

const lacking = ['ffmpeg', 'heif-enc'].filter(
  (program) => !(process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program))),
);

describe('photos', { skip: lacking.length > 0 && `needs ${lacking.join(' and ')}` }, () => {
  let home: Household;
  let api: ApiClient;
  const photos = '/vaults/files/photos';
  const items = (show = 'all'): Promise<Items> => api.json('GET', `${photos}/items?show=${show}`);
  const details = (node: string): Promise<Details> => api.json('GET', `${photos}/${node}`);
  const byName = async (name: string): Promise<string> => {
    for (const node of (await items()).nodes) if ((await details(node)).path.at(-1) === name) return node;
    throw new Error(`${name} is not in the timeline`);
  };
  /** Until so many have pictures. */
  const pictured = async (count: number): Promise<void> => {
    for (let tries = 0; tries < 1500; tries += 1) {
      if ((await items()).flags.filter((each) => (each & 2) !== 0).length >= count) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`fewer than ${count} have pictures: ${JSON.stringify(await items())}`);
  };
  before(async () => {
    home = await startHousehold();
    const files = clientOf(home.server.url, home.alice);
    await files.makeFolder('trip');
    await files.put('trip/red.jpg', await jpegWithExif('red', '2019:05:06 07:08:09'), { 'X-OC-Mtime': '1700000000' });
    await files.put('trip/turned.jpg', await jpegWithExif('green', '2020:01:02 03:04:05', { turned: 6 }));
    await files.put('IMG_20180203_040506.heic', await heic(home.scratch, 'blue'));
    await files.put('film.mp4', film(home.scratch, 2));
    api = await ApiClient.signIn(home.server.url, 'alice', home.alice.password);
  });
  after(() => home.discard());

  it('works: Photos: JPEG, HEIC and video get dates, sizes and pictures, in the order in which they were taken', async () => {
    await pictured(4);
    const found = await items();
    const named = await Promise.all(found.nodes.map(async (node) => (await details(node)).path.at(-1)));
    assert.deepEqual(named, ['film.mp4', 'turned.jpg', 'red.jpg', 'IMG_20180203_040506.heic']);
    assert.deepEqual(found.takenMs, [
      Date.UTC(2022, 4, 6, 7, 8, 9),
      Date.UTC(2020, 0, 2, 3, 4, 5),
      Date.UTC(2019, 4, 6, 7, 8, 9),
      Date.UTC(2018, 1, 3, 4, 5, 6),
    ]);
    assert.deepEqual(found.widths, [640, 800, 1200, 640], 'as they are shown, upright');
    assert.deepEqual(found.heights, [360, 1200, 800, 480]);
    assert.ok(Math.abs((found.durationsMs[0] ?? 0) - 2000) < 200);
    const red = await details(await byName('red.jpg'));
    assert.equal(red.camera, 'Example Camera 5');
    assert.deepEqual(red.place, { latitude: 46.5, longitude: 6.6 });
    assert.equal(red.takenFrom, 'content');
    for (const size of ['small', 'large']) {
      const picture = await api.send('GET', `${photos}/${await byName('turned.jpg')}/picture?size=${size}`);
      assert.equal(picture.type, 'image/webp');
      const { width, height } = await sharp(picture.body).metadata();
      assert.ok(height > width, `${size}: ${width} × ${height}`);
    }
    const months = await api.json<{ readonly months: readonly unknown[] }>('GET', `${photos}/months`);
    assert.deepEqual(months.months, [
      ['2022-05', 1],
      ['2020-01', 1],
      ['2019-05', 1],
      ['2018-02', 1],
    ]);
  });

  it('works: Photos: identical photos are recognised before they travel, in the owner’s own vault only', async () => {
    const sum = createHash('sha256')
      .update(await jpegWithExif('red', '2019:05:06 07:08:09'))
      .digest('hex');
    const other = createHash('sha256').update('never stored').digest('hex');
    const known = await api.json('POST', '/vaults/files/known', { sha256: [sum, other] });
    assert.deepEqual(known, [['trip', 'red.jpg'], null]);
    const bob = await ApiClient.signIn(home.server.url, 'bob', home.bob.password);
    assert.deepEqual(await bob.json('POST', '/vaults/files/known', { sha256: [sum] }), [null]);
    const foreign = await bob.send('GET', `${photos}/${await byName('red.jpg')}/picture`);
    assert.equal(foreign.status, 404);
  });

  it('works: Photos: favourites are those of the Nextcloud clients; albums hold photos and end without them', async () => {
    const node = await byName('red.jpg');
    await api.json('POST', `${photos}/favourite`, { nodes: [node], isFavourite: true });
    assert.deepEqual((await items('favourites')).nodes, [node]);
    const found = await clientOf(home.server.url, home.alice).send('PROPFIND', 'trip/red.jpg', {
      headers: { depth: '0' },
      body: Buffer.from(
        '<propfind xmlns="DAV:"><prop><f:favorite xmlns:f="http://owncloud.org/ns"/></prop></propfind>',
      ),
    });
    assert.match(found.body.toString(), /favorite[^>]*>1</);
    const album = await api.json<{ readonly id: string }>('POST', '/vaults/files/albums', { name: 'Summer' });
    await api.json('POST', `/vaults/files/albums/${album.id}/photos`, { nodes: [node], isIn: true });
    assert.deepEqual((await items(album.id)).nodes, [node]);
    assert.deepEqual((await details(node)).albums, [album.id]);
    const albums = await api.json<readonly unknown[]>('GET', '/vaults/files/albums');
    assert.deepEqual(albums, [{ id: album.id, name: 'Summer', count: 1, cover: node }]);
    assert.equal((await api.send('DELETE', `/vaults/files/albums/${album.id}`)).status, 204);
    assert.equal((await items()).nodes.length, 4);
  });

  it('works: Photos: image bombs, a PNG ten million pixels wide and damaged photos fall over nothing', async () => {
    const files = clientOf(home.server.url, home.alice);
    const hostile: Readonly<Record<string, Uint8Array>> = {
      'wide.png': pngBomb(10_000_000, 1),
      'bomb.png': pngBomb(60_000, 60_000),
      'cut.jpg': (await jpegWithExif('red', '2019:05:06 07:08:09')).subarray(0, 900),
      'drawing.jpg': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
      'list.mp4': Buffer.from('#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n'),
      'noise.mp4': Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42'), Buffer.alloc(50_000, 0xa5)]),
      'noise.heic': Buffer.concat([Buffer.from('\0\0\0\x18ftypheic'), Buffer.alloc(50_000, 0x5a)]),
    };
    for (const [name, bytes] of Object.entries(hostile)) assert.equal((await files.put(name, bytes)).status, 201);
    await files.put('after.jpg', await jpegWithExif('yellow', '2021:01:01 00:00:00'));
    await pictured(5);
    const after = await api.send('GET', `${photos}/${await byName('after.jpg')}/picture`);
    assert.equal(after.status, 200);
    assert.equal((await items()).nodes.length, 5 + Object.keys(hostile).length, 'they are shown, without a picture');
    assert.doesNotMatch(home.server.errors(), /"level":(50|60)/);
  });

  it('works: Photos: a folder tree that is imported shows up with its dates', async () => {
    const tree = join(home.scratch, 'old photos', '2004');
    mkdirSync(tree, { recursive: true });
    writeFileSync(join(tree, 'scan.png'), await plainPng('silver'));
    utimesSync(join(tree, 'scan.png'), new Date('2004-08-09T10:00:00Z'), new Date('2004-08-09T10:00:00Z'));
    writeFileSync(join(tree, 'camera.jpg'), await jpegWithExif('brown', '2004:07:08 09:10:11'));
    const app = join(home.scratch, 'app password');
    writeFileSync(app, home.alice.appPassword);
    const source = join(home.scratch, 'old photos');
    const result = await coffre([
      'import',
      source,
      'alice:/old',
      '--app-password-file',
      app,
      '--data',
      home.dataFolder,
    ]);
    assert.equal(result.code, 0, result.err);
    const scan = await details(await byName('scan.png'));
    assert.deepEqual([scan.takenMs, scan.takenFrom], [Date.UTC(2004, 7, 9, 10), 'file']);
    for (let tries = 0; tries < 1500; tries += 1) {
      const camera = await details(await byName('camera.jpg'));
      if (camera.takenFrom === 'content') {
        assert.equal(camera.takenMs, Date.UTC(2004, 6, 8, 9, 10, 11));
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.fail('the photo was never looked into');
  });

  it('what came while nobody was there is read when the owner comes back; nothing of it lies open on the disk', async () => {
    await home.server.stop();
    home = { ...home, server: await home.restart() };
    const files = clientOf(home.server.url, home.alice);
    await files.put('later.jpg', await jpegWithExif('purple', '2023:09:09 09:09:09'));
    await home.server.kill9();
    home = { ...home, server: await home.restart() };
    api = await ApiClient.signIn(home.server.url, 'alice', home.alice.password);
    await pictured(8);
    const stored = readdirSync(home.dataFolder, { recursive: true, withFileTypes: true }).filter((each) =>
      each.isFile(),
    );
    for (const each of stored) {
      const bytes = readFileSync(join(each.parentPath, each.name));
      assert.equal(bytes.indexOf('Example Camera'), -1, `${each.name} names the camera`);
      assert.equal(bytes.indexOf('WEBPVP8'), -1, `${each.name} holds a picture`);
    }
  });
});
