import type { Journal, JournalReader } from '../store/journal/journal.ts';
import { type JournalWrites, joinJournal } from '../store/journal/write-gate.ts';
import type { Caller, Methods } from './rpc.ts';

/** Writes go over to the journal thread, where those of all threads share commits; reads stay in this thread. */
export function journalOverCalls(writer: Caller, reader: JournalReader): Journal {
  const writes: JournalWrites = {
    append: (request) => writer.call('append', [request]) as ReturnType<Journal['append']>,
    lease: (request) => writer.call('lease', [request]) as ReturnType<Journal['lease']>,
    putPublicHeader: (vault, row) => writer.call('putPublicHeader', [vault, row]) as Promise<void>,
    putEphemeral: (row) => writer.call('putEphemeral', [row]) as Promise<void>,
    removeEphemeral: (vault, kind, id) => writer.call('removeEphemeral', [vault, kind, id]) as Promise<void>,
    setMeta: (key, value) => writer.call('setMeta', [key, value]) as Promise<void>,
  };
  return joinJournal(writes, reader, async () => {
    await reader.close();
    writer.close();
  });
}

/** The other side: what the journal thread answers to. */
export function journalMethods(journal: JournalWrites): Methods {
  return {
    append: (request: Parameters<Journal['append']>[0]) => journal.append(request),
    lease: (request: Parameters<Journal['lease']>[0]) => journal.lease(request),
    putPublicHeader: (
      vault: Parameters<Journal['putPublicHeader']>[0],
      row: Parameters<Journal['putPublicHeader']>[1],
    ) => journal.putPublicHeader(vault, row),
    putEphemeral: (row: Parameters<Journal['putEphemeral']>[0]) => journal.putEphemeral(row),
    removeEphemeral: (vault: Parameters<Journal['removeEphemeral']>[0], kind: number, id: Uint8Array) =>
      journal.removeEphemeral(vault, kind, id),
    setMeta: (key: string, value: string) => journal.setMeta(key, value),
  };
}
