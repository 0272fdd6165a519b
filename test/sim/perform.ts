import { unreachable } from '#base/assert.ts';
import type { CredentialId, NodeId } from '#base/ids.ts';
import type { Property } from '#format/file-operations.ts';
import type { Activity } from '#vault/files/activity.ts';
import type { FilesPort, Listing, LockResult, ReadPlan, Usage } from '#vault/files/port.ts';
import type { Instant, TrashInfo, VersionInfo } from '#vault/files/queries.ts';
import type { Lock, NodeInfo, Refused, WriteResult } from '#vault/files/types.ts';
import type { DeclaredSum } from '#vault/files/upload.ts';
import type { Command } from './commands.ts';
import { type Contents, cut } from './contents.ts';

/** The answer to a command, by the shape that it has. */
export type Reply =
  | { readonly of: 'change'; readonly value: WriteResult }
  | { readonly of: 'lock'; readonly value: LockResult }
  | { readonly of: 'unlock'; readonly value: 'unlocked' | Refused }
  | { readonly of: 'stat'; readonly value: NodeInfo | undefined }
  | { readonly of: 'list'; readonly value: Listing | undefined }
  | { readonly of: 'listAt'; readonly value: readonly Instant[] | undefined }
  | { readonly of: 'read'; readonly value: Refused | PlanWithBytes }
  | { readonly of: 'versions'; readonly value: readonly VersionInfo[] | undefined }
  | { readonly of: 'properties'; readonly value: readonly Property[] | undefined }
  | { readonly of: 'childProperties'; readonly value: ReadonlyMap<NodeId, readonly Property[]> }
  | { readonly of: 'trashed'; readonly value: readonly TrashInfo[] }
  | { readonly of: 'locksOn'; readonly value: readonly Lock[] }
  | { readonly of: 'activity'; readonly value: readonly Activity[] }
  | { readonly of: 'usage'; readonly value: Usage }
  | { readonly of: 'sequenceAt'; readonly value: number };

export interface PlanWithBytes {
  readonly kind: 'read';
  readonly plan: ReadPlan;
  /** Pieces that were read, by their place in the plan. */
  readonly pieces: ReadonlyMap<number, Uint8Array>;
}

/** Does what a command says, as a face would. */
export async function perform(port: FilesPort, by: CredentialId, command: Command, contents: Contents): Promise<Reply> {
  const caller = { by, conditions: command.conditions };
  switch (command.do) {
    case 'put':
    case 'upload':
      return { of: 'change', value: await write(port, by, command, contents) };
    case 'folder':
      return { of: 'change', value: await port.makeFolder(caller, command.path) };
    case 'trash':
      return { of: 'change', value: await port.trash(caller, command.path) };
    case 'move':
      return { of: 'change', value: await port.move(caller, transferOf(command)) };
    case 'copy':
      return { of: 'change', value: await port.copy(caller, transferOf(command)) };
    case 'props':
      return { of: 'change', value: await port.setProperties(caller, command.path, command) };
    case 'restore':
      return { of: 'change', value: await port.restore(caller, command.node, command.to) };
    case 'end':
      return { of: 'change', value: await port.end(caller, command.nodes) };
    case 'pick':
      return { of: 'change', value: await port.pickVersion(caller, command.path, command.version) };
    case 'rewind':
      return { of: 'change', value: await port.rewind(caller, command.path, command.sequence) };
    case 'lock':
      return { of: 'lock', value: await port.lock(caller, command.path, { ...command, owner: 'somebody' }) };
    case 'refresh':
      return { of: 'lock', value: await port.refreshLock(caller, command.path, command.timeoutMs) };
    case 'unlock':
      return { of: 'unlock', value: await port.unlock(caller, command.path, command.token) };
    default:
      return await ask(port, command);
  }
}

function transferOf(command: Extract<Command, { do: 'move' | 'copy' }>): Parameters<FilesPort['copy']>[1] {
  const { from, to, overwrite, shallow } = command;
  return { from, to, overwrite, shallow };
}

async function write(
  port: FilesPort,
  by: CredentialId,
  command: Extract<Command, { do: 'put' | 'upload' }>,
  contents: Contents,
): Promise<WriteResult> {
  const { bytes, sha1 } = contents.get(command.content);
  const caller = { by, conditions: command.conditions };
  const declared: DeclaredSum[] =
    command.sum === 'none' ? [] : [{ name: 'SHA1', hex: command.sum === 'right' ? sha1 : '00'.repeat(20) }];
  const meta = { mtimeMs: command.mtimeMs, type: command.type };
  if (command.do === 'put') return await port.put(caller, command.path, bytes, declared, meta);
  const upload = port.upload(by, declared);
  for (const piece of cut(bytes)) {
    if ((await upload.add(piece)) === 'over-quota') {
      await upload.abort();
      return { kind: 'refused', why: 'over-quota' };
    }
  }
  return await upload.write(caller, command.path, meta);
}

type Asked = Exclude<
  Command,
  {
    do:
      | 'put'
      | 'upload'
      | 'folder'
      | 'trash'
      | 'move'
      | 'copy'
      | 'props'
      | 'restore'
      | 'end'
      | 'pick'
      | 'rewind'
      | 'lock'
      | 'refresh'
      | 'unlock';
  }
>;

async function ask(port: FilesPort, command: Asked): Promise<Reply> {
  switch (command.do) {
    case 'stat':
      return { of: 'stat', value: await port.stat(command.path) };
    case 'list':
      return { of: 'list', value: await port.list(command.path) };
    case 'listAt':
      return { of: 'listAt', value: await port.listAt(command.path, command.sequence) };
    case 'read':
      return { of: 'read', value: await read(port, command) };
    case 'versions':
      return { of: 'versions', value: await port.versions(command.path) };
    case 'properties':
      return { of: 'properties', value: await port.properties(command.path) };
    case 'childProperties':
      return { of: 'childProperties', value: await port.childProperties(command.path) };
    case 'trashed':
      return { of: 'trashed', value: await port.trashed() };
    case 'locksOn':
      return { of: 'locksOn', value: await port.locksOn(command.path) };
    case 'activity':
      return { of: 'activity', value: await port.activity(command.limit) };
    case 'usage':
      return { of: 'usage', value: await port.usage() };
    case 'sequenceAt':
      return { of: 'sequenceAt', value: await port.sequenceAt(command.timeMs) };
    default:
      return unreachable(command);
  }
}

/** Small content comes with the plan; of large content all pieces are read, or one of them, as for a range. */
async function read(port: FilesPort, command: Extract<Command, { do: 'read' }>): Promise<Refused | PlanWithBytes> {
  const plan = await port.plan(command.path, command.onlyPiece === undefined ? smallBytes : 0, command.version);
  if (plan.kind === 'refused') return plan;
  const pieces = new Map<number, Uint8Array>();
  if (plan.whole !== undefined) pieces.set(0, plan.whole);
  for (const [index, piece] of plan.pieces.entries()) {
    if (pieces.has(index) || (command.onlyPiece !== undefined && index !== command.onlyPiece % plan.pieces.length))
      continue;
    pieces.set(index, await port.readPiece(piece));
  }
  return { kind: 'read', plan, pieces };
}

const smallBytes = 2000;
