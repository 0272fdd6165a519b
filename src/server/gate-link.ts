import type { Fault } from '../base/fault.ts';
import type { GateStatus, WriteGate } from '../store/journal/write-gate.ts';
import type { Caller, Methods } from './rpc.ts';

/** The gate in front of the journal, wherever it is. */
export interface GateLink {
  status(): Promise<GateStatus>;
  /** A read found a stored piece missing: is the chunk folder still the right one? */
  lookAtChunks(): Promise<void>;
}

export function gateOverCalls(caller: Caller): GateLink {
  return {
    status: () => caller.call('status', []) as Promise<GateStatus>,
    lookAtChunks: () => caller.call('lookAtChunks', []) as Promise<void>,
  };
}

export function gateHere(gate: WriteGate): GateLink {
  return { status: async () => gate.status, lookAtChunks: () => gate.lookAtChunks() };
}

/** Of a folder that is only read. */
export function closedGate({ message }: Fault): GateLink {
  return { status: async () => ({ everything: message, vaults: [] }), lookAtChunks: async () => undefined };
}

/** The other side of `gateOverCalls`. */
export function gateMethods(gate: WriteGate): Methods {
  return { status: () => gate.status, lookAtChunks: () => gate.lookAtChunks() };
}
