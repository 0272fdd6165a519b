import { Fault, isFault } from '#base/fault.ts';
import type { CredentialId } from '#base/ids.ts';
import type { Secret } from '#base/secret.ts';
import type { VaultKind } from '#format/instance-operations.ts';
import { makeControl } from '#server/control.ts';
import type { Control } from '#server/control-calls.ts';
import { type Core, openRequestFor, type VaultChoice } from '#server/core.ts';
import { calledMethods, callVault } from '#server/vault-calls.ts';
import { type Hosted, type OpenRequest, VaultHosting } from '#server/vault-hosting.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import type { ChunkStore } from '#store/chunks/chunk-store.ts';
import type { Disk } from '#store/disk.ts';
import type { Journal } from '#store/journal/journal.ts';
import type { VaultPort } from '#vault/files/port.ts';
import { Instance } from '../../src/accounts/instance.ts';
import type { Unlocked } from '../../src/accounts/proofs.ts';
import { Sessions } from '../../src/accounts/sessions.ts';
import { Throttle } from '../../src/accounts/throttle.ts';
import type { Chance } from './chance.ts';
import type { Command } from './commands.ts';
import type { Contents } from './contents.ts';
import type { Machine } from './machine.ts';
import { perform, type Reply } from './perform.ts';
import type { Profile } from './profile.ts';
import { broken } from './violation.ts';

/** Nothing here is brought back or lost outside of what the simulation plays. */
const openGate: Core['gate'] = {
  status: async () => ({ everything: undefined, vaults: [] }),
  lookAtChunks: async () => undefined,
  behind: async () => undefined,
  consult: () => undefined,
  report: async () => undefined,
  maintain: async () => undefined,
  recovery: {
    append: () => broken('a simulated program brings nothing back'),
    lease: () => broken('a simulated program brings nothing back'),
    putPublicHeader: () => broken('a simulated program brings nothing back'),
    startFork: () => broken('a simulated program brings nothing back'),
  },
};

/** Where planted mistakes come in (mutants.ts); an honest run changes nothing. */
export interface Tampering {
  readonly journal?: (journal: Journal, machine: Machine) => Journal;
  readonly chunks?: (chunks: ChunkStore, machine: Machine) => ChunkStore;
  readonly disk?: (disk: Disk, machine: Machine) => Disk;
  readonly openRequest?: (request: OpenRequest, instance: Instance) => OpenRequest;
}

export type Answer =
  | { readonly kind: 'reply'; readonly reply: Reply; readonly by: CredentialId }
  | { readonly kind: 'unauthenticated' }
  | { readonly kind: 'no-vault' }
  | { readonly kind: 'fault'; readonly fault: Fault; readonly by: CredentialId };

export interface Request {
  readonly name: string;
  readonly appPassword: string;
  readonly address: string;
  readonly kind: VaultKind;
  readonly command: Command;
}

export interface ProgramParts {
  readonly machine: Machine;
  readonly profile: Profile;
  readonly instanceKey: Secret;
  readonly chance: Chance;
  readonly contents: Contents;
  readonly tampering: Tampering;
}

/** One run of the program on the machine: wired as the server is, on one thread and without a network. */
export class Program {
  readonly instance: Instance;
  readonly hosting: VaultHosting;
  readonly sessions: Sessions;
  readonly control: Control;
  readonly journal: Journal;
  readonly chunks: ChunkStore;
  readonly disk: Disk;
  readonly #parts: ProgramParts;
  readonly #stop: Stop;

