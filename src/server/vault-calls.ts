import type { CredentialId } from '../base/ids.ts';
import type { FilesVault } from '../vault/files/files-vault.ts';
import type { UploadPort, VaultPort } from '../vault/files/port.ts';
import type { DeclaredSum } from '../vault/files/upload.ts';
import type { Hosted, Stamp } from './vault-hosting.ts';

/** What of a vault is called across threads: everything of VaultPort whose answers are plain values. */
type Called = Exclude<keyof VaultPort, 'id' | 'upload'>;

const called: { readonly [Method in Called]: true } = {
  stat: true,
  list: true,
  listAt: true,
  plan: true,
  readPiece: true,
  properties: true,
  childProperties: true,
  versions: true,
  trashed: true,
  activity: true,
  sequenceAt: true,
  usage: true,
  put: true,
  listPage: true,
  searchNames: true,
  beginUpload: true,
  unfinishedUploads: true,
  unfinishedUpload: true,
  addToUpload: true,
  keepUpload: true,
  finishUpload: true,
  dropUpload: true,
  makeFolder: true,
  trash: true,
  move: true,
  copy: true,
  setProperties: true,
  restore: true,
  end: true,
  pickVersion: true,
  rewind: true,
  sweep: true,
  setHorizon: true,
  horizonDays: true,
  bringBack: true,
  lock: true,
  refreshLock: true,
  unlock: true,
  locksOn: true,
  childLocks: true,
  check: true,
  listBelow: true,
  planBelow: true,
  whereIs: true,
  unreadMedia: true,
  addMedia: true,
  timelineMonths: true,
  timelinePage: true,
  picture: true,
  photo: true,
  albums: true,
  nameAlbum: true,
  endAlbum: true,
  markNodes: true,
  pathsOf: true,
  knownContents: true,
  folderAt: true,
  planAt: true,
  previewRewind: true,
};

export function isCalled(method: string): method is Called {
  return Object.hasOwn(called, method);
}

export const calledMethods: readonly Called[] = Object.keys(called).filter(isCalled);

/** Runs one call on an opened vault. The names were checked against the closed list above. */
export function callVault(vault: FilesVault, method: Called, args: readonly unknown[]): Promise<unknown> {
  const parts = [vault.below, vault.media, vault.past, vault.unfinished, vault.finding];
  const target = parts.find((part) => method in part) ?? vault;
  const run = target[method as keyof typeof target] as (...values: readonly unknown[]) => Promise<unknown>;
  return run.apply(target, [...args]);
}

/** Unfinished uploads of one thread, by number; bounded, so that abandoned ones cannot pile up. */
const maxUploads = 256;

export interface StampedUpload {
  readonly port: UploadPort;
  /** Of the view that it was begun with: what its answers are made for. */
  readonly stamp: Stamp;
}

export class Uploads {
  readonly #open = new Map<number, StampedUpload>();
  #count = 0;

  /** Undefined when too many are open. */
  begin({ vault, stamp }: Hosted, by: CredentialId | undefined, declared: readonly DeclaredSum[]): number | undefined {
    if (this.#open.size >= maxUploads) return undefined;
    this.#count += 1;
    this.#open.set(this.#count, { port: vault.upload(by, declared), stamp });
    return this.#count;
  }

  get(upload: number): StampedUpload | undefined {
    return this.#open.get(upload);
  }

  end(upload: number): void {
    this.#open.delete(upload);
  }
}
