import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isFault } from '#base/fault.ts';
import { readConfig } from './config.ts';

async function fileWith(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'config-')), 'config.json');
  await writeFile(path, text);
  return path;
}

test('later settings win: defaults, file, environment, arguments', async () => {
  assert.deepEqual((await readConfig({}, {})).port, 8080);
  const config = await fileWith('{"port": 1, "data": "/a", "traceDays": 7}');
  assert.equal((await readConfig({ config }, {})).port, 1);
  assert.equal((await readConfig({ config }, { COFFRE_PORT: '2' })).port, 2);
  const all = await readConfig(
    { port: 3 },
    { COFFRE_CONFIG: config, COFFRE_PORT: '2', COFFRE_ORIGINS: 'https://a.example, https://b.example' },
  );
  assert.deepEqual(
    [all.port, all.data, all.traceDays, all.origins],
    [3, '/a', 7, ['https://a.example', 'https://b.example']],
  );
});

test('a setting that is unknown or not valid stops the start and is named', async () => {
  const refused = (
    options: Parameters<typeof readConfig>[0],
    environment: Parameters<typeof readConfig>[1],
    named: RegExp,
  ): Promise<void> =>
    assert.rejects(
      readConfig(options, environment),
      (error) => isFault(error, 'bad-config') && named.test(error.message),
    );
  await refused({ config: await fileWith('{"prot": 1}') }, {}, /prot/);
  await refused({ config: await fileWith('{') }, {}, /JSON/);
  await refused({ config: '/no/such/file' }, {}, /no\/such/);
  await refused({}, { COFFRE_PORT: 'eighty' }, /port/);
  await refused({}, { COFFRE_PORT: '70000' }, /port/);
  await refused({}, { COFFRE_ORIGINS: 'http://a.example' }, /origins/);
  await refused({}, { COFFRE_TLS_KEY_FILE: 'k' }, /certificateFile/);
});

test('beyond loopback nothing is served without TLS', async () => {
  await assert.rejects(
    readConfig({ host: '0.0.0.0' }, {}),
    (error) => isFault(error, 'bad-config') && /TLS/.test(error.message),
  );
  const tls = { COFFRE_TLS_CERTIFICATE_FILE: 'c', COFFRE_TLS_KEY_FILE: 'k' };
  assert.equal((await readConfig({ host: '0.0.0.0' }, tls)).host, '0.0.0.0');
});
