import { runningHash } from '#crypto/primitives.ts';

/** S3 asks for it; nothing of ours relies on it being hard to forge. */
export function md5(bytes: Uint8Array): Uint8Array {
  const running = runningHash('md5');
  running.update(bytes);
  return running.digest();
}
