import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { present } from '../base/assert.ts';
import { isFault } from '../base/fault.ts';
import { openFileDisk } from '../store/disk-files.ts';
import { openGatedJournal } from '../store/journal/gated-journal.ts';
import { ChangedVaults } from './changed-vaults.ts';
import { tellingOfFailedSync } from './failed-sync.ts';
import { consultOver, gateMethods } from './gate-link.ts';
import { journalMethods } from './journal-link.ts';
import { serveCalls } from './rpc.ts';

/**
 * The one thread that writes the journal: what all vault threads want to append meanwhile goes into one transaction and one
 * fsync. After a failed fsync it refuses everything and tells the main thread, which ends the process.
 */
export interface JournalThreadData {
  readonly dataFolder: string;
  /** Whether a missing journal is made; otherwise its absence is a fault. */
  readonly create: boolean;
}

const port = present(parentPort, 'parent port');
const data = workerData as JournalThreadData;

function serve({ journal, gate }: Awaited<ReturnType<typeof openGatedJournal>>): void {
  const changed = new ChangedVaults((vaults) => port.postMessage({ changed: vaults }));
  const methods = tellingOfFailedSync(changed.noting(journalMethods(journal)), (stop) => port.postMessage({ stop }));
  const close = async (): Promise<void> => {
    await journal.close();
    port.postMessage({ closed: true });
    port.close();
  };
  port.on(
    'message',
    (message: { readonly connect?: MessagePort; readonly copies?: MessagePort; readonly close?: true }) => {
      if (message.connect !== undefined) serveCalls(message.connect, methods);
      if (message.copies !== undefined) consultOver(gate, message.copies);
      if (message.close === true) void close();
    },
  );
  serveCalls(
    port,
    tellingOfFailedSync(gateMethods(gate), (stop) => port.postMessage({ stop })),
  );
  port.postMessage({ ready: true });
}

try {
  serve(await openGatedJournal(data.dataFolder, openFileDisk(data.dataFolder), { create: data.create }));
} catch (error) {
  if (!isFault(error)) throw error;
  // An error that ends a thread loses what it is on the way.
  port.postMessage({ refused: { code: error.code, message: error.message } });
}
