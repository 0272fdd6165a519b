/** A file with the folders that it came in. */
export interface Dropped {
  readonly file: File;
  readonly below: readonly string[];
}

/** Of an input that takes folders too. */
export function fromInput(files: Iterable<File>): Dropped[] {
  return [...files].map((file) => ({ file, below: file.webkitRelativePath.split('/').slice(0, -1) }));
}

/** Files and folders that were dropped; must be called while the event is handled. */
export async function fromDrop(transfer: DataTransfer): Promise<Dropped[]> {
  const entries: FileSystemEntry[] = [];
  const dropped: Dropped[] = [];
  for (const item of transfer.items) {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null;
    // What another page made has no place in a file system.
    const file = item.kind === 'file' && entry === null ? item.getAsFile() : null;
    if (entry !== null) entries.push(entry);
    if (file !== null) dropped.push({ file, below: [] });
  }
  for (const entry of entries) await collect(entry, [], dropped);
  return dropped;
}

async function collect(entry: FileSystemEntry, below: readonly string[], into: Dropped[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    into.push({ file, below });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives a hundred at a time, until it gives none.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const each of some) await collect(each, [...below, entry.name], into);
  }
}
