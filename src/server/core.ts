import { Instance } from '../accounts/instance.ts';
import type { Unlocked } from '../accounts/proofs.ts';
import { present } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import type { ChunkId, VaultId } from '../base/ids.ts';
import { type Argon2Cost, passwordCost } from '../crypto/primitives.ts';
import type { VaultKind } from '../format/instance-operations.ts';
import { ChunkFiles } from '../store/chunks/chunk-files.ts';
import type { ChunkStore } from '../store/chunks/chunk-store.ts';
import type { Disk } from '../store/disk.ts';
import { openFileDisk } from '../store/disk-files.ts';
import { openGatedJournal } from '../store/journal/gated-journal.ts';
import type { Journal } from '../store/journal/journal.ts';
import { openNewerFolder } from '../store/journal/newer-folder.ts';
import { lockFolder } from '../store/lock.ts';
import type { VaultPort } from '../vault/files/port.ts';
import { consultCopies } from './consult-copies.ts';
import { CopiesHere } from './copies-here.ts';
import { type CopiesLink, toWire } from './copies-link.ts';
import { listingCopies } from './copy-list.ts';
import { hasJournal, instanceKey, makeDataFolder, type Places } from './data-folder.ts';
import { closedGate, type GateLink, gateHere } from './gate-link.ts';
import { ReadRepair } from './read-repair.ts';
import { realClock, realRandomness } from './real-world.ts';
import { calledMethods, callVault } from './vault-calls.ts';
import { type OpenRequest, VaultHosting } from './vault-hosting.ts';

/** A running instance, whichever threads it runs in: accounts, and a way to opened vaults. */
export interface Core {
  readonly places: Places;
  readonly instance: Instance;
  readonly journal: Journal;
  readonly chunks: ChunkStore;
  readonly disk: Disk;
  readonly gate: GateLink;
  readonly copies: CopiesLink;
  /** Why nothing can be written; undefined when it can. */
  readonly readOnly: Fault | undefined;
  /** A vault of files that this proof opens; undefined when the credential does not hold one of this kind. */
  files(unlocked: Unlocked, vault: VaultChoice): VaultPort | undefined;
  /** Something came for a vault: when it is open, that takes effect now. */
  received(vault: VaultId): Promise<void>;
  /** A chunk that was found damaged or missing, from the first copy that has it. */
  putBack(chunk: ChunkId): Promise<boolean>;
  /** Vaults that were written to, told at most once a second. @returns what ends the listening. */
  onChanged(listener: (vaults: readonly VaultId[]) => void): () => void;
  /** Before its epoch changes, and after: from here on only requests that know so many epochs open it. */
  closeVault(vault: VaultId, leastEpochs: number): Promise<void>;
  close(): Promise<void>;
}

/** One of the account's own by its kind, or any that the proof holds by its id. */
export type VaultChoice = VaultKind | VaultId;

export function openRequestFor(instance: Instance, unlocked: Unlocked, vault: VaultChoice): OpenRequest | undefined {
  const record =
    instance.view.vault(vault as VaultId) ??
    instance.view.vaultsOf(unlocked.account.id).find((each) => each.kind === vault && unlocked.vaults.has(each.id));
  if (record === undefined || !unlocked.vaults.has(record.id)) return undefined;
  const { secret, epoch } = present(unlocked.vaults.get(record.id), 'secrets');
  if (epoch !== record.epochs.length) {
    throw new Fault(
      'unavailable',
      'The keys of this account were changed meanwhile. Nothing was changed; send it again.',
    );
  }
  const quotaBytes = instance.view.account(record.account)?.quotaBytes;
  return { vault: record.id, account: record.account, secret, epochs: record.epochs, quotaBytes };
}

export interface CoreOptions {
  readonly passwordCost?: Argon2Cost;
}

/**
 * Everything in this process and thread, for the command line beside a stopped server.
 * @throws Fault `in-use` when a server has the folder, `bad-key`, `damaged`, `newer-format`.
 */
