import { createHash } from 'node:crypto';
import { present } from '#base/assert.ts';
import { isFault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { decodeHeader } from '#format/entry.ts';
import type { Chunk } from '#store/chunks/chunk.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import type { Disk } from '#store/disk.ts';
import type { AppendRequest, AppendResult, Head, Journal } from '#store/journal/journal.ts';
import { SimulatedFile } from '#store/simulated-file.ts';
import type { Machine } from './machine.ts';
import type { Tampering } from './program.ts';

/** Mistakes planted through the interfaces that the program stands on. Each must be found: that is how the simulation is tested. */
const mutants: Readonly<Record<string, Tampering>> = {
  'journal acknowledges before it is durable': {
    journal: (journal) =>
      over(journal, {
        append: async (request) => {
          journal.append(request).catch(() => undefined);
          return { kind: 'appended', head: headAfter(request) };
        },
      }),
  },
  'journal takes a full disk for success': {
    journal: (journal) => over(journal, { append: swallowing(journal, 'disk-full') }),
  },
  'journal takes a failed fsync for success': {
    journal: (journal) => over(journal, { append: swallowing(journal, 'sync-failed') }),
  },
  'journal drops a conflict': {
    journal: (journal) =>
      over(journal, {
        append: async (request) => {
          const result = await journal.append(request);
          return result.kind === 'conflict' ? { kind: 'appended', head: headAfter(request) } : result;
        },
      }),
  },
  'journal forgets leases': {
    journal: (journal) => over(journal, { lease: async (request) => request.chunks.map(() => 'leased' as const) }),
  },
  'what an earlier run leased is taken for written': {
    journal: (journal) =>
      over(journal, {
        lease: async (request) => {
          const before = await Promise.all(request.chunks.map(({ id }) => journal.chunk(id)));
          const states = await journal.lease(request);
          return states.map((state, index) => (before[index]?.state === 'leased' ? 'live' : state));
        },
      }),
    // The size of the file would tell, nearly always.
    chunks: (chunks, machine) =>
      over(chunks, { sizeBytes: async (id) => machine.memory.chunks.get(id)?.record.sizeBytes ?? null }),
  },
  'journal forgets locks': { journal: (journal) => over(journal, { putEphemeral: async () => undefined }) },
  'journal loses public headers': {
    journal: (journal, machine) =>
      over(journal, {
        putPublicHeader: async (vault, row) => {
          if (machine.isCalm || row.number === 1) await journal.putPublicHeader(vault, row);
        },
      }),
  },
  'journal shows an older head': { journal: (journal, machine) => olderHead(journal, machine) },
  'journal answers with the bytes of another chunk': {
    journal: (journal, machine) =>
      over(journal, { chunkData: async (id) => journal.chunkData(otherChunk(machine, id) ?? id) }),
  },
  'chunk store answers with the bytes of another chunk': {
    chunks: (chunks, machine) => over(chunks, { get: async (id) => chunks.get(otherChunk(machine, id) ?? id) }),
  },
  'chunk store does not sync': {
    chunks: (chunks, machine) => over(chunks, { put: (chunk) => writeUnsynced(chunks, machine, chunk, false) }),
  },
  'chunk store does not sync the folder': {
    chunks: (chunks, machine) => over(chunks, { put: (chunk) => writeUnsynced(chunks, machine, chunk, true) }),
  },
  'chunk store takes a failed write for success': {
    chunks: (chunks) => over(chunks, { put: (chunk) => chunks.put(chunk).catch(() => undefined) }),
  },
  'chunk store writes the first half': {
    chunks: (chunks, machine) =>
      over(chunks, {
        put: async (chunk) => {
          await chunks.put(chunk);
          const file = fileOf(machine, chunk.id);
          file?.truncate(chunk.bytes.length >> 1);
          file?.sync();
        },
      }),
  },
  'disk reads a bit of some files wrong': { disk: (disk) => over(disk, { read: flippingRead(disk) }) },
  'a request is given the vault of somebody else': {
    openRequest: (request, instance) => {
      const other = instance.view
        .vaults()
        .find((vault) => vault.account !== request.account && vault.epochs.length === request.epochs.length);
      return other === undefined ? request : { ...request, vault: other.id, account: other.account };
    },
  },
};

export const mutantNames: readonly string[] = Object.keys(mutants);

export function mutantNamed(name: string): Tampering {
  return present(mutants[name], `a mutant named ${name}`);
}

/** The same object with some methods replaced. */
function over<T extends object>(target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get: (_, name) => {
      const method: unknown = Reflect.get(Object.hasOwn(replaced, name) ? replaced : target, name);
      return typeof method === 'function'
        ? (...args: unknown[]): unknown => Reflect.apply(method, target, args)
        : method;
    },
  });
}

