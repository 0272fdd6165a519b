import { toHex } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import type { Head } from '#store/journal/journal.ts';
import { SimulatedFile } from '#store/simulated-file.ts';
import { FilesVault } from '#vault/files/files-vault.ts';
import type { FilesView } from '#vault/files/files-view.ts';
import { type EpochRecord, VaultKeys } from '#vault/vault-keys.ts';
import { unlockByHeader } from '../../src/accounts/instance.ts';
import type { Chance } from './chance.ts';
import { hashOf } from './damage.ts';
import type { Figures } from './figures.ts';
import type { History } from './history.ts';
import type { Machine } from './machine.ts';
import type { Owner } from './owner.ts';
import type { Program } from './program.ts';
import { sameInstants, sizeOf } from './questions.ts';
import type { Requests } from './requests.ts';
import { difference, sameFacts, sumsText, Tree, type VersionFacts } from './tree.ts';
import { broken, holds } from './violation.ts';

/** A vault of the run, and everything that is known of it. */
export interface Watched {
  readonly owner: Owner;
  readonly vault: VaultId;
  readonly history: History;
  readonly requests: Requests;
  /** Heads that clients were shown, by sequence. */
  readonly heads: Map<number, string>;
  /** Up to which entry the view was looked at. */
  viewedAt: number;
}

export interface AuditParts {
  readonly machine: Machine;
  readonly program: Program;
  readonly chance: Chance;
  readonly figures: Figures;
}

/** Everything that must hold of a vault while nobody works with it. All damage was repaired before. */
export async function auditVault(parts: AuditParts, watched: Watched, isThorough: boolean): Promise<void> {
  const { program, machine } = parts;
  const { vault, history, owner } = watched;
  const unlocked = owner.unlock(program);
  const secrets = unlocked.vaults.get(vault) ?? broken('the kit does not hold a vault');
  const epochs = program.instance.view.vault(vault)?.epochs ?? [];
  const keys = VaultKeys.unlock(vault, secrets.secret, epochs);
  await readTail(program, watched, keys);
  watched.requests.settle();
  checkHeads(watched);
  checkEpochs(watched);
  checkChunks(machine, watched);
  holds(history.head.sequence === machine.headOf(vault), () => `vault ${vault} has grown while nobody wrote`);
  parts.figures.add('audits');
  if (!isThorough && watched.viewedAt === history.head.sequence && parts.chance.percent(70)) return;
  watched.viewedAt = history.head.sequence;
  const request = { vault, account: unlocked.account.id, secret: secrets.secret, epochs, quotaBytes: undefined };
  const hosted = await program.hosting.open(request);
  await hosted.vault.atRest((view, head) => checkView(watched, view, head));
  await checkContent(parts, watched, hosted.vault, isThorough);
  await checkPast(parts, watched, hosted.vault);
  if (isThorough) {
    await checkCheckpoint(parts, hosted.vault, keys);
    await checkKit(program, watched, epochs);
  }
}

async function readTail(program: Program, { vault, history }: Watched, keys: VaultKeys): Promise<void> {
  for (;;) {
    const entries = await program.journal.entries(vault, history.head.sequence, 100);
    if (entries.length === 0) break;
    for (const stored of entries) history.read(stored, keys);
  }
  const head = await program.journal.head(vault);
  holds(toHex(head.hash) === toHex(history.head.hash), () => `vault ${vault} does not end where its head says`);
}

/** Never older, never forked: what a client was shown stays part of the chain. */
function checkHeads({ vault, history, heads }: Watched): void {
  for (const [sequence, hash] of heads) {
    holds(
      sequence <= history.head.sequence,
      () => `vault ${vault} ends at ${history.head.sequence}, and a client was shown ${sequence}`,
    );
    holds(
      history.entries[sequence - 1]?.hash === hash,
      () => `entry ${sequence} of vault ${vault} is not the one that a client was shown`,
    );
  }
}

