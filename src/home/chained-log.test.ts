import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { fromUtf8, utf8 } from '#base/bytes.ts';
import { isFault } from '#base/fault.ts';
import { ChainedLog } from './chained-log.ts';

function logOver(files: Map<string, Uint8Array>): ChainedLog<{ readonly text: string }> {
  const disk = {
    read: async (path: string) => files.get(path) ?? null,
    append: async (path: string, bytes: Uint8Array) => {
      files.set(path, Buffer.concat([files.get(path) ?? new Uint8Array(0), bytes]));
    },
  };
  return new ChainedLog(disk, 'log', z.object({ text: z.string() }), { nowMs: () => 0 });
}

async function threeLines(): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const text of ['one', 'two', 'three']) await logOver(files).append({ text });
  return files;
}

function changed(files: Map<string, Uint8Array>, change: (text: string) => string): Map<string, Uint8Array> {
  return new Map([['log', utf8(change(fromUtf8(files.get('log') ?? new Uint8Array(0))))]]);
}

it('reads back what was appended, in lines that a person can read', async () => {
  const files = await threeLines();
  assert.deepEqual(
    (await logOver(files).read()).map(({ n, at, text }) => [n, at, text]),
    [1, 2, 3].map((n, index) => [n, '1970-01-01T00:00:00.000Z', ['one', 'two', 'three'][index]]),
  );
  assert.match(fromUtf8(files.get('log') ?? new Uint8Array(0)), /^\{"version":1,"n":1,"before":"0{64}","at":"1970/);
});

it('notices a line that was changed, taken out, put in or put elsewhere', async () => {
  const files = await threeLines();
  const lines = (text: string): string[] => text.trimEnd().split('\n');
  const joined = (...parts: readonly (string | undefined)[]): string => `${parts.join('\n')}\n`;
  const changes: readonly ((text: string) => string)[] = [
    (text) => text.replace('"two"', '"twO"'),
    (text) => joined(lines(text)[0], lines(text)[2]),
    (text) => joined(lines(text)[0], lines(text)[0], lines(text)[1], lines(text)[2]),
    (text) => joined(lines(text)[1], lines(text)[0], lines(text)[2]),
    (text) => text.replace('"n":2', '"n":"2"'),
    (text) => text.replace('{"version":1,"n":2', '{"version":2,"n":2'),
  ];
  for (const change of changes)
    await assert.rejects(logOver(changed(files, change)).read(), (error) => isFault(error, 'damaged'));
});

it('goes on behind a line that a power cut tore', async () => {
  for (const keep of [1, 40, 100]) {
    const files = await threeLines();
    const whole = fromUtf8(files.get('log') ?? new Uint8Array(0));
    const second = whole.indexOf('\n') + 1;
    const torn = changed(files, (text) => text.slice(0, second + keep));
    assert.deepEqual(
      (await logOver(torn).read()).map(({ text }) => text),
      ['one'],
    );
    await logOver(torn).append({ text: 'again' });
    assert.deepEqual(
      (await logOver(torn).read()).map(({ n, text }) => [n, text]),
      [
        [1, 'one'],
        [2, 'again'],
      ],
    );
  }
});
