import { availableParallelism, totalmem } from 'node:os';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { Instance } from '../accounts/instance.ts';
import type { Unlocked } from '../accounts/proofs.ts';
import { present } from '../base/assert.ts';
import { Fault } from '../base/fault.ts';
import type { VaultId } from '../base/ids.ts';
import { passwordCost } from '../crypto/primitives.ts';
import { ChunkFiles } from '../store/chunks/chunk-files.ts';
import { openFileDisk } from '../store/disk-files.ts';
import type { Journal } from '../store/journal/journal.ts';
import { openNewerFolder } from '../store/journal/newer-folder.ts';
import { openJournalReader } from '../store/journal/sqlite-reader.ts';
import { lockFolder } from '../store/lock.ts';
import type { FilesPort } from '../vault/files/port.ts';
import type { MassDeletionNotice } from '../vault/files/removal-count.ts';
import { consultCopies } from './consult-copies.ts';
import { CopierThread, type CopierThreadData } from './copies-link.ts';
import { listingCopies } from './copy-list.ts';
import { type Core, type CoreOptions, openRequestFor, type VaultChoice } from './core.ts';
import { hasJournal, instanceKey, makeDataFolder, type Places } from './data-folder.ts';
import { closedGate, type GateLink, gateOverCalls } from './gate-link.ts';
import { journalOverCalls } from './journal-link.ts';
import type { JournalThreadData } from './journal-thread.ts';
import { MediaWork } from './media-work.ts';
import { ReadRepair } from './read-repair.ts';
import { realClock, realRandomness } from './real-world.ts';
import { Caller } from './rpc.ts';
import { type LinkAlarms, linkVault } from './vault-link.ts';
import type { VaultThreadData } from './vault-thread.ts';

export interface ThreadedOptions extends CoreOptions {
  /** A thread or the journal gave up: nothing more can be acknowledged, the process must end. */
  readonly onStop: (why: string) => void;
  readonly alarms: LinkAlarms & {
    readonly onCopierEnded: (what: string) => void;
    readonly onMediaFailure: (why: string) => void;
  };
  /** How copies are followed and proven. */
  readonly copying: Omit<CopierThreadData, 'dataFolder' | 'instance'>;
  /** A credential takes away more than it usually would. */
  readonly onMassDeletion: (notice: MassDeletionNotice) => void;
  /** A proof opened a vault for the first time. */
  readonly onOpened: (unlocked: Unlocked, vault: VaultChoice, files: FilesPort) => void;
}

export interface ThreadedCore extends Core {
  /** Called once a minute: closes unused vaults, writes checkpoints. */
  tidy(): Promise<void>;
  openVaults(): Promise<number>;
}

