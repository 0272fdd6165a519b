import { z } from 'zod';
import type { VaultId } from '#base/ids.ts';
import { type Endpoint, type OwnedCall, personal } from '../endpoint.ts';
import { ApiProblem } from '../problem.ts';

/** Proxies and phones end what is silent for longer. */
const beatMs = 25_000;
const maxStreamsPerAccount = 30;
const streams: Map<string, number> = new Map();

export const eventEndpoints: readonly Endpoint[] = [
  personal({
    method: 'GET',
    path: '/events',
    summary: 'server-sent events: `changed` with the kind of a vault that was written to, from whatever device',
    answer: z.undefined().describe('text/event-stream'),
    run: async (call) => stream(call),
  }),
];

/** The stream itself says only which vault changed; what changed is asked for as everything else is. */
function stream({ parts, session, request, reply }: OwnedCall<unknown, unknown>): void {
  const { account } = session.unlocked;
  const open = streams.get(account.id) ?? 0;
  if (open >= maxStreamsPerAccount)
    throw new ApiProblem(429, 'too-many-streams', 'Too many windows of this account are open. Close some.');
  streams.set(account.id, open + 1);
  const headers = { ...reply.getHeaders(), 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' };
  const response = reply.hijack().raw;
  response.writeHead(200, headers as Record<string, string>);
  response.write(': open\n\n');
  const isOver = (): boolean => !parts.sessions.list(account.id).some((each) => each.id === session.id);
  const send = (text: string): void => {
    // One that takes nothing, or whose session was ended, opens a new one or is gone.
    if (isOver() || response.writableLength > 0) response.end();
    else response.write(text);
  };
  const stopListening = parts.onChanged((vaults: readonly VaultId[]) => {
    for (const id of vaults) {
      const kind = session.unlocked.vaults.has(id) ? parts.instance.view.vault(id)?.kind : undefined;
      if (kind !== undefined) send(`event: changed\ndata: ${JSON.stringify({ kind })}\n\n`);
    }
  });
  const beat = setInterval(() => send(': beat\n\n'), beatMs).unref();
  const stopped = parts.onStop(() => response.end());
  request.raw.once('close', () => {
    clearInterval(beat);
    stopListening();
    stopped();
    const left = (streams.get(account.id) ?? 1) - 1;
    if (left === 0) streams.delete(account.id);
    else streams.set(account.id, left);
  });
}
