import { Fault } from '#base/fault.ts';
import type { ChunkId, VaultId } from '#base/ids.ts';
import type { Disk } from '#store/disk.ts';

/** docs/format.md §14: what the reaper keeps of its own, beside the journal. Texts, so that a person can read them. */
export const reaperFolder = 'reaper';
const statePath = `${reaperFolder}/state.json`;

interface SeenVault {
  /** Ed25519 public key, hex: as it was first seen. */
  sign: string;
  head: { fork: number; sequence: number; hash: string };
  /** By the hash of a drop entry: the running time at which it was first seen. */
  drops: Record<string, number>;
}

export interface OpenPlan {
  readonly number: number;
  readonly vault: VaultId;
  /** SHA-256 of the plan's file, hex: what is confirmed. */
  readonly sha256: string;
  readonly count: number;
  readonly bytes: number;
  /** Beyond a limit: stays so until it is confirmed, whatever happens meanwhile. */
  readonly needs: { readonly owner: boolean; readonly operator: boolean };
  confirmed: { owner: boolean; operator: boolean };
  /** It counts towards the limits, and is acted on; goes on after a crash. */
  acting: boolean;
}

/** Something that was erased, or is about to be. */
export interface Erasure {
  readonly plan: number;
  readonly ranMs: number;
  readonly vault: VaultId;
  readonly count: number;
  readonly bytes: number;
  /** What was confirmed counts no more towards the limit of whoever confirmed it. */
  readonly confirmed: { readonly owner: boolean; readonly operator: boolean };
}

/** On a copy: behind a lock until then, or left because the copy did not have the drop yet, or did not answer. */
export interface HeldChunk {
  readonly copy: string;
  readonly vault: VaultId;
  readonly id: ChunkId;
  /** Hash of the drop entry, hex. */
  readonly drop: string;
  readonly plan: number;
  readonly untilMs: number;
}

export interface ReaperState {
  readonly version: 1;
  next: number;
  vaults: Record<string, SeenVault>;
  /** Starts of the program, and the running time at which each was first seen: leases of earlier ones ran out then. */
  runs: { readonly run: number; readonly ranMs: number }[];
  plans: OpenPlan[];
  erasures: Erasure[];
  held: HeldChunk[];
}

type StateDisk = Pick<Disk, 'read' | 'replace' | 'makeFolder'>;

/** @throws Fault `damaged`: without what it has seen the reaper does nothing. */
export async function readState(disk: Pick<Disk, 'read'>): Promise<ReaperState> {
  const bytes = await disk.read(statePath);
  if (bytes === null) {
    return { version: 1, next: 1, vaults: {}, runs: [], plans: [], erasures: [], held: [] };
  }
  try {
    const state = JSON.parse(new TextDecoder().decode(bytes)) as ReaperState;
    if (state.version === 1 && Array.isArray(state.plans) && Array.isArray(state.erasures)) return state;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Fault(
    'damaged',
    'What the reaper keeps (reaper/state.json) cannot be read. Nothing was erased. Moved away, all windows begin anew.',
  );
}

export async function writeState(disk: StateDisk, state: ReaperState): Promise<void> {
  await disk.makeFolder(reaperFolder);
  await disk.replace(statePath, textBytes(state));
}

function paddedNumber(number: number): string {
  return String(number).padStart(6, '0');
}

export function planPath(vault: VaultId, number: number): string {
  return `${reaperFolder}/plans/${vault}-${paddedNumber(number)}.json`;
}

export function certificatePath(number: number): string {
  return `${reaperFolder}/certificates/${paddedNumber(number)}.json`;
}

export async function writeText(disk: StateDisk, path: string, value: unknown): Promise<Uint8Array> {
  const bytes = textBytes(value);
  await disk.makeFolder(path.slice(0, path.lastIndexOf('/')));
  await disk.replace(path, bytes);
  return bytes;
}

function textBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
}
