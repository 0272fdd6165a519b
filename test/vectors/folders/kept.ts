// What is known about a kept data folder: how it is opened, and what must be in it.
import { createHash } from 'node:crypto';
import type { TestAccount } from '../../support/account.ts';
import { DavClient } from '../../support/dav-client.ts';

export interface KeptAccount extends TestAccount {
  /** By path: the SHA-256 of a file, or '' of a folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly documents: Readonly<Record<string, string>>;
  /** Names in the trash of its files. */
  readonly trash: readonly string[];
}

export interface KeptFolder {
  readonly operatorKit: string;
  readonly accounts: readonly KeptAccount[];
}

export function vaultsOf(
  url: string,
  { name, appPassword }: TestAccount,
): { readonly files: DavClient; readonly documents: DavClient } {
  return {
    files: new DavClient(url, name, appPassword),
    documents: new DavClient(url, name, appPassword, 'documents'),
  };
}

/** Everything below a folder, read to its end. */
export async function treeOf(client: DavClient, folder = ''): Promise<Record<string, string>> {
  const entries = await client.list(folder);
  if (entries === undefined) throw new Error(`there is no folder ${folder}`);
  const tree: Record<string, string> = {};
  for (const { name, isFolder } of entries) {
    const path = folder === '' ? name : `${folder}/${name}`;
    tree[path] = isFolder ? '' : await hashOf(client, path);
    if (isFolder) Object.assign(tree, await treeOf(client, path));
  }
  return tree;
}

async function hashOf(client: DavClient, path: string): Promise<string> {
  const { status, body } = await client.get(path);
  if (status !== 200) throw new Error(`GET ${path}: ${status} ${body.toString()}`);
  return createHash('sha256').update(body).digest('hex');
}