function checkEpochs({ vault, history, owner }: Watched): void {
  for (const each of owner.appPasswords) {
    const end = each.ends.get(vault);
    if (end === undefined) continue;
    for (let sequence = end.sequence + 1; sequence <= history.head.sequence; sequence += 1) {
      const epoch = history.entries[sequence - 1]?.epoch ?? 0;
      holds(
        epoch > end.epoch,
        () =>
          `entry ${sequence} of vault ${vault}, after the revocation at ${end.sequence}, opens with the revoked key of epoch ${epoch}`,
      );
    }
  }
}

/** What every entry added is there, whole; nothing was dropped, because nobody signed a drop. */
function checkChunks(machine: Machine, { vault, history }: Watched): void {
  for (const [index, entry] of history.entries.entries()) {
    for (const id of entry.added) {
      const row = machine.memory.chunks.get(id);
      const where = `chunk ${id} of entry ${index + 1} of vault ${vault}`;
      holds(row !== undefined && row.vault === vault, () => `${where} has no row`);
      holds(row.record.state === 'live', () => `${where} is ${row.record.state}, and no drop was signed`);
      const bytes = row.bytes ?? fileBytes(machine, id);
      if (bytes !== undefined && hashOf(bytes) === id) continue;
      holds(
        machine.mayBeLost(chunkPath(id)),
        () => `${where} is ${bytes === undefined ? 'gone' : 'damaged'}, and nothing had hit it`,
      );
    }
  }
}

export function chunkPath(id: ChunkId): string {
  return `chunks/${id.slice(0, 2)}/${id}`;
}

function fileBytes(machine: Machine, id: ChunkId): Uint8Array | undefined {
  const file = machine.disk.node(chunkPath(id));
  return file instanceof SimulatedFile ? file.bytes : undefined;
}

/** The view, whether it came from a checkpoint or not, is what the second reader read. */
function checkView({ vault, history }: Watched, view: FilesView, head: Head): void {
  holds(
    toHex(head.hash) === toHex(history.head.hash),
    () => `the view of vault ${vault} is at ${head.sequence}, the journal at ${history.head.sequence}`,
  );
  holds(view.skipped().length === 0, () => `the view of vault ${vault} skipped operations`);
  const other = difference(history.now, treeOf(view));
  holds(other === undefined, () => `the view of vault ${vault} differs from the second reader: ${other}`);
  for (const row of view.sql.all('SELECT id, size, mtime_ms, sha256, sums, type FROM version')) {
    const id = row['id'] as Parameters<History['facts']>[0];
    holds(
      sameFacts(history.facts(id), factsOfRow(row)),
      () => `version ${id} of vault ${vault} differs from the second reader`,
    );
  }
  for (const row of view.sql.all('SELECT id, size FROM node')) {
    const node = history.now.must(row['id'] as Parameters<Tree['must']>[0]);
    const wanted = sizeOf(history, history.now, node);
    holds(
      Number(row['size']) === wanted,
      () => `"${node.name}" of vault ${vault} has size ${row['size']} instead of ${wanted}`,
    );
  }
}

function factsOfRow(row: Record<string, unknown>): VersionFacts {
  const sums =
    typeof row['sums'] === 'string'
      ? new Map(JSON.parse(row['sums']) as [string, string][])
      : new Map<string, string>();
  return {
    sizeBytes: Number(row['size']),
    sum: toHex(row['sha256'] as Uint8Array),
    mtimeMs: Number(row['mtime_ms']),
    type: (row['type'] as string | null) ?? undefined,
    sums: sumsText(sums),
  };
}

function treeOf(view: FilesView): Tree {
  const states = ['here', 'trashed', 'ended'] as const;
  const properties = new Map<unknown, Map<string, string>>();
  for (const row of view.sql.all('SELECT node, namespace, name, xml FROM property')) {
    const own = properties.get(row['node']) ?? new Map<string, string>();
    own.set(`{${row['namespace']}}${row['name']}`, String(row['xml']));
    properties.set(row['node'], own);
  }
  const nodes = view.sql.all('SELECT id, folder, parent, name, state, version FROM node').map((row) => {
    const id = row['id'] as bigint;
    const isFolder = row['folder'] === 1n;
    if (isFolder !== (row['version'] === null)) broken(`node ${id} is a folder with a version, or a file without`);
    return {
      id,
      parent: id === 0n ? 0n : row['parent'],
      name: row['name'],
      state: states[Number(row['state'])],
      version: row['version'],
      properties: properties.get(id) ?? new Map<string, string>(),
    };
  });
  // Rows have the types that the schema gives them.
  return Tree.empty().with(nodes as unknown as Parameters<Tree['with']>[0]);
}

