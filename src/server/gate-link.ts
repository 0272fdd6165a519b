import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Fault } from '../base/fault.ts';
import type { VaultId } from '../base/ids.ts';
import type { AppendRequest, ForkableJournal, Head, LeaseRequest, PublicHeaderRow } from '../store/journal/journal.ts';
import type { AskCopies, GateStatus, JournalRecovery, Maintenance, WriteGate } from '../store/journal/write-gate.ts';
import { Caller, type Methods, serveCalls } from './rpc.ts';

/** The gate in front of the journal, wherever it is. */
export interface GateLink {
  status(): Promise<GateStatus>;
  /** A read found a stored piece missing: is the chunk folder still the right one? */
  lookAtChunks(): Promise<void>;
  /** Why what is listed of a vault may be older than what clients have seen; undefined when it is not. */
  behind(vault: VaultId): Promise<string | undefined>;
  /** Asked before the first write of each vault. */
  consult(ask: AskCopies): void;
  /** What a later look at the copies found. */
  report(vault: VaultId, why: string | undefined): Promise<void>;
  /** Begins or ends maintenance. */
  maintain(maintenance: Maintenance | undefined): Promise<void>;
  readonly recovery: JournalRecovery;
}

export function gateHere(gate: WriteGate): GateLink {
  return {
    status: async () => gate.status,
    lookAtChunks: () => gate.lookAtChunks(),
    behind: (vault) => gate.behind(vault),
    consult: (ask) => gate.consult(ask),
    report: async (vault, why) => gate.report(vault, why),
    maintain: (maintenance) => gate.maintain(maintenance),
    recovery: gate.recovery,
  };
}

/** @param caller to the thread of the journal; `send` gives it a port that it asks over. */
export function gateOverCalls(caller: Caller, send: (port: MessagePort) => void): GateLink {
  // Asked for at every listing, and the journal's thread is busy: vaults that nothing has been found against since.
  const current = new Set<VaultId>();
  return {
    status: () => caller.call('status', []) as Promise<GateStatus>,
    lookAtChunks: () => caller.call('lookAtChunks', []) as Promise<void>,
    behind: async (vault) => {
      if (current.has(vault)) return undefined;
      const why = (await caller.call('behind', [vault])) as string | undefined;
      if (why === undefined) current.add(vault);
      return why;
    },
    consult: (ask) => {
      const { port1, port2 } = new MessageChannel();
      serveCalls(port1, { ask });
      port1.unref();
      send(port2);
    },
    report: (vault, why) => {
      if (why !== undefined) current.delete(vault);
      return caller.call('report', [vault, why]) as Promise<void>;
    },
    maintain: (maintenance) => caller.call('maintain', [maintenance]) as Promise<void>,
    recovery: {
      append: (request) => {
        current.delete(request.vault);
        return caller.call('append', [request]) as ReturnType<JournalRecovery['append']>;
      },
      lease: (request) => caller.call('lease', [request]) as ReturnType<JournalRecovery['lease']>,
      putPublicHeader: (vault, row) => caller.call('putPublicHeader', [vault, row]) as Promise<void>,
      startFork: (vault, expected, fork) => {
        current.delete(vault);
        return caller.call('startFork', [vault, expected, fork]) as ReturnType<ForkableJournal['startFork']>;
      },
    },
  };
}

/** Of a folder that is only read. */
export function closedGate(why: Fault): GateLink {
  const refuse = async (): Promise<never> => {
    throw why;
  };
  return {
    status: async () => ({ everything: why.message, vaults: [] }),
    lookAtChunks: async () => undefined,
    behind: async () => undefined,
    consult: () => undefined,
    report: async () => undefined,
    maintain: refuse,
    recovery: { append: refuse, lease: refuse, putPublicHeader: refuse, startFork: refuse },
  };
}

/** The other side of `gateOverCalls`. */
export function gateMethods(gate: WriteGate): Methods {
  const { recovery } = gate;
  return {
    status: () => gate.status,
    lookAtChunks: () => gate.lookAtChunks(),
    behind: (vault: VaultId) => gate.behind(vault),
    report: (vault: VaultId, why: string | undefined) => gate.report(vault, why),
    maintain: (maintenance: Maintenance | undefined) => gate.maintain(maintenance),
    append: (request: AppendRequest) => recovery.append(request),
    lease: (request: LeaseRequest) => recovery.lease(request),
    putPublicHeader: (vault: VaultId, row: PublicHeaderRow) => recovery.putPublicHeader(vault, row),
    startFork: (vault: VaultId, expected: Head, fork: number) => recovery.startFork(vault, expected, fork),
  };
}

/** In the journal's thread: the copies are known elsewhere. */
export function consultOver(gate: WriteGate, port: MessagePort): void {
  const caller = new Caller(port);
  gate.consult((vault) => caller.call('ask', [vault]) as ReturnType<AskCopies>);
}
