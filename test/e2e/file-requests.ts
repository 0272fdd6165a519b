// What the owner of files asks the JSON API for, once for each of its addresses.
import { pathQuery } from '../support/api-session.ts';

export interface FileRequest {
  readonly endpoint: string;
  readonly target: string;
  readonly body?: unknown;
  readonly status: number;
  readonly shows?: readonly string[];
}

/** @param ids of what lies in the trash already, and of the version of `file`. */
export function fileRequests(
  folder: string,
  file: string,
  ids: { readonly trashed: string; readonly version: string },
): readonly FileRequest[] {
  const at = '/vaults/files';
  return [
    { endpoint: 'GET /vaults/:kind/list', target: `${at}/list?${pathQuery(folder)}`, status: 200, shows: [file] },
    { endpoint: 'GET /vaults/:kind/search', target: `${at}/search?text=${file}`, status: 200, shows: [folder, file] },
    { endpoint: 'GET /vaults/:kind/usage', target: `${at}/usage`, status: 200, shows: ['keptBytes'] },
    { endpoint: 'GET /vaults/:kind/uploads', target: `${at}/uploads`, status: 200, shows: ['[]'] },
    { endpoint: 'POST /vaults/:kind/folders', target: `${at}/folders`, body: { path: ['made'] }, status: 200 },
    {
      endpoint: 'POST /vaults/:kind/copy',
      target: `${at}/copy`,
      body: { from: ['made'], to: ['made'], ifTaken: 'number' },
      status: 200,
      shows: ['made (2)'],
    },
    {
      endpoint: 'POST /vaults/:kind/move',
      target: `${at}/move`,
      body: { from: ['made'], to: [folder, 'made'] },
      status: 200,
    },
    { endpoint: 'POST /vaults/:kind/trash', target: `${at}/trash`, body: { path: [folder, 'made'] }, status: 200 },
    { endpoint: 'GET /vaults/:kind/trashed', target: `${at}/trashed`, status: 200, shows: ['made'] },
    {
      endpoint: 'POST /vaults/:kind/trashed/restore',
      target: `${at}/trashed/restore`,
      body: { id: ids.trashed },
      status: 200,
    },
    // It is not in the trash any more.
    {
      endpoint: 'POST /vaults/:kind/trashed/end',
      target: `${at}/trashed/end`,
      body: { ids: [ids.trashed] },
      status: 404,
    },
    {
      endpoint: 'GET /vaults/:kind/content',
      target: `${at}/content?${pathQuery(folder, file)}`,
      status: 200,
      shows: ['content-length'],
    },
    {
      endpoint: 'POST /vaults/:kind/tickets',
      target: `${at}/tickets`,
      body: { as: 'shown', path: [folder, file] },
      status: 200,
      shows: ['/tickets/'],
    },
    {
      endpoint: 'GET /vaults/:kind/versions',
      target: `${at}/versions?${pathQuery(folder, file)}`,
      status: 200,
      shows: ['isCurrent'],
    },
    {
      endpoint: 'POST /vaults/:kind/versions/pick',
      target: `${at}/versions/pick`,
      body: { path: [folder, file], version: ids.version },
      status: 200,
      shows: [file],
    },
  ];
}
