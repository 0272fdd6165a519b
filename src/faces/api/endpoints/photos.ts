import { z } from 'zod';
import { type NodeId, parseNodeId } from '#base/ids.ts';
import type { Album, PhotoFilter } from '#vault/files/media-port.ts';
import { albumMark, albumNamespace, favouriteMark, favouriteName } from '#vault/files/photo-marks.ts';
import type { WriteResult } from '#vault/files/types.ts';
import type { KnownContents, PhotoAlbum, PhotoDetails, PhotoItems, PhotoMonths } from '../contract/photos.ts';
import { type Endpoint, personal } from '../endpoint.ts';
import { path } from '../paths.ts';
import { notFound, refusalProblem } from '../problem.ts';
import { callerOf, vaultOf } from './files.ts';

const maxNodes = 1000;
const maxPage = 2000;

const nodeSchema = z.string().regex(/^[0-9a-f]{1,16}$/);
const nodes = z.array(nodeSchema).min(1).max(maxNodes);
const albumId = z.string().regex(/^a[0-9a-f]{16}$/);
const albumName = z.string().trim().min(1).max(200);
const nothing = z.undefined();

const show = z
  .union([z.enum(['all', 'favourites', 'videos']), albumId])
  .default('all')
  .describe('all, favourites, videos, or the id of an album');

const months: z.ZodType<PhotoMonths> = z.object({
  revision: z.string().describe('items are counted anew with another one'),
  count: z.number(),
  months: z.array(z.tuple([z.string(), z.number()])).describe('YYYY-MM and how many, newest first'),
});

const items: z.ZodType<PhotoItems> = z.object({
  revision: z.string(),
  nodes: z.array(z.string()),
  versions: z.array(z.string()).describe('another one means other pictures'),
  takenMs: z.array(z.number()).describe('what a clock showed there, as if that had been UTC'),
  widths: z.array(z.number()),
  heights: z.array(z.number()),
  durationsMs: z.array(z.number()),
  flags: z.array(z.number()).describe('1 a video, 2 has pictures, 4 a favourite'),
});

const details: z.ZodType<PhotoDetails> = z.object({
  path,
  sizeBytes: z.number(),
  takenMs: z.number(),
  takenFrom: z.enum(['content', 'name', 'file']),
  type: z.string().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  durationMs: z.number().nullable(),
  camera: z.string().nullable(),
  place: z.object({ latitude: z.number(), longitude: z.number() }).nullable(),
  isFavourite: z.boolean(),
  albums: z.array(z.string()),
});

const known: z.ZodType<KnownContents> = z.array(path.nullable());

const album: z.ZodType<PhotoAlbum> = z.object({
  id: z.string(),
  name: z.string(),
  count: z.number(),
  cover: z.string().nullable(),
});

