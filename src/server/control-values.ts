import type { CredentialRecord } from '../accounts/instance-view.ts';
import type { Unlocked } from '../accounts/proofs.ts';
import { present, unreachable } from '../base/assert.ts';
import { type NodeId, parseNodeId, parseVersionId, type VersionId } from '../base/ids.ts';
import type { FilesPort } from '../vault/files/port.ts';
import type { NodeInfo, WriteResult } from '../vault/files/types.ts';
import type { ControlAnswer, ControlRefusal, When } from './control-calls.ts';

export function done(value: unknown): ControlAnswer {
  return { kind: 'done', value };
}

export function refuse(why: ControlRefusal): ControlAnswer {
  return { kind: 'refused', why };
}

export function plain(info: NodeInfo): Readonly<Record<string, unknown>> {
  const { id, version, sums, ...rest } = info;
  return { ...rest, id: id.toString(16), version: version?.toString(16) ?? null, sums: Object.fromEntries(sums) };
}

export function found(info: NodeInfo | undefined): ControlAnswer {
  return info === undefined ? refuse('no-such-path') : done(plain(info));
}

export function written(result: WriteResult): ControlAnswer {
  switch (result.kind) {
    case 'done':
      return done({ created: result.created, node: plain(result.node) });
    case 'refused':
      return refuse(result.why);
    default:
      return unreachable(result);
  }
}

/** Sixteen hex digits at most, from a schema; the highest bit is not used. */
const maxId = 2n ** 63n - 1n;

export function nodeOf(hex: string): NodeId {
  return present(parseNodeId(BigInt(`0x${hex}`) & maxId), 'node id');
}

export function versionOf(hex: string): VersionId {
  return present(parseVersionId(BigInt(`0x${hex}`) & maxId), 'version id');
}

export async function sequenceOf(files: FilesPort, instant: When): Promise<number> {
  return 'sequence' in instant ? instant.sequence : files.sequenceAt(instant.timeMs);
}

export async function* nothing(): AsyncGenerator<Uint8Array> {
  // An empty file has no content.
}

/** What the owner calls a credential; those of other people have no name here. */
export function labelOf(credential: CredentialRecord | undefined, owner: Unlocked): string | null {
  return credential?.account === owner.account.id ? (credential.label ?? credential.kind) : null;
}
