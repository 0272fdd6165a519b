import type { ServerResponse } from 'node:http';
import { release } from '#base/bytes.ts';

/** The content of a file on its way out, in parts of which nobody else has a view. */
export type Outgoing = AsyncGenerator<Buffer, void>;

/**
 * Writes part after part; while one goes out the next is made, and no more than that. The memory of a part is given back
 * when the connection is done with it. Ends early when the client goes away.
 * @throws whatever the parts throw: then the answer is not complete, and the connection must be cut.
 */
export async function sendParts(response: ServerResponse, parts: Outgoing): Promise<void> {
  let written = Promise.resolve();
  for await (const part of parts) {
    await written;
    // The client went away: leaving the loop ends the generator.
    if (response.destroyed) return;
    written = new Promise<void>((resolve) => {
      response.write(part, () => {
        release(part);
        resolve();
      });
    });
  }
  response.end();
}

/** The same bytes, not a copy. */
export function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
