import { concat, u32, u64 } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import {
  type AccountId,
  accountIdOf,
  type CredentialId,
  credentialIdOf,
  idBytes,
  type NodeId,
  parseNodeId,
  type VaultId,
  vaultIdOf,
} from '../base/ids.ts';
import { BinaryReader } from './binary.ts';
import { type CborValue, decodeCbor, encodeCbor } from './cbor.ts';

/** docs/format.md §12. */
export interface TraceItem {
  readonly timeMs: number;
  readonly account: AccountId | undefined;
  readonly credential: CredentialId | undefined;
  readonly action: string;
  readonly node: NodeId | undefined;
  readonly outcome: string;
  readonly address: string;
  /** Only in the owner's part. */
  readonly path: string;
}

export interface TraceRecord {
  readonly vault: VaultId;
  readonly timeMs: number;
  readonly instanceEpoch: number;
  readonly salt: Uint8Array;
  readonly instancePart: Uint8Array;
  /** Absent for attempts that reached no vault. */
  readonly ownerPart: { readonly epoch: number; readonly box: Uint8Array } | undefined;
}

const recordVersion = 1;
const maxRecordBytes: number = 16 * 1024 * 1024;

export function encodeTraceItems(items: readonly TraceItem[], withPath: boolean): Uint8Array {
  return encodeCbor(
    items.map((each): CborValue => {
      const base = [
        each.timeMs,
        each.account === undefined ? null : idBytes(each.account),
        each.credential === undefined ? null : idBytes(each.credential),
        each.action,
        each.node ?? null,
        each.outcome,
        each.address,
      ];
      return withPath ? [...base, each.path] : base;
    }),
  );
}

/** @throws Fault `damaged`. */
export function decodeTraceItems(bytes: Uint8Array): readonly TraceItem[] {
  const rows = decodeCbor(bytes, 'trace');
  if (!Array.isArray(rows)) throw new Fault('damaged', 'Damaged trace: a list was expected.');
  return rows.map((row: CborValue) => {
    if (!Array.isArray(row)) throw new Fault('damaged', 'Damaged trace: a row was expected.');
    const [timeMs, account, credential, action, node, outcome, address, path] = row as readonly CborValue[];
    if (typeof timeMs !== 'number') throw new Fault('damaged', 'Damaged trace: a row without a time.');
    return {
      timeMs,
      account: account instanceof Uint8Array ? accountIdOf(ofIdLength(account)) : undefined,
      credential: credential instanceof Uint8Array ? credentialIdOf(ofIdLength(credential)) : undefined,
      action: String(action),
      node: typeof node === 'number' || typeof node === 'bigint' ? parseNodeId(node) : undefined,
      outcome: String(outcome),
      address: String(address),
      path: typeof path === 'string' ? path : '',
    };
  });
}

function ofIdLength(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 16) throw new Fault('damaged', 'Damaged trace: an id has a wrong length.');
  return bytes;
}

export function encodeTraceRecord(record: TraceRecord): Uint8Array {
  const rest = concat(
    new Uint8Array([recordVersion]),
    idBytes(record.vault),
    u64(record.timeMs),
    u32(record.instanceEpoch),
    record.salt,
    u32(record.instancePart.length),
    record.instancePart,
    ...(record.ownerPart === undefined ? [] : [u32(record.ownerPart.epoch), record.ownerPart.box]),
  );
  return concat(u32(rest.length), rest);
}

/** Every whole record of a file; what a crash left at its end, torn or zeros, is left out. @throws Fault `damaged`. */
export function decodeTraceFile(bytes: Uint8Array): readonly TraceRecord[] {
  const records: TraceRecord[] = [];
  const reader = new BinaryReader(bytes, 'trace');
  while (reader.remaining >= 4) {
    const length = reader.u32();
    if (length === 0 || length > maxRecordBytes || length > reader.remaining) break;
    records.push(decodeRecord(new BinaryReader(reader.bytes(length), 'trace')));
  }
  return records;
}

function decodeRecord(reader: BinaryReader): TraceRecord {
  const version = reader.u8();
  if (version !== recordVersion) throw new Fault('newer-format', `A trace record has the unknown version ${version}.`);
  const vault = vaultIdOf(reader.bytes(16));
  const timeMs = reader.u64();
  const instanceEpoch = reader.u32();
  const salt = reader.bytes(32);
  const instancePart = reader.bytes(reader.u32());
  const ownerPart = reader.remaining === 0 ? undefined : { epoch: reader.u32(), box: reader.rest() };
  return { vault, timeMs, instanceEpoch, salt, instancePart, ownerPart };
}