  private constructor(parts: ProgramParts, storage: Storage, instance: Instance) {
    const { journal, chunks, disk, stop } = storage;
    const { clock } = parts.machine;
    this.#parts = parts;
    this.#stop = stop;
    this.instance = instance;
    this.journal = journal;
    this.chunks = chunks;
    this.disk = disk;
    const { memoryBudgetBytes } = parts.profile;
    this.hosting = new VaultHosting({
      journal,
      chunks,
      disk,
      clock,
      random: parts.chance,
      memoryBudgetBytes,
    });
    const throttle = new Throttle(clock);
    this.sessions = new Sessions(instance, throttle);
    this.control = makeControl({ core: this.#core(), throttle, sessions: this.sessions });
  }

  static async start(parts: ProgramParts): Promise<Program> {
    const storage = openStorage(parts);
    const { journal } = storage;
    const { clock } = parts.machine;
    const instanceParts = { journal, clock, random: parts.chance, passwordCost: { memoryKiB: 8, passes: 1 } };
    return new Program(parts, storage, await Instance.open(instanceParts, parts.instanceKey));
  }

  /** An fsync failed: the process has to end before it acknowledges anything else. */
  get mustStop(): boolean {
    return this.#stop.isDue;
  }

  #core(): Core {
    const { instance, journal, chunks, disk } = this;
    return {
      places: { dataFolder: 'simulated', keyFile: 'simulated' },
      instance,
      journal,
      chunks,
      disk,
      gate: openGate,
      copies: {
        define: async () => undefined,
        changed: () => undefined,
        hurry: async () => undefined,
        progress: async () => [],
        drilling: async () => undefined,
        close: async () => undefined,
      },
      readOnly: undefined,
      files: (unlocked, vault) => this.files(unlocked, vault),
      received: (vault) => this.hosting.received(vault),
      putBack: async () => false,
      onChanged: () => () => undefined,
      closeVault: (vault, leastEpochs) => this.hosting.close(vault, leastEpochs),
      close: async () => undefined,
    };
  }

  files(unlocked: Unlocked, vault: VaultChoice): VaultPort | undefined {
    const asked = openRequestFor(this.instance, unlocked, vault);
    if (asked === undefined) return undefined;
    const request = this.#parts.tampering.openRequest?.(asked, this.instance) ?? asked;
    return this.#port(asked, request);
  }

  #port(asked: OpenRequest, request: OpenRequest): VaultPort {
    const opened = async (): Promise<Hosted> => {
      const hosted = await this.hosting.open(request);
      const { vault, account } = hosted.stamp;
      if (vault !== asked.vault || account !== asked.account || hosted.vault.id !== asked.vault)
        broken('an answer was stamped for somebody else');
      return hosted;
    };
    const port: Record<string, unknown> = { id: request.vault };
    for (const method of calledMethods)
      port[method] = async (...args: unknown[]) => callVault((await opened()).vault, method, args);
    port['upload'] = (...[by, declared]: Parameters<VaultPort['upload']>): ReturnType<VaultPort['upload']> => {
      const upload = opened().then(({ vault }) => vault.upload(by, declared));
      upload.catch(() => undefined);
      return {
        add: async (bytes) => (await upload).add(bytes),
        write: async (...args) => (await upload).write(...args),
        abort: async () => (await upload).abort(),
      };
    };
    // Each method of VaultPort is in `calledMethods` (checked by its type) or set above.
    return port as unknown as VaultPort;
  }

  /** One request, from the proof to the answer. */
  async serve(request: Request): Promise<Answer> {
    const { scheduler } = this.#parts.machine;
    await scheduler.pause('request');
    const session = this.sessions.withAppPassword(request.name, request.appPassword, request.address);
    if (session === 'unauthenticated' || 'waitMs' in session) return { kind: 'unauthenticated' };
    const { unlocked } = session;
    const by = unlocked.credential.id;
    try {
      const port = this.files(unlocked, request.kind);
      if (port === undefined) return { kind: 'no-vault' };
      await scheduler.pause('body of a request');
      return { kind: 'reply', by, reply: await perform(port, by, request.command, this.#parts.contents) };
    } catch (error) {
      if (error instanceof Fault) return { kind: 'fault', fault: error, by };
      throw error;
    }
  }
}

interface Stop {
  isDue: boolean;
}

interface Storage {
  readonly journal: Journal;
  readonly chunks: ChunkStore;
  readonly disk: Disk;
  readonly stop: Stop;
}

function openStorage({ machine, profile, tampering }: ProgramParts): Storage {
  const { scheduler } = machine;
  const stop: Stop = { isDue: false };
  const raw = machine.startStorage();
  const disk = watched(tampering.disk?.(raw.disk, machine) ?? raw.disk, stop, undefined);
  const pause = profile.threads ? (what: string) => scheduler.pause(`journal ${what}`) : undefined;
  const journal = watched(tampering.journal?.(raw.journal, machine) ?? raw.journal, stop, pause);
  const files = new ChunkFiles(disk);
  return { journal, chunks: tampering.chunks?.(files, machine) ?? files, disk, stop };
}

/** Every call may be overtaken, on its way there and on its way back; and a failed fsync is told to whoever ends the process. */
function watched<T extends object>(target: T, stop: Stop, pause: ((what: string) => Promise<void>) | undefined): T {
  return new Proxy(target, {
    get: (_, name) => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]): Promise<unknown> => {
        await pause?.(`to ${String(name)}`);
        try {
          return await Reflect.apply(method, target, args);
        } catch (error) {
          if (isFault(error, 'sync-failed')) stop.isDue = true;
          throw error;
        } finally {
          await pause?.(`from ${String(name)}`);
        }
      };
    },
  });
}