/** docs/format.md §5. */
function headAfter(request: AppendRequest): Head {
  const last = present(request.entries.at(-1), 'entry');
  const { fork, sequence } = decodeHeader(last.header).header;
  const body = createHash('sha256').update(last.body).digest();
  return { fork, sequence, hash: createHash('sha256').update(last.header).update(body).digest() };
}

function swallowing(journal: Journal, code: 'disk-full' | 'sync-failed'): Journal['append'] {
  return async (request): Promise<AppendResult> => {
    try {
      return await journal.append(request);
    } catch (error) {
      if (!isFault(error, code)) throw error;
      return { kind: 'appended', head: headAfter(request) };
    }
  };
}

/** After a restart the newest entry of every vault is left out: yesterday's journal, restored under connected clients. */
function olderHead(journal: Journal, machine: Machine): Journal {
  const limits = new Map<VaultId, number>();
  const isLater = Number(machine.memory.meta.get('run')) > 1;
  const limit = async (vault: VaultId): Promise<number> => {
    const known = limits.get(vault) ?? Math.max(0, machine.headOf(vault) - 1);
    limits.set(vault, known);
    return known;
  };
  return over(journal, {
    head: async (vault) => {
      const [last] =
        isLater && (await limit(vault)) > 0 ? await journal.entries(vault, (await limit(vault)) - 1, 1) : [];
      if (last === undefined) return await journal.head(vault);
      const hash = createHash('sha256').update(last.header).update(last.bodyHash).digest();
      return { fork: last.fork, sequence: last.sequence, hash };
    },
    entries: async (vault, after, count) => {
      const entries = await journal.entries(vault, after, count);
      const last = isLater ? await limit(vault) : 0;
      return last === 0 ? entries : entries.filter((entry) => entry.sequence <= last);
    },
  });
}

function otherChunk(machine: Machine, id: ChunkId): ChunkId | undefined {
  const row = machine.memory.chunks.get(id);
  for (const [other, each] of machine.memory.chunks) {
    if (each.vault !== row?.vault && each.record.place === row?.record.place && each.record.state === 'live')
      return other;
  }
  return undefined;
}

function fileOf(machine: Machine, id: ChunkId): SimulatedFile | undefined {
  const node = machine.disk.node(`chunks/${id.slice(0, 2)}/${id}`);
  return node instanceof SimulatedFile ? node : undefined;
}

async function writeUnsynced(chunks: ChunkStore, machine: Machine, chunk: Chunk, isFileSynced: boolean): Promise<void> {
  const { id, bytes } = chunk;
  const folder = `chunks/${id.slice(0, 2)}`;
  // The folder itself is made as it should be, by the first chunk in it.
  if (machine.disk.node(folder) === undefined) return await chunks.put(chunk);
  const file = fileOf(machine, id) ?? new SimulatedFile();
  if (fileOf(machine, id) === undefined) machine.disk.change(folder, (names) => names.set(`${folder}/${id}`, file));
  file.write(bytes, 0);
  if (isFileSynced) file.sync();
}

/** The same file always reads wrong or never does: read again it must not heal by itself. */
function flippingRead(disk: Disk): Disk['read'] {
  const isBad = new Map<string, boolean>();
  return async (path) => {
    const bytes = await disk.read(path);
    if (bytes === null || bytes.length === 0) return bytes;
    const bad = isBad.get(path) ?? isBad.size % 5 === 4;
    isBad.set(path, bad);
    return bad ? bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 1) : bytes;
  };
}
