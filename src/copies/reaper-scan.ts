import { equalBytes, toHex } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import { ed25519Verify } from '#crypto/primitives.ts';
import type { ErasingJournal, StaleLease } from '#store/journal/erasing-journal.ts';
import type { ChunkRow, Head, JournalReader } from '#store/journal/journal.ts';
import { checkLink, signedBytes } from '#vault/chain.ts';
import { openPublicHeader } from '#vault/public-headers.ts';
import type { Amount } from './reaper-breakers.ts';

/** A drop entry whose signature is the vault's. */
export interface SignedDropEntry {
  readonly hash: string;
  readonly fork: number;
  readonly sequence: number;
  /** The entry before it: with this one a copy says whether it has the drop. */
  readonly before: Head;
}

interface ReapedChunk {
  readonly id: ChunkId;
  readonly sizeBytes: number;
  readonly place: ChunkRow['place'];
  readonly state: 'dropped' | 'condemned';
  readonly drop: SignedDropEntry;
}

export interface VaultScan {
  readonly vault: VaultId;
  readonly head: Head;
  readonly sign: string;
  /** What is dropped or condemned, each under the last drop that lists it. */
  readonly chunks: readonly ReapedChunk[];
  readonly drops: readonly SignedDropEntry[];
  readonly leases: readonly StaleLease[];
  /** Everything that the vault has stored. */
  readonly stored: Amount;
  readonly problems: readonly string[];
}

const entriesPerRead = 32;
const rowsPerRead = 1000;

/**
 * Reads the chain of a vault from its first entry, without any key, for what its signed drops let go of.
 * @throws Fault `damaged` when the chain does not hold: then nothing of the vault is erased.
 */
export async function scanVault(
  reader: JournalReader,
  journal: Pick<ErasingJournal, 'staleLeases'>,
  vault: VaultId,
  run: number,
): Promise<VaultScan> {
  const sign = await signingKeyOf(reader, vault);
  const leases = leasesOf(journal, vault, run);
  const walk = await walkChain(reader, vault, sign, new Set(leases.map(({ id }) => id)));
  const { chunks, stored } = await rowsOf(reader, vault, walk.dropped);
  const problems = [...walk.problems];
  for (const id of walk.addedLeases) {
    // A lease that was taken up again while the chain was read is live by now.
    if ((await reader.chunk(id))?.state === 'leased')
      problems.push(`Chunk ${id} is leased by its row, and an entry adds it.`);
  }
  return {
    vault,
    head: walk.head,
    sign: toHex(sign),
    chunks,
    drops: walk.drops,
    leases: leases.filter(({ id }) => !walk.addedLeases.has(id)),
    stored,
    problems,
  };
}

/** docs/format.md §10: all public headers of a vault carry the same key. @throws Fault `damaged`, `missing`. */
async function signingKeyOf(reader: JournalReader, vault: VaultId): Promise<Uint8Array> {
  const rows = await reader.publicHeaders(vault);
  const [first, ...others] = rows.map(({ bytes }) => openPublicHeader(bytes));
  if (first === undefined) throw new Fault('missing', `Vault ${vault} has no public header. Nothing of it was erased.`);
  for (const header of [first, ...others]) {
    if (header.vault !== vault || !equalBytes(header.signPublic, first.signPublic))
      throw new Fault(
        'damaged',
        `The public headers of vault ${vault} are not of one vault. Nothing of it was erased.`,
      );
  }
  return first.signPublic;
}

function leasesOf(journal: Pick<ErasingJournal, 'staleLeases'>, vault: VaultId, run: number): StaleLease[] {
  const all: StaleLease[] = [];
  for (let after: ChunkId | null = null; ; ) {
    const page: readonly StaleLease[] = journal.staleLeases(vault, run, after, rowsPerRead);
    all.push(...page);
    const last = page.at(-1);
    if (last === undefined) return all;
    after = last.id;
  }
}

interface ChainWalk {
  readonly head: Head;
  readonly drops: readonly SignedDropEntry[];
  readonly dropped: ReadonlyMap<ChunkId, SignedDropEntry>;
  readonly addedLeases: ReadonlySet<ChunkId>;
  readonly problems: readonly string[];
}

async function walkChain(
  reader: JournalReader,
  vault: VaultId,
  sign: Uint8Array,
  leased: ReadonlySet<ChunkId>,
): Promise<ChainWalk> {
  const end = await reader.head(vault);
  const drops: SignedDropEntry[] = [];
  const dropped = new Map<ChunkId, SignedDropEntry>();
  const addedLeases = new Set<ChunkId>();
  const problems: string[] = [];
  let head: Head = { fork: 1, sequence: 0, hash: new Uint8Array(32) };
  while (head.sequence < end.sequence) {
    const entries = await reader.entries(vault, head.sequence, Math.min(entriesPerRead, end.sequence - head.sequence));
    if (entries.length === 0)
      throw new Fault('damaged', `Vault ${vault} ends before its head. Nothing of it was erased.`);
    for (const stored of entries) {
      const { header, aad, head: next } = checkLink(vault, head, stored);
      for (const id of header.added) {
        dropped.delete(id);
        if (leased.has(id)) addedLeases.add(id);
      }
      if (header.type === 'drop') {
        const before = head;
        // The reaper obeys the owner alone: what is not signed by the vault's key drops nothing.
        if (header.signature === null || !ed25519Verify(sign, signedBytes(aad, stored.bodyHash), header.signature)) {
          problems.push(`Entry ${header.sequence} of vault ${vault} drops chunks and is not signed by its vault.`);
          for (const id of header.listed) dropped.delete(id);
        } else {
          const drop = { hash: toHex(next.hash), fork: header.fork, sequence: header.sequence, before };
          drops.push(drop);
          for (const id of header.listed) dropped.set(id, drop);
        }
      }
      head = next;
    }
  }
  if (!equalBytes(head.hash, end.hash))
    throw new Fault('damaged', `Vault ${vault} does not end where its head says. Nothing of it was erased.`);
  return { head, drops, dropped, addedLeases, problems };
}

async function rowsOf(
  reader: JournalReader,
  vault: VaultId,
  dropped: ReadonlyMap<ChunkId, SignedDropEntry>,
): Promise<{ readonly chunks: readonly ReapedChunk[]; readonly stored: Amount }> {
  const chunks: ReapedChunk[] = [];
  const stored = { count: 0, bytes: 0 };
  for (let after: ChunkId | null = null; ; ) {
    const rows: Awaited<ReturnType<JournalReader['chunks']>> = await reader.chunks(vault, after, rowsPerRead);
    for (const { id, state, sizeBytes, place } of rows) {
      if (state === 'leased' || state === 'erased') continue;
      stored.count += 1;
      stored.bytes += sizeBytes;
      const drop = dropped.get(id);
      if ((state === 'dropped' || state === 'condemned') && drop !== undefined)
        chunks.push({ id, sizeBytes, place, state, drop });
    }
    const last = rows.at(-1);
    if (last === undefined) return { chunks, stored };
    after = last.id;
  }
}
