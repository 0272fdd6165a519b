import { z } from 'zod';
import { type NodeId, parseNodeId, parseVersionId } from '#base/ids.ts';
import type { FileVersion, TrashedItem, UnfinishedUpload } from '../contract/files.ts';
import { type Endpoint, personal } from '../endpoint.ts';
import { path, pathOf, pathQuery } from '../paths.ts';
import { notFound } from '../problem.ts';
import { callerOf, node, vaultOf, written } from './files.ts';

const id = z.string().regex(/^[0-9a-f]{1,16}$/);

const version: z.ZodType<FileVersion> = z.object({
  version: id,
  sizeBytes: z.number(),
  mtimeMs: z.number(),
  timeMs: z.number().describe('when it was written'),
  isCurrent: z.boolean(),
  isGone: z.boolean().describe('its content lies beyond the history that is kept'),
});

const trashed: z.ZodType<TrashedItem> = z.object({
  id,
  name: z.string(),
  isFolder: z.boolean(),
  sizeBytes: z.number(),
  from: path.nullable().describe('the folder it was in; null when that is gone as well'),
});

const unfinished: z.ZodType<UnfinishedUpload> = z.object({
  id: z.string(),
  folder: path.nullable().describe('where it goes; null when that folder is gone'),
  name: z.string(),
  sizeBytes: z.number(),
  mtimeMs: z.number().nullable(),
  offset: z.number().describe('all before it is stored'),
  begunMs: z.number(),
});

export const historyEndpoints: readonly Endpoint[] = [
  personal({
    method: 'GET',
    path: '/vaults/:kind/uploads',
    summary: 'uploads that were begun and not finished',
    answer: z.array(unfinished),
    run: async (call) =>
      (await vaultOf(call).unfinishedUploads()).map(({ folder, mtimeMs, ...each }) => ({
        ...each,
        folder: folder === undefined ? null : [...folder],
        mtimeMs: mtimeMs ?? null,
      })),
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/versions',
    summary: 'earlier versions of a file, the newest first',
    query: pathQuery,
    answer: z.array(version),
    run: async (call) => {
      const versions = await vaultOf(call).versions(pathOf(call.query.path));
      if (versions === undefined) throw notFound();
      return versions.map(({ version: of, sizeBytes, mtimeMs, timeMs, isCurrent, isGone }) => ({
        version: of.toString(16),
        sizeBytes,
        mtimeMs,
        timeMs,
        isCurrent,
        isGone,
      }));
    },
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/versions/pick',
    summary: 'an earlier version becomes the current one; the current one stays as a version',
    body: z.object({ path, version: id }),
    answer: node,
    run: async (call) => {
      const of = parseVersionId(BigInt(`0x${call.body.version}`));
      if (of === undefined) throw notFound();
      return written(await vaultOf(call).pickVersion(callerOf(call), call.body.path, of));
    },
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/trashed',
    summary: 'what is in the trash, the newest first',
    answer: z.array(trashed),
    run: async (call) =>
      (await vaultOf(call).trashed()).map(({ id: of, name, isFolder, sizeBytes, from }) => ({
        id: of.toString(16),
        name,
        isFolder,
        sizeBytes,
        from: from === undefined ? null : [...from],
      })),
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/trashed/restore',
    summary: 'back from the trash, to where it was, or into another folder; a name that is taken gets a number',
    body: z.object({ id, to: path.optional() }),
    answer: node,
    run: async (call) => {
      const { id: of, to } = call.body;
      return written(await vaultOf(call).restore(callerOf(call), nodeOf(of), to));
    },
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/trashed/end',
    summary: 'out of the trash; as long as the history is kept, a rewind still brings it back',
    body: z.object({ ids: z.array(id).min(1).max(1000) }),
    answer: node,
    run: async (call) => written(await vaultOf(call).end(callerOf(call), call.body.ids.map(nodeOf))),
  }),
];

function nodeOf(text: string): NodeId {
  const found = parseNodeId(BigInt(`0x${text}`));
  if (found === undefined) throw notFound();
  return found;
}
