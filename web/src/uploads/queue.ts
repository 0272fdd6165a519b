import type { UnfinishedUpload } from '#faces/api/contract/files.ts';
import { call, personalUrl, sessionHeaders } from '../api/client.ts';
import { currentSession, endSession, onSessionEnd } from '../api/session.ts';
import { makeStore, type Store } from '../ui/store.ts';
import type { Sending } from './send.ts';

/** One file on its way in. */
export interface Upload {
  readonly id: number;
  readonly file: File;
  readonly folder: readonly string[];
  readonly ifTaken: 'number' | 'version';
  readonly state: 'waiting' | 'sending' | 'paused' | 'done' | 'failed';
  readonly sentBytes: number;
  /** Why it failed: a code of the server's, or `no-connection`. */
  readonly problem: string | undefined;
  /** What the file got as its name. */
  readonly name: string;
}

const atOnce = 3;

export const uploads: Store<readonly Upload[]> = makeStore<readonly Upload[]>([]);
const sendings = new Map<number, Sending>();
const listeners = new Set<(upload: Upload) => void>();
let lastId = 0;

/** Called when a file has arrived. */
export function onArrival(listener: (upload: Upload) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export interface Wanted {
  readonly file: File;
  readonly folder: readonly string[];
  readonly ifTaken: 'number' | 'version';
}

export function addUploads(wanted: readonly Wanted[]): void {
  const added = wanted.map(({ file, folder, ifTaken }): Upload => {
    lastId += 1;
    return { id: lastId, file, folder, ifTaken, state: 'waiting', sentBytes: 0, problem: undefined, name: file.name };
  });
  // What is done makes way for what is new.
  uploads.set([...uploads.get().filter((each) => each.state !== 'done'), ...added]);
  sendNext();
}

function change(id: number, by: Partial<Upload>): void {
  uploads.set(uploads.get().map((each) => (each.id === id ? { ...each, ...by } : each)));
}

function sendNext(): void {
  const all = uploads.get();
  let room = atOnce - all.filter((each) => each.state === 'sending').length;
  for (const upload of all) {
    if (room <= 0) return;
    if (upload.state !== 'waiting') continue;
    room -= 1;
    void send(upload);
  }
}

async function send(upload: Upload): Promise<void> {
  const { id, file, folder } = upload;
  change(id, { state: 'sending', problem: undefined });
  try {
    const [{ startSending }, unfinished] = await Promise.all([import('./send.ts'), unfinishedUploads()]);
    // It may have been paused or given up meanwhile.
    if (stateOf(id) !== 'sending') return;
    const before = unfinished.find((each) => isSame(each, file, folder));
    const sending = startSending({
      upload,
      address: personalUrl('/vaults/files/uploads'),
      headers: sessionHeaders(),
      resume: before === undefined ? undefined : personalUrl(`/vaults/files/uploads/${before.id}`),
      onProgress: (sentBytes) => change(id, { sentBytes }),
      onStamp: (tag) => {
        if (tag !== currentSession()?.tag) endSession('stranger');
      },
      onDone: (name) => finished(id, { state: 'done', sentBytes: file.size, ...(name !== undefined && { name }) }),
      onProblem: (problem) => finished(id, { state: 'failed', problem }),
    });
    sendings.set(id, sending);
  } catch {
    finished(id, { state: 'failed', problem: 'no-connection' });
  }
}

function stateOf(id: number): Upload['state'] | undefined {
  return uploads.get().find((each) => each.id === id)?.state;
}

function finished(id: number, by: Partial<Upload>): void {
  sendings.delete(id);
  change(id, by);
  const upload = uploads.get().find((each) => each.id === id);
  if (upload?.state === 'done') for (const listener of listeners) listener(upload);
  sendNext();
}

/** The list is asked for once for all that begin together. */
let asked: Promise<readonly UnfinishedUpload[]> | undefined;

function unfinishedUploads(): Promise<readonly UnfinishedUpload[]> {
  asked ??= call<readonly UnfinishedUpload[]>('GET', '/vaults/files/uploads');
  const now = asked;
  window.setTimeout(() => {
    if (asked === now) asked = undefined;
  }, 1000);
  return now;
}

/** The same file for the same folder: it goes on where it stopped, whatever window or device it was sent from. */
export function isSame(
  unfinished: Pick<UnfinishedUpload, 'name' | 'sizeBytes' | 'mtimeMs' | 'folder'>,
  file: File,
  folder: readonly string[],
): boolean {
  return (
    unfinished.name === file.name &&
    unfinished.sizeBytes === file.size &&
    unfinished.mtimeMs === file.lastModified &&
    unfinished.folder?.join('/') === folder.join('/')
  );
}

export function pause(id: number): void {
  void sendings.get(id)?.stop();
  sendings.delete(id);
  const state = stateOf(id);
  if (state === 'sending' || state === 'waiting') change(id, { state: 'paused' });
  sendNext();
}

/** What was paused or failed goes on where the server has it up to. */
export function goOn(id: number): void {
  asked = undefined;
  const state = stateOf(id);
  if (state === 'paused' || state === 'failed') change(id, { state: 'waiting' });
  sendNext();
}

/** What the server has of it is let go as well. */
export async function giveUp(id: number): Promise<void> {
  const upload = uploads.get().find((each) => each.id === id);
  await sendings.get(id)?.stop();
  sendings.delete(id);
  uploads.set(uploads.get().filter((each) => each.id !== id));
  sendNext();
  if (upload === undefined || upload.state === 'done') return;
  asked = undefined;
  const before = (await unfinishedUploads()).find((each) => isSame(each, upload.file, upload.folder));
  if (before !== undefined) await dropUnfinished(before.id);
}

export async function dropUnfinished(id: string): Promise<void> {
  await fetch(personalUrl(`/vaults/files/uploads/${id}`), {
    method: 'DELETE',
    headers: { ...sessionHeaders(), 'tus-resumable': '1.0.0' },
  });
}

onSessionEnd(() => {
  for (const sending of sendings.values()) void sending.stop();
  sendings.clear();
  uploads.set([]);
});

window.addEventListener('beforeunload', (event) => {
  if (uploads.get().some((each) => each.state === 'sending' || each.state === 'waiting')) event.preventDefault();
});
