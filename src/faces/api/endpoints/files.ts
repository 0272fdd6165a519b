import { z } from 'zod';
import { vaultKinds } from '#format/instance-operations.ts';
import type { Transfer } from '#vault/files/commands.ts';
import type { VaultPort } from '#vault/files/port.ts';
import { noConditions } from '#vault/files/port.ts';
import type { NodeInfo, WriteResult } from '#vault/files/types.ts';
import type { FileNode, FolderPage, FoundFile, Usage } from '../contract/files.ts';
import { type Endpoint, type OwnedCall, personal } from '../endpoint.ts';
import { path, pathOf, pathQuery } from '../paths.ts';
import { notFound, notFresh, refusalProblem } from '../problem.ts';

export const node: z.ZodType<FileNode> = z.object({
  id: z.string(),
  name: z.string(),
  isFolder: z.boolean(),
  sizeBytes: z.number(),
  etag: z.string(),
  mtimeMs: z.number(),
  version: z.string().nullable(),
  type: z.string().nullable(),
});

const usage: z.ZodType<Usage> = z.object({ keptBytes: z.number(), quotaBytes: z.number().nullable() });

const page = pathQuery.extend({
  after: z.string().max(1024).optional().describe('the name that `next` of the page before said'),
  limit: z.coerce.number().int().min(1).max(20_000).default(10_000),
});

const listing: z.ZodType<FolderPage> = z.object({
  self: node,
  children: z.array(node).describe('in the order of the bytes of their names'),
  next: z.string().nullable().describe('null when nothing follows'),
});

const found: z.ZodType<readonly FoundFile[]> = z.array(z.object({ path, node }));

const transfer = z.object({
  from: path,
  to: path,
  ifTaken: z.enum(['refuse', 'number']).default('refuse').describe('`number`: another name is found, `photo (2).jpg`'),
});

export const fileEndpoints: readonly Endpoint[] = [
  personal({
    method: 'GET',
    path: '/vaults/:kind/list',
    summary: 'a folder and what is in it, in pages',
    query: page,
    answer: listing,
    run: async (call) => {
      const { after, limit } = call.query;
      const listed = await vaultOf(call).listPage(pathOf(call.query.path), after, limit);
      if (listed === undefined) throw notFound();
      return { self: plain(listed.self), children: listed.children.map(plain), next: listed.next ?? null };
    },
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/search',
    summary: 'files and folders whose name holds every word of a text',
    query: z.object({ text: z.string().min(1).max(200), limit: z.coerce.number().int().min(1).max(1000).default(200) }),
    answer: found,
    run: async (call) => {
      const nodes = await vaultOf(call).searchNames(call.query.text, call.query.limit);
      return nodes.map((each) => ({ path: [...each.path], node: plain(each.node) }));
    },
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/folders',
    summary: 'make a folder',
    body: z.object({ path }),
    answer: node,
    run: async (call) => written(await vaultOf(call).makeFolder(callerOf(call), call.body.path)),
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/move',
    summary: 'move or rename; nothing is replaced',
    body: transfer,
    answer: node,
    run: async (call) => written(await vaultOf(call).move(callerOf(call), transferOf(call.body))),
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/copy',
    summary: 'copy; nothing is replaced, and content is not stored twice',
    body: transfer,
    answer: node,
    run: async (call) => written(await vaultOf(call).copy(callerOf(call), transferOf(call.body))),
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/trash',
    summary: 'into the trash; a folder goes whole',
    body: z.object({ path }),
    answer: node,
    run: async (call) => written(await vaultOf(call).trash(callerOf(call), call.body.path)),
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/usage',
    summary: 'how much is kept, versions and trash included',
    answer: usage,
    run: async (call) => {
      const { keptBytes, quotaBytes } = await vaultOf(call).usage();
      return { keptBytes, quotaBytes: quotaBytes ?? null };
    },
  }),
];

function transferOf({ from, to, ifTaken }: z.infer<typeof transfer>): Transfer {
  return { from, to, overwrite: false, numbered: ifTaken === 'number' };
}

/** @throws ApiProblem 403, 404: documents want a fresh proof (DESIGN: sensitive vaults). */
export function vaultOf(call: OwnedCall<unknown, unknown>): VaultPort {
  const { parts, params, session } = call;
  const kind = vaultKinds.find((each) => each === params['kind']);
  if (kind === undefined) throw notFound();
  if (kind === 'documents' && !parts.sessions.isFresh(session)) throw notFresh();
  const files = parts.files(session.unlocked, kind);
  if (files === undefined) throw notFound();
  return files;
}

export function callerOf({ session }: OwnedCall<unknown, unknown>): Parameters<VaultPort['trash']>[0] {
  return { by: session.unlocked.credential.id, conditions: noConditions };
}

function plain(info: NodeInfo): FileNode {
  const { id, name, isFolder, sizeBytes, etag, mtimeMs, version, type } = info;
  return {
    id: id.toString(16),
    name,
    isFolder,
    sizeBytes,
    etag,
    mtimeMs,
    version: version?.toString(16) ?? null,
    type: type ?? null,
  };
}

/** @throws ApiProblem for a refusal. */
export function written(result: WriteResult): FileNode {
  if (result.kind === 'refused') throw refusalProblem(result.why);
  return plain(result.node);
}
