import { setPriority } from 'node:os';
import { type MessagePort, Worker } from 'node:worker_threads';
import type { CopyRecord } from '../accounts/instance-view.ts';
import { Fault } from '../base/fault.ts';
import type { CopyId, VaultId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import type { CopyProgress } from '../copies/copy-follower.ts';
import type { ProofSettings } from '../copies/proof-status.ts';
import type { BucketDescription, CopyDescription } from '../format/copy-description.ts';
import { Caller } from './rpc.ts';

/** What follows the copies of an instance, wherever it runs. */
export interface CopiesLink {
  /** Those of them that are not paused are followed from here on, and no others. */
  define(copies: readonly CopyRecord[]): Promise<void>;
  /** Entries were appended to these vaults. */
  changed(vaults: readonly VaultId[]): void;
  /** Looks at everything now, also where an outage is waited for. */
  hurry(): Promise<void>;
  progress(): Promise<readonly CopyProgress[]>;
  /** The drill that runs now. */
  drilling(): Promise<RunningDrill | undefined>;
  close(): Promise<void>;
}

/** A description on its way to the thread: secrets as bytes, which never leave the process. */
export interface WireCopy {
  readonly copy: CopyId;
  readonly place: string;
  readonly kind: CopyDescription['kind'];
  readonly bucket:
    | (Omit<BucketDescription, 'credentials'> & {
        readonly access: string;
        readonly secret: Uint8Array;
        readonly token: Uint8Array | undefined;
      })
    | undefined;
}

export function toWire({ copy, place, kind, bucket }: CopyDescription): WireCopy {
  if (bucket === undefined) return { copy, place, kind, bucket };
  const { credentials, region, lock } = bucket;
  return {
    copy,
    place,
    kind,
    bucket: {
      region,
      lock,
      access: credentials.accessKeyId,
      secret: credentials.secretAccessKey.expose(),
      token: credentials.sessionToken?.expose(),
    },
  };
}

export function fromWire({ place, bucket }: WireCopy): Pick<CopyDescription, 'place' | 'bucket'> {
  if (bucket === undefined) return { place, bucket };
  const { region, lock, access, secret, token } = bucket;
  const sessionToken = token === undefined ? undefined : new Secret(token);
  return {
    place,
    bucket: {
      region,
      lock,
      credentials: { accessKeyId: access, secretAccessKey: new Secret(secret), sessionToken },
    },
  };
}

export interface CopierThreadData extends ProofSettings {
  readonly dataFolder: string;
  readonly instance: VaultId;
  readonly bytesPerSecond: number | undefined;
  /** Of a RequestCount. */
  readonly requests: SharedArrayBuffer;
}

/** A drill that runs now. */
export interface RunningDrill {
  readonly copy: CopyId;
  readonly sinceMs: number;
  readonly sizeBytes: number;
}

export interface CopierAlarms {
  /** The data folder does not keep its word. */
  readonly onStop: (why: string) => void;
  /** Copies are not followed any more; the server goes on. */
  readonly onBug: (what: string) => void;
}

/** What is copied must not slow down who waits for an answer. */
const niceness = 10;

/** In a thread of its own, which starts with the first copy: an instance without one pays nothing. */
export class CopierThread implements CopiesLink {
  readonly #data: CopierThreadData;
  readonly #alarms: CopierAlarms;
  #running: { readonly worker: Worker; readonly caller: Caller } | undefined;

  constructor(data: CopierThreadData, alarms: CopierAlarms) {
    this.#data = data;
    this.#alarms = alarms;
  }

  async define(copies: readonly CopyRecord[]): Promise<void> {
    const followed = copies.filter(({ paused }) => !paused);
    if (followed.length === 0 && this.#running === undefined) return;
    this.#running ??= this.#start();
    await this.#running.caller.call('define', [followed.map(toWire)]);
  }

  changed(vaults: readonly VaultId[]): void {
    this.#running?.caller.call('changed', [vaults]).catch(() => undefined);
  }

  async hurry(): Promise<void> {
    await this.#running?.caller.call('hurry', []);
  }

  async progress(): Promise<readonly CopyProgress[]> {
    return ((await this.#running?.caller.call('progress', [])) ?? []) as readonly CopyProgress[];
  }

  async drilling(): Promise<RunningDrill | undefined> {
    return (await this.#running?.caller.call('drilling', [])) as RunningDrill | undefined;
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.caller.call('close', []).catch(() => undefined);
    await running?.worker.terminate();
  }

  #start(): { readonly worker: Worker; readonly caller: Caller } {
    const worker = new Worker(new URL('./copier-thread.ts', import.meta.url), { workerData: this.#data });
    worker.on('message', (message: { readonly stop?: string; readonly bug?: string; readonly tid?: number }) => {
      if (message.stop !== undefined) this.#alarms.onStop(message.stop);
      if (message.bug !== undefined) this.#alarms.onBug(message.bug);
      if (message.tid !== undefined) lowerPriority(message.tid);
    });
    const caller = new Caller(worker as unknown as MessagePort);
    worker.on('error', (error: Error) => {
      caller.end(
        new Fault('unavailable', 'The part of the program that follows copies has ended. Restart the server.'),
      );
      this.#alarms.onBug(error.stack ?? error.message);
    });
    return { worker, caller };
  }
}

/** Linux takes the id of a thread where others want a process. */
function lowerPriority(tid: number): void {
  try {
    setPriority(tid, niceness);
  } catch {
    // Forbidden somewhere: it is only slower for the others then.
  }
}
