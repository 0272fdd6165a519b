import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import type { Control } from './control-calls.ts';
import { connectControl, serveControl } from './control-socket.ts';

const scratch = mkdtempSync(join(tmpdir(), 'coffre-socket-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

const echo: Control = { run: async ({ command, args }) => ({ kind: 'done', value: { command, args } }) };

function folderOf(length: number): string {
  const folder = join(scratch, 'x'.repeat(200).slice(0, Math.min(200, length - scratch.length - 1)));
  mkdirSync(folder, { recursive: true });
  return folder;
}

it('listens in folders with short and long paths, for their owner only, and says when nobody does', async () => {
  for (const length of [60, 107, 200]) {
    const folder = folderOf(length);
    assert.equal(await connectControl(folder), undefined);
    const server = await serveControl(folder, echo);
    assert.equal(statSync(join(folder, 'control.sock')).mode & 0o777, 0o600);
    const control = (await connectControl(folder)) ?? assert.fail('nobody listens');
    const answer = await control.run({ command: 'unlock', args: { name: 'é\n' } });
    assert.deepEqual(answer, { kind: 'done', value: { command: 'unlock', args: { name: 'é\n' } } });
    await server.close();
    assert.equal(await connectControl(folder), undefined, 'a dead socket is nobody');
    await (await serveControl(folder, echo)).close();
  }
  assert.equal(await connectControl(join(scratch, 'missing', 'y'.repeat(150))), undefined);
});
