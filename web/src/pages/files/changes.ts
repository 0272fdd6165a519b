import type { FileNode, TicketAddress } from '#faces/api/contract/files.ts';
import { call } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import type { Path } from './place.ts';
import { refreshFiles } from './use-folder.ts';

const base = '/vaults/files';
/** A few at once: each is one entry of the journal, and those that arrive together share an fsync. */
const atOnce = 6;

/** Runs for each, several at a time. The first problem is thrown once all that were begun are done. */
async function forEach<Item>(items: readonly Item[], run: (item: Item) => Promise<unknown>): Promise<void> {
  const waiting = [...items];
  const problems: Error[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && problems.length === 0; next = waiting.shift()) {
      try {
        await run(next);
      } catch (error) {
        problems.push(error instanceof Error ? error : new Error(String(error)));
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, worker));
  } finally {
    refreshFiles();
  }
  const [problem] = problems;
  if (problem !== undefined) throw problem;
}

export async function makeFolder(path: Path): Promise<void> {
  await call<FileNode>('POST', `${base}/folders`, { body: { path } });
  refreshFiles();
}

/** For an upload: a folder that is there already is fine. */
export async function ensureFolder(path: Path): Promise<void> {
  try {
    await call<FileNode>('POST', `${base}/folders`, { body: { path } });
  } catch (error) {
    if (!isProblem(error, 'name-taken')) throw error;
  }
}

export async function rename(folder: Path, from: string, to: string): Promise<void> {
  await call('POST', `${base}/move`, { body: { from: [...folder, from], to: [...folder, to] } });
  refreshFiles();
}

/** A name that is taken there gets a number: nothing is replaced. */
export async function transfer(how: 'move' | 'copy', from: Path, names: readonly string[], to: Path): Promise<void> {
  await forEach(names, (name) =>
    call('POST', `${base}/${how}`, { body: { from: [...from, name], to: [...to, name], ifTaken: 'number' } }),
  );
}

/** @returns the ids under which they lie in the trash. */
export async function trash(folder: Path, names: readonly string[]): Promise<readonly string[]> {
  const ids: string[] = [];
  await forEach(names, async (name) => {
    const { id } = await call<FileNode>('POST', `${base}/trash`, { body: { path: [...folder, name] } });
    ids.push(id);
  });
  return ids;
}

export async function restore(ids: readonly string[]): Promise<void> {
  await forEach(ids, (id) => call('POST', `${base}/trashed/restore`, { body: { id } }));
}

const endedAtOnce = 1000;

export async function end(ids: readonly string[]): Promise<void> {
  for (let at = 0; at < ids.length; at += endedAtOnce)
    await call('POST', `${base}/trashed/end`, { body: { ids: ids.slice(at, at + endedAtOnce) } });
  refreshFiles();
}

export async function pickVersion(path: Path, version: string): Promise<void> {
  await call('POST', `${base}/versions/pick`, { body: { path, version } });
  refreshFiles();
}

/** For what the browser fetches by itself. */
export async function ticketFor(path: Path, version: string | undefined, as: 'shown' | 'kept'): Promise<string> {
  const body = { as, path, ...(version !== undefined && { version }) };
  return (await call<TicketAddress>('POST', `${base}/tickets`, { body })).address;
}

/** One file as it is; several, or a folder, as an archive. */
export async function download(folder: Path, nodes: readonly Pick<FileNode, 'name' | 'isFolder'>[]): Promise<void> {
  const [only, ...more] = nodes;
  if (only === undefined) return;
  const isFile = more.length === 0 && !only.isFolder;
  const address = isFile
    ? await ticketFor([...folder, only.name], undefined, 'kept')
    : await archiveOf(
        folder,
        nodes.map((each) => each.name),
      );
  save(address);
}

async function archiveOf(folder: Path, names: readonly string[]): Promise<string> {
  return (await call<TicketAddress>('POST', `${base}/tickets`, { body: { as: 'archive', folder, names } })).address;
}

/** The answer says that it is to be kept, so the page stays where it is. */
export function save(address: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  link.click();
}
