import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { it } from 'node:test';
import { Failure } from './failure.ts';
import { askHidden, type Keyboard } from './prompt.ts';

class Keys extends EventEmitter implements Keyboard {
  readonly isTTY = true;
  readonly modes: boolean[] = [];
  isRunning = false;

  setRawMode(on: boolean): void {
    this.modes.push(on);
  }

  resume(): void {
    this.isRunning = true;
  }

  pause(): void {
    this.isRunning = false;
  }

  type(...parts: readonly (string | Buffer)[]): void {
    for (const part of parts) this.emit('data', Buffer.from(part));
  }
}

class Screen extends Writable {
  text = '';

  override _write(part: Buffer, _encoding: string, done: () => void): void {
    this.text += part.toString();
    done();
  }
}

it('asks without echo, and puts the terminal back', async () => {
  const keys = new Keys();
  const screen = new Screen();
  const answer = askHidden('Password of alice', keys, screen);
  keys.type('correct ', 'horsf', '\x7f', 'e\r');
  assert.equal(await answer, 'correct horse');
  assert.equal(screen.text, 'Password of alice: \n');
  assert.deepEqual([keys.modes, keys.isRunning, keys.listenerCount('data')], [[true, false], false, 0]);
});

it('takes characters that arrive in pieces, erases whole ones and whole lines', async () => {
  const keys = new Keys();
  const answer = askHidden('?', keys, new Screen());
  const [euro, smile] = [Buffer.from('€'), Buffer.from('🙂')];
  keys.type('wrong\x15', euro.subarray(0, 1), euro.subarray(1), smile, '\x7f', 'x\n');
  assert.equal(await answer, '€x');
});

it('ends on Ctrl-C and at the end of input, with the terminal put back', async () => {
  for (const end of ['\x03', '\x04']) {
    const keys = new Keys();
    const answer = askHidden('?', keys, new Screen());
    keys.type('secre', end);
    await assert.rejects(answer, (error: unknown) => error instanceof Failure && error.ending === 'interrupted');
    assert.deepEqual(keys.modes, [true, false]);
  }
});
