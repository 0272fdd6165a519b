import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { present } from '../base/assert.ts';
import { release } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import type { AccountId, CredentialId, VaultId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import { ChunkFiles } from '../store/chunks/chunk-files.ts';
import type { Disk } from '../store/disk.ts';
import { openFileDisk } from '../store/disk-files.ts';
import type { Journal } from '../store/journal/journal.ts';
import { openNewerFolder } from '../store/journal/newer-folder.ts';
import { openJournalReader } from '../store/journal/sqlite-reader.ts';
import type { Caller as CommandCaller } from '../vault/files/commands.ts';
import type { Meta } from '../vault/files/port.ts';
import type { Path } from '../vault/files/types.ts';
import type { DeclaredSum } from '../vault/files/upload.ts';
import type { EpochRecord } from '../vault/vault-keys.ts';
import { tellingOfFailedSync } from './failed-sync.ts';
import { journalOverCalls } from './journal-link.ts';
import { realClock, realRandomness } from './real-world.ts';
import { Caller, largeBuffers, type Methods, Moved, serveCalls } from './rpc.ts';
import { callVault, isCalled, type StampedUpload, Uploads } from './vault-calls.ts';
import { type Hosted, VaultHosting } from './vault-hosting.ts';

/** A thread that hosts opened vaults. It never sees a request: only keys that were proven elsewhere, and calls. */
export interface VaultThreadData {
  readonly dataFolder: string;
  /** Undefined when the folder has a newer format and is only read. */
  readonly journalPort: MessagePort | undefined;
  readonly memoryBudgetBytes: number;
}

export interface WireOpenRequest {
  readonly vault: VaultId;
  readonly account: AccountId;
  readonly secret: Uint8Array;
  readonly epochs: readonly EpochRecord[];
  readonly quotaBytes: number | undefined;
}

/** Which opened vault a call means: its id and the digest of the key that opened it. */
export interface VaultReference {
  readonly vault: VaultId;
  readonly digest: string;
}

const port = present(parentPort, 'parent port');
const data = workerData as VaultThreadData;
const { disk, journal } = await openStore(data);
const hosting = new VaultHosting({
  journal,
  chunks: new ChunkFiles(disk),
  disk,
  clock: realClock,
  random: realRandomness,
  memoryBudgetBytes: data.memoryBudgetBytes,
  onMassDeletion: (massDeletion) => port.postMessage({ massDeletion }),
  isReadOnly: data.journalPort === undefined,
});
const uploads = new Uploads();

async function openStore({ dataFolder, journalPort }: VaultThreadData): Promise<{ disk: Disk; journal: Journal }> {
  const disk = openFileDisk(dataFolder);
  if (journalPort === undefined) return present(await openNewerFolder(dataFolder, disk), 'folder of a newer format');
  return { disk, journal: journalOverCalls(new Caller(journalPort), openJournalReader(dataFolder)) };
}

async function hosted(reference: VaultReference): Promise<Hosted | undefined> {
  return hosting.find(reference.vault, reference.digest);
}

/** `closed` makes the other side open the vault again and repeat the call, with the bytes that moved here for it. */
async function answer(
  reference: VaultReference,
  args: readonly unknown[],
  run: (found: Hosted) => unknown,
): Promise<unknown> {
  const found = await hosted(reference);
  if (found === undefined) return new Moved({ closed: true, args }, largeBuffers(args));
  const value = await run(found);
  return new Moved({ stamp: found.stamp, value }, largeBuffers(contentIn(value)));
}

/** Content leaves this thread without being copied. */
function contentIn(value: unknown): readonly unknown[] {
  const isPlan = typeof value === 'object' && value !== null && 'whole' in value;
  return [isPlan ? value.whole : value];
}

/** What came with a call is this thread's alone; large content is given back as soon as it is stored. */
async function releasing<Result>(args: readonly unknown[], work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } finally {
    for (const each of args) if (each instanceof Uint8Array) release(each);
  }
}

const methods: Methods = {
  open: async (request: WireOpenRequest) => {
    const { stamp } = await hosting.open({ ...request, secret: new Secret(request.secret) });
    return stamp;
  },
  call: (reference: VaultReference, method: string, ...args: readonly unknown[]) =>
    answer(reference, [method, ...args], ({ vault }) => {
      if (!isCalled(method)) throw new Fault('unavailable', 'An unknown call was refused.');
      return releasing(args, () => callVault(vault, method, args));
    }),
  uploadBegin: (reference: VaultReference, by: CredentialId | undefined, declared: readonly DeclaredSum[]) =>
    answer(reference, [by, declared], (found) => uploads.begin(found, by, declared)),
  uploadAdd: async (upload: number, bytes: Uint8Array) => {
    const { port: open, stamp } = openUpload(upload);
    return { stamp, value: await releasing([bytes], () => open.add(bytes)) };
  },
  uploadWrite: async (upload: number, caller: CommandCaller, path: Path, meta: Meta) => {
    const { port: open, stamp } = openUpload(upload);
    uploads.end(upload);
    return { stamp, value: await open.write(caller, path, meta) };
  },
  uploadAbort: (upload: number) => uploads.end(upload),
  close: (vault: VaultId, leastEpochs: number) => hosting.close(vault, leastEpochs),
  received: (vault: VaultId) => hosting.received(vault),
  tidy: () => hosting.tidy(),
  openVaults: () => hosting.openVaults,
  closeAll: () => hosting.closeAll(),
};
// A chunk file or a checkpoint that could not be made durable ends the process like an entry.
serveCalls(
  port,
  tellingOfFailedSync(methods, (stop) => port.postMessage({ stop })),
);

function openUpload(upload: number): StampedUpload {
  const open = uploads.get(upload);
  if (open === undefined)
    throw new Fault('unavailable', 'This upload is not under way any more. Nothing was changed; send it again.');
  return open;
}