const looking: readonly Endpoint[] = [
  personal({
    method: 'GET',
    path: '/vaults/:kind/photos/months',
    summary: 'how many photos and videos each month has',
    query: z.object({ show }),
    answer: months,
    run: async (call) => {
      const { revision, count, months: found } = await vaultOf(call).timelineMonths(filterOf(call.query.show));
      return { revision, count, months: found.map(({ month, count: many }) => [month, many] as const) };
    },
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/photos/items',
    summary: 'photos and videos by the date they were taken, newest first; a column for each fact',
    query: z.object({
      show,
      from: z.coerce.number().int().min(0).default(0),
      count: z.coerce.number().int().min(1).max(maxPage).default(500),
    }),
    answer: items,
    run: async (call) => {
      const { from, count } = call.query;
      const page = await vaultOf(call).timelinePage(filterOf(call.query.show), from, count);
      const { revision, takenMs, widths, heights, durationsMs } = page;
      const flags = page.nodes.map(
        (_, at) =>
          (page.areVideos[at] === true ? 1 : 0) +
          (page.havePictures[at] === true ? 2 : 0) +
          (page.areFavourites[at] === true ? 4 : 0),
      );
      return {
        revision,
        nodes: page.nodes.map((each) => each.toString(16)),
        versions: page.versions.map((each) => each.toString(16)),
        ...{ takenMs, widths, heights, durationsMs, flags },
      };
    },
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/photos/:node',
    summary: 'what is known of a photo or video',
    answer: details,
    run: async (call) => {
      const photo = await vaultOf(call).photo(nodeOf(call.params['node'] ?? ''));
      if (photo === undefined) throw notFound();
      const { facts } = photo;
      const place = facts?.place;
      return {
        path: photo.path,
        sizeBytes: photo.sizeBytes,
        takenMs: photo.takenMs,
        takenFrom: photo.takenFrom,
        type: photo.type ?? null,
        width: facts?.width ?? null,
        height: facts?.height ?? null,
        durationMs: facts?.durationMs ?? null,
        camera: facts?.camera ?? null,
        place: place === undefined ? null : { latitude: place.latitudeE7 / 1e7, longitude: place.longitudeE7 / 1e7 },
        isFavourite: photo.isFavourite,
        albums: photo.albums,
      };
    },
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/photos/:node/picture',
    summary: 'a picture of it as WebP: for a list, or for a screen',
    query: z.object({ size: z.enum(['small', 'large']).default('small') }),
    answer: z.unknown().describe('image/webp'),
    run: async (call) => {
      const bytes = await vaultOf(call).picture(nodeOf(call.params['node'] ?? ''), call.query.size);
      if (bytes === undefined) throw notFound();
      call.reply.header('content-type', 'image/webp');
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/known',
    summary: 'which contents are there already, by the SHA-256 of each whole file',
    body: z.object({ sha256: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(maxNodes) }),
    answer: known.describe('where it is; null when it is not there'),
    run: async (call) => {
      const sums = call.body.sha256.map((each) => new Uint8Array(Buffer.from(each, 'hex')));
      return (await vaultOf(call).knownContents(sums)).map((each) => each ?? null);
    },
  }),
];

const changing: readonly Endpoint[] = [
  personal({
    method: 'POST',
    path: '/vaults/:kind/photos/favourite',
    summary: 'mark as favourites, or no more',
    body: z.object({ nodes, isFavourite: z.boolean() }),
    answer: nothing,
    run: async (call) => {
      const mark = call.body.isFavourite ? { set: [favouriteMark], remove: [] } : { set: [], remove: [favouriteName] };
      done(await vaultOf(call).markNodes(callerOf(call), call.body.nodes.map(nodeOf), mark));
    },
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/photos/trash',
    summary: 'into the trash',
    body: z.object({ nodes }),
    answer: z.object({ trashed: z.number() }),
    run: async (call) => {
      const files = vaultOf(call);
      const paths = await files.pathsOf(call.body.nodes.map(nodeOf));
      const results = await Promise.all(
        paths.map(async (each) => (each === undefined ? undefined : files.trash(callerOf(call), each))),
      );
      const failed = results.find((each) => each?.kind === 'refused');
      const trashed = results.filter((each) => each?.kind === 'done').length;
      if (failed?.kind === 'refused' && trashed === 0) throw refusalProblem(failed.why);
      return { trashed };
    },
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/albums',
    summary: 'albums, with how many photos each has',
    answer: z.array(album),
    run: async (call) => (await vaultOf(call).albums()).map(plainAlbum),
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/albums',
    summary: 'a new album',
    body: z.object({ name: albumName }),
    answer: album,
    run: async (call) => named(await vaultOf(call).nameAlbum(callerOf(call), undefined, call.body.name)),
  }),
  personal({
    method: 'PATCH',
    path: '/vaults/:kind/albums/:album',
    summary: 'another name for an album',
    body: z.object({ name: albumName }),
    answer: album,
    run: async (call) => named(await vaultOf(call).nameAlbum(callerOf(call), call.params['album'], call.body.name)),
  }),
  personal({
    method: 'DELETE',
    path: '/vaults/:kind/albums/:album',
    summary: 'end an album; its photos stay where they are',
    answer: nothing,
    run: async (call) => done(await vaultOf(call).endAlbum(callerOf(call), call.params['album'] ?? '')),
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/albums/:album/photos',
    summary: 'put photos into an album, or take them out',
    body: z.object({ nodes, isIn: z.boolean() }),
    answer: nothing,
    run: async (call) => {
      const files = vaultOf(call);
      const id = call.params['album'] ?? '';
      if (!(await files.albums()).some((each) => each.id === id)) throw notFound();
      const mark = call.body.isIn
        ? { set: [albumMark(id)], remove: [] }
        : { set: [], remove: [{ namespace: albumNamespace, name: id }] };
      done(await files.markNodes(callerOf(call), call.body.nodes.map(nodeOf), mark));
    },
  }),
];

export const photoEndpoints: readonly Endpoint[] = [...looking, ...changing];

function filterOf(text: z.infer<typeof show>): PhotoFilter {
  return text === 'all' || text === 'favourites' || text === 'videos' ? { kind: text } : { kind: 'album', album: text };
}

/** @throws ApiProblem 404. */
function nodeOf(hex: string): NodeId {
  const id = nodeSchema.safeParse(hex).success ? parseNodeId(BigInt(`0x${hex}`)) : undefined;
  if (id === undefined) throw notFound();
  return id;
}

function plainAlbum({ id, name, count, cover }: Album): PhotoAlbum {
  return { id, name, count, cover: cover?.toString(16) ?? null };
}

/** @throws ApiProblem 404. */
function named(found: Album | undefined): PhotoAlbum {
  if (found === undefined) throw notFound();
  return plainAlbum(found);
}

/** @throws ApiProblem for a refusal. */
function done(result: WriteResult): undefined {
  if (result.kind === 'refused') throw refusalProblem(result.why);
}