/** Every version that can be reached reads as it was written. Only where the disk had lied may there be a fault instead. */
async function checkContent(
  parts: AuditParts,
  { history }: Watched,
  vault: FilesVault,
  isThorough: boolean,
): Promise<void> {
  const seen = new Set<ChunkId>();
  for (const [id, version] of history.plain.versions) {
    if (!isThorough && !parts.chance.percent(35)) continue;
    const wanted = history.piecesOf(toHex(version.sha256));
    holds(
      wanted.length === version.pieces.length,
      () => `version ${id} has ${version.pieces.length} pieces instead of ${wanted.length}`,
    );
    for (const [index, piece] of version.pieces.entries()) {
      if (seen.has(piece.chunk)) continue;
      seen.add(piece.chunk);
      try {
        const bytes = await vault.readPiece(piece);
        holds(
          Buffer.compare(bytes, wanted[index] ?? bytes.subarray(0, 0)) === 0,
          () => `piece ${index} of version ${id} reads as something else`,
        );
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        holds(
          parts.machine.mayBeLost(chunkPath(piece.chunk)),
          () => `piece ${index} of version ${id} does not read: ${error.message}`,
        );
      }
    }
  }
}

/** The tree at an instant that passed is still that tree. */
async function checkPast(parts: AuditParts, { history }: Watched, vault: FilesVault): Promise<void> {
  for (let sample = 0; sample < 4 && history.head.sequence > 0; sample += 1) {
    const sequence = parts.chance.pick(history.head.sequence + 1);
    const then = history.treeAt(sequence);
    const folders = [...then.nodes.values()].filter((node) => node.version === null && then.isReachable(node.id));
    const path = then.pathOf(parts.chance.oneOf(folders).id) ?? [];
    const folder = then.lookUp(path, true);
    const got = await vault.listAt(path, sequence);
    const same = folder !== undefined && got !== undefined && sameInstants(then.children(folder.id), got);
    holds(same, () => `the folder ${path.join('/')} at ${sequence} is not what it was`);
  }
}

const tables = ['node', 'past', 'version', 'piece', 'staged', 'property', 'skipped', 'total'] as const;

/** Folding from the first entry equals checkpoint plus tail, row by row. */
async function checkCheckpoint(
  { program, machine, chance }: AuditParts,
  hosted: FilesVault,
  keys: VaultKeys,
): Promise<void> {
  const { journal, chunks } = program;
  const folded = await FilesVault.open({
    keys,
    journal,
    chunks,
    clock: machine.clock,
    random: chance,
    quotaBytes: () => undefined,
  });
  const rows = (vault: FilesVault): Promise<string[]> =>
    vault.atRest((view) =>
      tables.map((table) =>
        view.sql
          .all(`SELECT * FROM ${table}`)
          .map((row) => JSON.stringify(row, textOf))
          .sort()
          .join('\n'),
      ),
    );
  const [fromFirst, fromHosted] = [await rows(folded), await rows(hosted)];
  for (const [index, table] of tables.entries()) {
    holds(
      fromFirst[index] === fromHosted[index],
      () => `the table ${table} folded from the first entry differs from the view that was open`,
    );
  }
  await folded.close();
}

function textOf(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  return value instanceof Uint8Array ? toHex(value) : value;
}

/** A copy and the kit are enough: the public header alone opens the newest epoch. */
async function checkKit(program: Program, { vault, owner }: Watched, epochs: readonly EpochRecord[]): Promise<void> {
  const { header, secrets } = await unlockByHeader(program.journal, vault, owner.kitIdentity);
  holds(
    secrets.epoch >= epochs.length,
    () => `the public header of vault ${vault} opens epoch ${secrets.epoch} of ${epochs.length}`,
  );
  VaultKeys.unlock(vault, secrets.secret, header.epochs);
}
