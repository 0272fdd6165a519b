// What an owner asks of the addresses of photos and of time (api-routes.test.ts).
import { createHash } from 'node:crypto';

interface OwnersRequest {
  readonly endpoint: string;
  readonly target: string;
  readonly body?: unknown;
  readonly status: number;
  readonly shows?: readonly string[];
}

interface Canary {
  readonly folder: string;
  /** In that folder, with the content `content`. */
  readonly file: string;
}

const path = (...names: readonly string[]): string => encodeURIComponent(JSON.stringify(names));
const album = `a${'0'.repeat(16)}`;

export function photoRequests(canary: Canary, file: string): readonly OwnersRequest[] {
  const photos = '/vaults/files/photos';
  const nodes = [file];
  return [
    { endpoint: 'GET /vaults/:kind/photos/months', target: `${photos}/months`, status: 200, shows: ['"count":1'] },
    { endpoint: 'GET /vaults/:kind/photos/items', target: `${photos}/items`, status: 200, shows: [file] },
    { endpoint: 'GET /vaults/:kind/photos/:node', target: `${photos}/${file}`, status: 200, shows: [canary.file] },
    { endpoint: 'GET /vaults/:kind/photos/:node/picture', target: `${photos}/${file}/picture`, status: 404 },
    {
      endpoint: 'POST /vaults/:kind/known',
      target: '/vaults/files/known',
      body: { sha256: [createHash('sha256').update('content').digest('hex')] },
      status: 200,
      shows: [canary.file],
    },
    {
      endpoint: 'POST /vaults/:kind/photos/favourite',
      target: `${photos}/favourite`,
      body: { nodes, isFavourite: true },
      status: 204,
    },
    { endpoint: 'POST /vaults/:kind/albums', target: '/vaults/files/albums', body: { name: 'Summer' }, status: 200 },
    { endpoint: 'GET /vaults/:kind/albums', target: '/vaults/files/albums', status: 200, shows: ['Summer'] },
    {
      endpoint: 'PATCH /vaults/:kind/albums/:album',
      target: `/vaults/files/albums/${album}`,
      body: { name: 'Winter' },
      status: 404,
    },
    {
      endpoint: 'POST /vaults/:kind/albums/:album/photos',
      target: `/vaults/files/albums/${album}/photos`,
      body: { nodes, isIn: true },
      status: 404,
    },
    { endpoint: 'DELETE /vaults/:kind/albums/:album', target: `/vaults/files/albums/${album}`, status: 404 },
    {
      endpoint: 'POST /vaults/:kind/photos/trash',
      target: `${photos}/trash`,
      body: { nodes },
      status: 200,
      shows: ['"trashed":1'],
    },
  ];
}

export function timeRequests(canary: Canary): readonly OwnersRequest[] {
  const past = '/vaults/files/past';
  return [
    {
      endpoint: 'GET /vaults/:kind/past/changes',
      target: '/vaults/files/past/changes',
      status: 200,
      shows: [canary.folder],
    },
    {
      endpoint: 'GET /vaults/:kind/past/instant',
      target: `${past}/instant?timeMs=${Date.now() + 1000}`,
      status: 200,
      shows: ['sequence'],
    },
    {
      endpoint: 'GET /vaults/:kind/past/list',
      target: `${past}/list?sequence=2&path=${path(canary.folder)}`,
      status: 200,
      shows: [canary.file, 'gone'],
    },
    {
      endpoint: 'GET /vaults/:kind/past/content',
      target: `${past}/content?sequence=2&path=${path(canary.folder, canary.file)}`,
      status: 200,
      shows: ['content'],
    },
    {
      endpoint: 'GET /vaults/:kind/past/preview',
      target: `${past}/preview?sequence=2`,
      status: 200,
      shows: [canary.file, '"brought":1'],
    },
    {
      endpoint: 'POST /vaults/:kind/past/rewind',
      target: `${past}/rewind`,
      body: { path: [canary.folder, canary.file], sequence: 2 },
      status: 204,
    },
    { endpoint: 'GET /vaults/:kind/lost', target: '/vaults/files/lost?sinceMs=0', status: 200, shows: ['"count":0'] },
    {
      endpoint: 'POST /vaults/:kind/lost/bring-back',
      target: '/vaults/files/lost/bring-back',
      body: { sinceMs: 0, changed: false },
      status: 200,
      shows: ['"back":0'],
    },
    { endpoint: 'GET /vaults/:kind/damaged', target: '/vaults/files/damaged', status: 200, shows: ['"count":0'] },
    { endpoint: 'GET /vaults/:kind/deletions', target: '/vaults/files/deletions', status: 200, shows: ['[]'] },
    { endpoint: 'POST /vaults/:kind/deletions/:id/undo', target: '/vaults/files/deletions/7/undo', status: 404 },
    { endpoint: 'POST /vaults/:kind/deletions/:id/accept', target: '/vaults/files/deletions/7/accept', status: 404 },
  ];
}
