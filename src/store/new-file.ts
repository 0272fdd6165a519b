import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from '../base/fault.ts';

/** A new file that only its owner reads, durable when this returns. @throws Fault `io` when it exists or cannot be written. */
export async function writeNewFile(path: string, text: string): Promise<void> {
  try {
    const handle = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const folder = await open(dirname(path), constants.O_RDONLY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === 'EEXIST' ? 'it exists already, and nothing is overwritten' : String(code);
    throw new Fault('io', `${path} cannot be written: ${why}. Choose another name or move the old file away.`, {
      cause,
    });
  }
}