export async function openLocalCore(places: Places, options: CoreOptions = {}): Promise<Core> {
  const folderIsNew = !hasJournal(places);
  await makeDataFolder(places);
  const lock = lockFolder(places.dataFolder);
  try {
    const key = await instanceKey(places, folderIsNew);
    const { disk, journal, gate, why } = await openStore(places.dataFolder, folderIsNew);
    const chunks = new ChunkFiles(disk);
    const parts = { journal, clock: realClock, random: realRandomness };
    const instance = await Instance.open({ ...parts, passwordCost: options.passwordCost ?? passwordCost }, key);
    const here = new CopiesHere({
      instance: instance.vault,
      journal,
      chunks,
      disk,
      bytesPerSecond: undefined,
      folderPuts,
      onStop: (why) => {
        throw new Fault('sync-failed', why);
      },
      onBug: (error) => {
        throw error;
      },
    });
    consultCopies(instance, journal, gate);
    const link = copiesOf(here);
    const copies = why === undefined ? listingCopies(link, disk, instance) : link;
    await copies.define(why === undefined ? instance.view.copies() : []);
    const hosting = new VaultHosting({
      ...parts,
      chunks,
      disk,
      memoryBudgetBytes: Number.MAX_SAFE_INTEGER,
      isReadOnly: why !== undefined,
    });
    const repair = new ReadRepair({ instance, journal, chunks, disk });
    return {
      places,
      instance,
      journal,
      chunks,
      disk,
      gate,
      copies,
      readOnly: why,
      files: (unlocked, vault) => {
        const request = openRequestFor(instance, unlocked, vault);
        if (request === undefined) return undefined;
        const port = localPort(hosting, request);
        return why === undefined ? repair.wrap(port) : port;
      },
      received: (vault) => hosting.received(vault),
      putBack: (chunk) => repair.putBack(chunk),
      // One command has the folder, and nobody else writes.
      onChanged: () => () => undefined,
      closeVault: (vault, leastEpochs) => hosting.close(vault, leastEpochs),
      close: async () => {
        await copies.close();
        await hosting.closeAll();
        await journal.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Nobody else uses the disk through this process; a disk joins the fsyncs of many. */
const folderPuts = 16;

/** Beside a stopped server copies are followed when a command asks for it. */
function copiesOf(copies: CopiesHere): CopiesLink {
  return {
    define: (records) => copies.define(records.filter(({ paused }) => !paused).map(toWire), false),
    changed: (vaults) => copies.changed(vaults),
    hurry: () => copies.hurry(),
    progress: async () => copies.progress(),
    drilling: async () => undefined,
    close: () => copies.close(),
  };
}

interface OpenStore {
  readonly disk: Disk;
  readonly journal: Journal;
  readonly gate: GateLink;
  readonly why: Fault | undefined;
}

async function openStore(folder: string, folderIsNew: boolean): Promise<OpenStore> {
  const disk = openFileDisk(folder);
  const newer = folderIsNew ? undefined : await openNewerFolder(folder, disk);
  if (newer !== undefined) return { ...newer, gate: closedGate(newer.why) };
  const { journal, gate } = await openGatedJournal(folder, disk, { create: folderIsNew });
  return { disk, journal, gate: gateHere(gate), why: undefined };
}

function localPort(hosting: VaultHosting, request: OpenRequest): VaultPort {
  const opened = async (): Promise<Awaited<ReturnType<VaultHosting['open']>>> => hosting.open(request);
  const port: Record<string, unknown> = { id: request.vault };
  for (const method of calledMethods)
    port[method] = async (...args: unknown[]) => callVault((await opened()).vault, method, args);
  port['upload'] = (...[by, declared]: Parameters<VaultPort['upload']>): ReturnType<VaultPort['upload']> => {
    const upload = opened().then(({ vault }) => vault.upload(by, declared));
    return {
      add: async (bytes) => (await upload).add(bytes),
      write: async (...args) => (await upload).write(...args),
      abort: async () => (await upload).abort(),
    };
  };
  // Each method of VaultPort is in `calledMethods` (checked by its type) or set above.
  return port as unknown as VaultPort;
}