/** The server's core: the journal in one thread, opened vaults in as many as there are cores. */
export async function openThreadedCore(places: Places, options: ThreadedOptions): Promise<ThreadedCore> {
  const folderIsNew = !hasJournal(places);
  await makeDataFolder(places);
  const lock = lockFolder(places.dataFolder);
  let journalThread: JournalThread | undefined;
  try {
    const key = await instanceKey(places, folderIsNew);
    const realDisk = openFileDisk(places.dataFolder);
    const newer = folderIsNew ? undefined : await openNewerFolder(places.dataFolder, realDisk);
    // A folder that is only read has nobody who writes its journal.
    if (newer === undefined)
      journalThread = await JournalThread.start({ dataFolder: places.dataFolder, create: folderIsNew }, options.onStop);
    const journal = newer?.journal ?? writtenBy(journalThread, places.dataFolder);
    const disk = newer?.disk ?? realDisk;
    const parts = { journal, clock: realClock, random: realRandomness };
    const instance = await Instance.open({ ...parts, passwordCost: options.passwordCost ?? passwordCost }, key);
    const running = journalThread;
    const copier = new CopierThread(
      { dataFolder: places.dataFolder, instance: instance.vault, ...options.copying },
      { onStop: options.onStop, onBug: options.alarms.onCopierEnded },
    );
    // A program that does not know the format must not take what it sees for the whole.
    const copies = newer === undefined ? listingCopies(copier, disk, instance) : copier;
    const gate = newer === undefined ? gateOf(present(running, 'journal thread')) : closedGate(newer.why);
    const consult = consultCopies(instance, journal, gate);
    const listeners = new Set<(vaults: readonly VaultId[]) => void>();
    const media = new MediaWork({ clock: realClock, onFailure: options.alarms.onMediaFailure });
    running?.onChanged((vaults) => {
      copies.changed(vaults);
      for (const vault of vaults) media.changed(vault);
      for (const listener of listeners) listener(vaults);
    });
    await copies.define(newer === undefined ? instance.view.copies() : []);
    const threads = new VaultThreads(places.dataFolder, running, options);
    const chunks = new ChunkFiles(disk);
    const repair = new ReadRepair({ instance, journal, chunks, disk });
    return {
      places,
      instance,
      journal,
      chunks,
      disk,
      copies,
      gate,
      readOnly: newer?.why,
      files: withMedia(
        media,
        newer === undefined,
        remembered(options.onOpened, (unlocked, vault) => {
          const request = openRequestFor(instance, unlocked, vault);
          if (request === undefined) return undefined;
          const port = linkVault(threads.of(request.vault), request, options.alarms);
          // In a folder of a newer program nothing is written.
          return newer === undefined ? repair.wrap(port) : port;
        }),
      ),
      received: async (vault) => {
        await threads.of(vault).call('received', [vault]);
      },
      putBack: (chunk) => repair.putBack(chunk),
      onChanged: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      closeVault: async (vault, leastEpochs) => {
        await threads.of(vault).call('close', [vault, leastEpochs]);
      },
      tidy: async () => {
        media.tidy();
        await Promise.all([threads.each('tidy'), consult.askAgain()]);
      },
      openVaults: async () => (await threads.each('openVaults')).reduce<number>((sum, each) => sum + Number(each), 0),
      close: async () => {
        await media.close();
        await threads.stop();
        await copies.close();
        await journal.close();
        await running?.stop();
        lock.release();
      },
    };
  } catch (error) {
    // A thread that goes on would keep a program alive that cannot start.
    await journalThread?.stop();
    lock.release();
    throw error;
  }
}

/** While an owner uses a vault of files, its photos are looked through. */
function withMedia(media: MediaWork, mayWrite: boolean, files: Core['files']): Core['files'] {
  return (unlocked, kind) => {
    const port = files(unlocked, kind);
    if (port !== undefined && mayWrite && kind === 'files') media.use(port);
    return port;
  };
}

function gateOf(thread: JournalThread): GateLink {
  return gateOverCalls(thread.caller, (port) => thread.consult(port));
}

function writtenBy(thread: JournalThread | undefined, dataFolder: string): Journal {
  return journalOverCalls(new Caller(present(thread, 'journal thread').connect()), openJournalReader(dataFolder));
}

/** A link is made once for a proof and vault; it goes with the proof. */
function remembered(onOpened: ThreadedOptions['onOpened'], make: Core['files']): Core['files'] {
  const links = new WeakMap<Unlocked, Map<VaultChoice, ReturnType<Core['files']>>>();
  return (unlocked, vault) => {
    let made = links.get(unlocked);
    if (made === undefined) {
      made = new Map();
      links.set(unlocked, made);
    }
    const known = made.get(vault);
    if (known !== undefined) return known;
    const link = make(unlocked, vault);
    made.set(vault, link);
    if (link !== undefined) onOpened(unlocked, vault, link);
    return link;
  };
}

