import { constants, existsSync, openSync } from 'node:fs';
import { platform } from 'node:os';
import { Fault } from '#base/fault.ts';

/** What sockaddr_un holds on the systems that hold least, without the final NUL. */
const longestBytes = 103;

/** Kept open as long as the process: an address that was given out stays good. */
const folders: Map<string, number> = new Map();

/**
 * A path of the socket that the kernel takes: a longer one is named through a descriptor of its folder. Undefined when the
 * folder is not there.
 * @throws Fault `bad-config` where the system has no such names.
 */
export function socketAddress(folder: string, name: string): string | undefined {
  const path = `${folder}/${name}`;
  if (Buffer.byteLength(path) <= longestBytes) return path;
  if (platform() !== 'linux') {
    throw new Fault(
      'bad-config',
      `The path ${path} is too long for a local socket. Choose a data folder with a shorter path.`,
    );
  }
  if (!existsSync(folder)) return undefined;
  const descriptor = folders.get(folder) ?? openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  folders.set(folder, descriptor);
  return `/proc/self/fd/${descriptor}/${name}`;
}
