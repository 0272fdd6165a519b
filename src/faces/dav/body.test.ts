import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { Gate } from '../content/gate.ts';
import { BodyPieces, CutOff } from './body.ts';

function message(headers: Record<string, string>): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.headers = headers;
  return request;
}

async function all(pieces: BodyPieces): Promise<Uint8Array[]> {
  const got: Uint8Array[] = [];
  for (let piece = await pieces.next(); piece !== undefined; piece = await pieces.next()) got.push(piece);
  return got;
}

describe('bodies in pieces', () => {
  it('are cut at the same places whatever the network did', async () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(chunks, fc.boolean(), async (parts, isDeclared) => {
        const whole = Buffer.concat(parts);
        const request = message(isDeclared ? { 'content-length': String(whole.length) } : {});
        const pieces = new BodyPieces(request, new ServerResponse(request), 32);
        for (const part of parts) request.push(Buffer.from(part));
        request.push(null);
        const got = await all(pieces);
        assert.deepEqual(Buffer.concat(got), whole);
        assert.deepEqual(
          got.slice(0, -1).filter((piece) => piece.length !== 32),
          [],
        );
        // Alone in their buffers, so that they can move to another thread.
        for (const piece of got) assert.equal(piece.buffer.byteLength, piece.length);
        assert.equal(pieces.receivedBytes, whole.length);
      }),
    );
  });

  it('hold the connection back while a piece waits', async () => {
    const request = message({});
    const pieces = new BodyPieces(request, new ServerResponse(request), 32);
    request.push(Buffer.alloc(40));
    await turn();
    assert.equal(request.isPaused(), true);
    assert.equal((await pieces.next())?.length, 32);
    assert.equal(request.isPaused(), false);
    request.push(null);
    assert.equal((await pieces.next())?.length, 8);
    assert.equal(await pieces.next(), undefined);
  });

  it('a cut connection is no end', async () => {
    const request = message({ 'content-length': '100' });
    const pieces = new BodyPieces(request, new ServerResponse(request), 32);
    request.push(Buffer.alloc(50));
    assert.equal((await pieces.next())?.length, 32);
    const next = pieces.next();
    request.destroy(new Error('reset'));
    await assert.rejects(next, CutOff);
    const late = message({});
    late.destroy();
    await turn();
    await assert.rejects(new BodyPieces(late, new ServerResponse(late)).next(), CutOff);
  });
});

describe('the gate', () => {
  it('lets in what fits, in order, and something too large alone', async () => {
    const gate = new Gate(10);
    const inside: string[] = [];
    const enter = (name: string, bytes: number): Promise<number> => gate.enter(bytes).then(() => inside.push(name));
    await enter('a', 6);
    const b = enter('b', 6);
    const c = enter('c', 1);
    await turn();
    assert.deepEqual(inside, ['a']);
    gate.leave(6);
    await Promise.all([b, c]);
    assert.deepEqual(inside, ['a', 'b', 'c']);
    const large = enter('large', 50);
    gate.leave(6);
    await turn();
    assert.equal(inside.length, 3);
    gate.leave(1);
    await large;
    assert.equal(inside.at(-1), 'large');
  });
});
