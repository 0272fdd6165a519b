import { z } from 'zod';
import { vaultKinds } from '#format/instance-operations.ts';
import type { VaultPort } from '#vault/files/port.ts';
import { noConditions } from '#vault/files/port.ts';
import type { NodeInfo, WriteResult } from '#vault/files/types.ts';
import type { Usage } from '../contract/files.ts';
import { type Endpoint, type OwnedCall, personal } from '../endpoint.ts';
import { path, pathOf, pathQuery } from '../paths.ts';
import { notFound, notFresh, refusalProblem } from '../problem.ts';

const node = z.object({
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

const listing = z.object({ self: node, children: z.array(node) });

export const fileEndpoints: readonly Endpoint[] = [
  personal({
    method: 'GET',
    path: '/vaults/:kind/list',
    summary: 'a folder and what is in it',
    query: pathQuery,
    answer: listing,
    run: async (call) => {
      const found = await vaultOf(call).list(pathOf(call.query.path));
      if (found === undefined) throw notFound();
      return { self: plain(found.self), children: found.children.map(plain) };
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
    body: z.object({ from: path, to: path }),
    answer: node,
    run: async (call) => written(await vaultOf(call).move(callerOf(call), { ...call.body, overwrite: false })),
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

function plain(info: NodeInfo): z.infer<typeof node> {
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
function written(result: WriteResult): z.infer<typeof node> {
  if (result.kind === 'refused') throw refusalProblem(result.why);
  return plain(result.node);
}
