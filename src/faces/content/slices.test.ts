import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { it, mock } from 'node:test';
import { present } from '#base/assert.ts';
import { parseChunkId } from '#base/ids.ts';
import type { Piece } from '#format/piece.ts';
import { Leaving } from './leaving.ts';
import { slices } from './slices.ts';

class FakeConnection extends EventEmitter {
  destroyed = false;
  writableLength = 0;
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function piece(sizeBytes: number): Piece {
  const none = new Uint8Array(32);
  return { chunk: present(parseChunkId('00'.repeat(32)), 'chunk id'), tag: none, sizeBytes, epoch: 1, sum: none };
}

it('a client that took everything is not cut off while its next piece waits for room', async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  try {
    const clock = { now: 1000 };
    const leaving = new Leaving(10, { nowMs: () => clock.now });
    const [reader, other] = [new FakeConnection(), new FakeConnection()];
    const parts = slices(
      {
        files: { readPiece: async ({ sizeBytes }) => new Uint8Array(sizeBytes) },
        plan: { pieces: [piece(5), piece(5)] },
        departure: leaving.departure(reader),
      },
      { first: 0, last: 9 },
    );
    const departure = leaving.departure(other);
    await departure.enter(5);
    const first = parts.next();
    // All room is taken when the second piece is asked for: by the first, which goes out, and by somebody else.
    assert.equal((await first).value?.length, 5);
    clock.now += 9000;
    departure.left(1);
    assert.equal(departure.tryEnter(6), false);
    const waits = leaving.departure(new FakeConnection()).enter(6);
    const second = parts.next();
    await new Promise((resolve) => setImmediate(resolve));
    clock.now += 5000;
    departure.left(1);
    clock.now += 6000;
    mock.timers.tick(1000);
    assert.equal(reader.destroyed, false, 'it holds nothing that its client has not taken');
    departure.left(3);
    await waits;
    other.destroy();
    void second;
  } finally {
    mock.timers.reset();
  }
});
