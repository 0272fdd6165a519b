import { useEffect } from 'react';
import { admit, personalUrl, sessionHeaders } from './client.ts';
import { queryClient } from './query-client.ts';
import { useSession } from './session.ts';

const longestWaitMs = 30_000;

/** Whatever another device or window changes is asked for again here. By fetch, which can send the session's header. */
export function useLiveUpdates(): void {
  const key = useSession()?.key;
  useEffect(() => {
    if (key === undefined) return undefined;
    const ending = new AbortController();
    void listen(ending.signal);
    return () => ending.abort();
  }, [key]);
}

async function listen(signal: AbortSignal): Promise<void> {
  for (let waitMs = 1000; !signal.aborted; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    try {
      const response = await fetch(personalUrl('/events'), { headers: sessionHeaders(), cache: 'no-store', signal });
      if (response.ok && response.body !== null) {
        admit(response);
        waitMs = 1000;
        // What changed while nobody listened.
        refresh('');
        await follow(response.body);
      }
    } catch {
      // It is tried again; a session that is over ends with the next request of the page itself.
    }
    await new Promise((resolve) => {
      window.setTimeout(resolve, waitMs);
    });
  }
}

async function follow(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) refresh((JSON.parse(data) as { readonly kind: string }).kind);
    }
  }
}

/** @param kind of the vault; empty for all. */
function refresh(kind: string): void {
  void queryClient.invalidateQueries({
    predicate: ({ queryKey }) => String(queryKey[1]).startsWith(`/vaults/${kind}`),
  });
}