class JournalThread {
  /** To the gate. */
  readonly caller: Caller;
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
    this.caller = new Caller(worker as unknown as MessagePort);
  }

  static async start(workerData: JournalThreadData, onStop: (why: string) => void): Promise<JournalThread> {
    const worker = new Worker(new URL('./journal-thread.ts', import.meta.url), { workerData });
    await new Promise<void>((resolve, reject) => {
      worker.once('message', ({ refused }: { readonly refused?: Pick<Fault, 'code' | 'message'> }) => {
        if (refused === undefined) resolve();
        else reject(new Fault(refused.code, refused.message));
      });
      worker.once('error', reject);
    });
    worker.on('message', (message: { readonly stop?: string }) => {
      if (message.stop !== undefined) onStop(message.stop);
    });
    worker.on('error', (error: Error) => onStop(`The journal thread ended: ${error.message}`));
    return new JournalThread(worker);
  }

  /** Vaults that were appended to, at most once a second. */
  onChanged(listener: (vaults: readonly VaultId[]) => void): void {
    this.#worker.on('message', (message: { readonly changed?: readonly VaultId[] }) => {
      if (message.changed !== undefined) listener(message.changed);
    });
  }

  connect(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#worker.postMessage({ connect: port2 }, [port2]);
    return port1;
  }

  /** The gate asks about copies over this port. */
  consult(port: MessagePort): void {
    this.#worker.postMessage({ copies: port }, [port]);
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#worker.on('message', (message: { readonly closed?: true }) => {
        if (message.closed === true) resolve();
      });
      this.#worker.once('exit', () => resolve());
    });
    this.#worker.postMessage({ close: true });
    await closed;
    await this.#worker.terminate();
  }
}

interface VaultThread {
  readonly worker: Worker;
  readonly caller: Caller;
}

/** A vault is always hosted by the same thread. Threads start when the first vault needs them: an idle server is small. */
class VaultThreads {
  readonly #dataFolder: string;
  /** Undefined when the folder is only read. */
  readonly #journal: JournalThread | undefined;
  readonly #tell: Pick<ThreadedOptions, 'onStop' | 'onMassDeletion'>;
  readonly #threads: (VaultThread | undefined)[];

  constructor(
    dataFolder: string,
    journal: JournalThread | undefined,
    tell: Pick<ThreadedOptions, 'onStop' | 'onMassDeletion'>,
  ) {
    this.#dataFolder = dataFolder;
    this.#journal = journal;
    this.#tell = tell;
    this.#threads = Array.from({ length: availableParallelism() }, () => undefined);
  }

  of(vault: VaultId): Caller {
    const index = Number.parseInt(vault.slice(0, 8), 16) % this.#threads.length;
    const thread = this.#threads[index] ?? this.#start();
    this.#threads[index] = thread;
    return thread.caller;
  }

  #start(): VaultThread {
    const journalPort = this.#journal?.connect();
    // DESIGN §5: a quarter of the machine's memory for all views, shared out over the threads.
    const memoryBudgetBytes = Math.floor(totalmem() / 4 / this.#threads.length);
    const workerData: VaultThreadData = { dataFolder: this.#dataFolder, journalPort, memoryBudgetBytes };
    const worker = new Worker(new URL('./vault-thread.ts', import.meta.url), {
      workerData,
      transferList: journalPort === undefined ? [] : [journalPort],
    });
    const caller = new Caller(worker as unknown as MessagePort);
    worker.on('message', (message: { readonly stop?: string; readonly massDeletion?: MassDeletionNotice }) => {
      if (message.stop !== undefined) this.#tell.onStop(message.stop);
      if (message.massDeletion !== undefined) this.#tell.onMassDeletion(message.massDeletion);
    });
    worker.on('error', (error: Error) => {
      caller.end(
        new Fault('unavailable', 'A part of the program ended. Nothing more is acknowledged; the server is stopping.', {
          cause: error,
        }),
      );
      this.#tell.onStop(`A vault thread ended: ${error.message}`);
    });
    return { worker, caller };
  }

  each(method: string): Promise<unknown[]> {
    return Promise.all(
      this.#threads.flatMap((thread) => (thread === undefined ? [] : [thread.caller.call(method, [])])),
    );
  }

  async stop(): Promise<void> {
    await this.each('closeAll');
    for (const thread of this.#threads) await thread?.worker.terminate();
  }
}
