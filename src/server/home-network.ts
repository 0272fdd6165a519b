import { readFile } from 'node:fs/promises';

/** The default gateway of this machine, as Linux tells it (proc(5), /proc/net/route); undefined elsewhere. */
export async function defaultGateway(): Promise<string | undefined> {
  let table: string;
  try {
    table = await readFile('/proc/net/route', 'utf8');
  } catch {
    return undefined;
  }
  for (const line of table.split('\n').slice(1)) {
    const [, destination, gateway] = line.split('\t');
    if (destination !== '00000000' || gateway === undefined || !/^[0-9A-F]{8}$/.test(gateway)) continue;
    // In the byte order of the machine, which is little-endian wherever Node runs.
    const bytes = [6, 4, 2, 0].map((at) => Number.parseInt(gateway.slice(at, at + 2), 16));
    if (bytes.some((each) => each !== 0)) return bytes.join('.');
  }
  return undefined;
}
