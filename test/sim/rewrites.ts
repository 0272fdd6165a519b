// Loaded before anything of src: `node --import ./test/sim/rewrites.ts`. Sources are changed on their way in, nowhere
// else: limits become small, so that 200 operations cross all of them, and what would run on another thread runs in this
// one, because the order in which threads answer is not the seed's. `COFFRE_SIM_LIMITS=real` leaves the limits as they are.
import { registerHooks } from 'node:module';

interface Rewrite {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const sameThread: readonly Rewrite[] = [
  { file: 'crypto/primitives.ts', from: '  argon2,\n', to: '  argon2Sync,\n' },
  {
    file: 'crypto/primitives.ts',
    from: "argon2('argon2id', parameters, (error, derived) => (error === null ? resolve(derived) : reject(error)));",
    to: "try { resolve(argon2Sync('argon2id', parameters)); } catch (error) { reject(error); }",
  },
];

/** Public keys and shared secrets are computed once: the same answer, and half of the time of a run. */
const remembered: readonly Rewrite[] = [
  {
    file: 'crypto/primitives.ts',
    from: '  return rawPublic(privateKey(x25519PrivatePrefix, privateBytes));',
    to: '  return remember(privateBytes, noBytes, () => rawPublic(privateKey(x25519PrivatePrefix, privateBytes)));',
  },
  {
    file: 'crypto/primitives.ts',
    from: 'export function x25519Shared(privateBytes: Uint8Array, peer: Uint8Array): Uint8Array {\n',
    to: `
const known = new Map<string, Uint8Array>();
function remember(a: Uint8Array, b: Uint8Array, compute: () => Uint8Array): Uint8Array {
  const key = a.toHex() + b.toHex();
  if (known.size > 5000) known.clear();
  const answer = known.get(key) ?? compute();
  known.set(key, answer);
  return Uint8Array.from(answer);
}
export function x25519Shared(privateBytes: Uint8Array, peer: Uint8Array): Uint8Array {
  return remember(privateBytes, peer, () => x25519SharedOnce(privateBytes, peer));
}
function x25519SharedOnce(privateBytes: Uint8Array, peer: Uint8Array): Uint8Array {
`,
  },
];

const smallLimits: readonly Rewrite[] = [
  {
    file: 'format/frame.ts',
    from: 'pieceSizeBytes: number = 4 * 1024 * 1024',
    to: 'pieceSizeBytes: number = 12 * 1024',
  },
  {
    file: 'format/checkpoint.ts',
    from: 'segmentSizeBytes: number = 4 * 1024 * 1024',
    to: 'segmentSizeBytes: number = 48 * 1024',
  },
  { file: 'store/journal/journal.ts', from: 'maxDataBytes: number = 64 * 1024', to: 'maxDataBytes: number = 3 * 1024' },
  { file: 'store/journal/group-queue.ts', from: 'maxGroupRequests = 1000', to: 'maxGroupRequests = 3' },
  { file: 'vault/compression.ts', from: 'sampleBytes = 64 * 1024', to: 'sampleBytes = 1024' },
  { file: 'vault/compression.ts', from: 'smallestSampled = 256 * 1024', to: 'smallestSampled = 4 * 1024' },
  { file: 'vault/files/upload.ts', from: 'piecesPerStage = 2048', to: 'piecesPerStage = 3' },
  {
    file: 'vault/files/upload.ts',
    from: 'dataBytesPerStage: number = 8 * 1024 * 1024',
    to: 'dataBytesPerStage: number = 4 * 1024',
  },
  { file: 'vault/open-vault.ts', from: 'entriesPerRead = 500', to: 'entriesPerRead = 7' },
  { file: 'vault/open-vault.ts', from: 'commandsPerAppend = 64', to: 'commandsPerAppend = 4' },
  { file: 'vault/files/second-reader.ts', from: 'entriesPerRead = 200', to: 'entriesPerRead = 9' },
  { file: 'server/vault-hosting.ts', from: 'checkpointAfterEntries = 5000', to: 'checkpointAfterEntries = 15' },
  {
    file: 'server/vault-hosting.ts',
    from: 'checkpointOnCloseAfterEntries = 500',
    to: 'checkpointOnCloseAfterEntries = 8',
  },
];

const always = [...sameThread, ...remembered];
const rewrites = process.env['COFFRE_SIM_LIMITS'] === 'real' ? always : [...always, ...smallLimits];
const sources = new URL('../../src/', import.meta.url).href;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const wanted = rewrites.filter(({ file }) => url === `${sources}${file}`);
    if (wanted.length === 0) return loaded;
    let source = String(loaded.source);
    for (const { file, from, to } of wanted) {
      // A constant that was renamed must not silently run with its real size.
      if (source.split(from).length !== 2)
        throw new Error(`${file} does not have exactly one "${from}": adapt ${import.meta.url}`);
      source = source.replace(from, () => to);
    }
    return { ...loaded, source };
  },
});
