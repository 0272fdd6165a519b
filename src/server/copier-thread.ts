import { readlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { present } from '../base/assert.ts';
import type { VaultId } from '../base/ids.ts';
import { CourteousPace } from '../copies/pace.ts';
import { ChunkFiles } from '../store/chunks/chunk-files.ts';
import { openFileDisk } from '../store/disk-files.ts';
import { openJournalReader } from '../store/journal/sqlite-reader.ts';
import { CopiesHere } from './copies-here.ts';
import type { CopierThreadData, WireCopy } from './copies-link.ts';
import { tellingOfFailedSync } from './failed-sync.ts';
import { ProofHere } from './proof-here.ts';
import { realElapsedMs, realSleep } from './real-world.ts';
import { RequestCount } from './request-count.ts';
import { type Methods, serveCalls } from './rpc.ts';

/** The thread that brings sealed bytes to the copies. It has no key of any vault. */
const port = present(parentPort, 'parent port');
const { dataFolder, instance, bytesPerSecond, requests, verifyPeriodMs, drills } = workerData as CopierThreadData;
/** Of the threads for file operations, which all threads share, half are left to who waits for an answer (bin/ready.mjs). */
const folderPuts = 4;
const disk = openFileDisk(dataFolder);
const journal = openJournalReader(dataFolder);
const chunks = new ChunkFiles(disk);
const count = new RequestCount(requests);
const alarms = {
  onStop: (stop: string): void => port.postMessage({ stop }),
  onBug: (error: unknown): void =>
    port.postMessage({ bug: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
};
const pace = new CourteousPace(() => count.now, realElapsedMs, realSleep);
/** A copy that is behind is worse than one that was not proven yet: copying steps back less. */
const copyingPace = new CourteousPace(() => count.now, realElapsedMs, realSleep, 1);
const copies = new CopiesHere({
  instance,
  journal,
  chunks,
  disk,
  bytesPerSecond,
  folderPuts,
  pace: copyingPace,
  ...alarms,
});
const proof = new ProofHere({
  instance,
  journal,
  chunks,
  disk,
  verifyPeriodMs,
  drills,
  pace,
  progress: () => copies.progress(),
  ...alarms,
});

const methods: Methods = {
  define: async (followed: readonly WireCopy[]) => {
    await copies.define(followed, true);
    proof.define(followed);
  },
  changed: (vaults: readonly VaultId[]) => copies.changed(vaults),
  hurry: () => copies.hurry(),
  progress: () => copies.progress(),
  drilling: () => proof.running(),
  close: async () => {
    await proof.close();
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
