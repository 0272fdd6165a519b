import { readlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../base/assert.ts';
import type { VaultId } from '../base/ids.ts';
import { ChunkFiles } from '../store/chunks/chunk-files.ts';
import { openFileDisk } from '../store/disk-files.ts';
import { openJournalReader } from '../store/journal/sqlite-reader.ts';
import { CopiesHere } from './copies-here.ts';
import type { CopierThreadData, WireCopy } from './copies-link.ts';
import { tellingOfFailedSync } from './failed-sync.ts';
import { type Methods, serveCalls } from './rpc.ts';

/** The thread that brings sealed bytes to the copies. It has no key of any vault. */
const port = present(parentPort, 'parent port');
const { dataFolder, instance, bytesPerSecond } = workerData as CopierThreadData;
/** Of the threads for file operations, which all threads share, half are left to who waits for an answer (bin/ready.mjs). */
const folderPuts = 4;
const disk = openFileDisk(dataFolder);
const journal = openJournalReader(dataFolder);
const copies = new CopiesHere({
  instance,
  journal,
  chunks: new ChunkFiles(disk),
  disk,
  bytesPerSecond,
  folderPuts,
  onStop: (stop) => port.postMessage({ stop }),
  onBug: (error) => port.postMessage({ bug: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
});

const methods: Methods = {
  define: (followed: readonly WireCopy[]) => copies.define(followed, true),
  changed: (vaults: readonly VaultId[]) => copies.changed(vaults),
  hurry: () => copies.hurry(),
  progress: () => copies.progress(),
  close: async () => {
    await copies.close();
    await journal.close();
  },
};
// Its status files lie in the data folder.
serveCalls(
  port,
  tellingOfFailedSync(methods, (stop) => port.postMessage({ stop })),
);
port.postMessage({ tid: ownThread() });

/** Undefined where the system does not say. */
function ownThread(): number | undefined {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {
    return undefined;
  }
}
