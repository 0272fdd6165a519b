import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where Linux tells about devices and mounts; elsewhere only the number of the device is known. */
export interface SystemFolders {
  readonly sys: string;
  readonly mountinfo: string;
}

const linux: SystemFolders = { sys: '/sys', mountinfo: '/proc/self/mountinfo' };
/** A loop file on a loop file on…; deeper ones are told by their number. */
const maxDepth = 8;

/**
 * What a folder shares its fate with: `disk ID` for everything on one physical disk, whatever partitions, encryption or loop
 * files lie between; `host NAME` for everything mounted from one machine; else what the system says.
 */
export async function fateOfFolder(folder: string, system: SystemFolders = linux): Promise<string> {
  return await fateOfPath(await realpath(folder), system, 0);
}

async function fateOfPath(path: string, system: SystemFolders, depth: number): Promise<string> {
  const device = splitDevice((await stat(path)).dev);
  const disk = await diskBelow(device, system, depth);
  if (disk !== undefined) return disk;
  // No block device: a network mount, memory, or a file system that numbers its devices itself (btrfs, overlay).
  const mount = mountOf(path, (await textOf(system.mountinfo)) ?? '');
  if (mount === undefined) return `device ${device}`;
  const host = hostOf(mount.source);
  if (host !== undefined) return `host ${host}`;
  if (mount.source.startsWith('/dev/') && depth < maxDepth) {
    const number = await deviceNumber(mount.source);
    const below = number === undefined ? undefined : await diskBelow(number, system, depth + 1);
    if (below !== undefined) return below;
  }
  return mount.type === 'tmpfs' ? 'memory of this machine' : `${mount.type} ${mount.source} ${device}`;
}

/** Through partitions, mapped devices (LUKS, LVM, RAID) and loop files to what is plugged in; undefined: no block device. */
async function diskBelow(device: string, system: SystemFolders, depth: number): Promise<string | undefined> {
  const folder = await orUndefined(realpath(join(system.sys, 'dev/block', device)));
  if (folder === undefined) return undefined;
  if (depth >= maxDepth) return `device ${device}`;
  if ((await textOf(join(folder, 'partition'))) !== undefined) {
    const whole = await textOf(join(dirname(folder), 'dev'));
    if (whole !== undefined) return await diskBelow(whole, system, depth + 1);
  }
  const backing = await textOf(join(folder, 'loop/backing_file'));
  if (backing !== undefined) {
    const below = await orUndefined(fateOfPath(dirname(backing), system, depth + 1));
    if (below !== undefined) return below;
  }
  const parts = new Set<string>();
  for (const slave of (await orUndefined(readdir(join(folder, 'slaves')))) ?? []) {
    const number = await textOf(join(folder, 'slaves', slave, 'dev'));
    const below = number === undefined ? undefined : await diskBelow(number, system, depth + 1);
    if (below !== undefined) parts.add(below);
  }
  if (parts.size > 0) return [...parts].sort().join(' + ');
  for (const name of ['wwid', 'device/wwid', 'serial', 'device/serial']) {
    const id = await textOf(join(folder, name));
    if (id !== undefined && id !== '') return `disk ${id}`;
  }
  return `disk ${device}`;
}

interface Mount {
  readonly type: string;
  readonly source: string;
}

/** proc_pid_mountinfo(5): `id parent major:minor root point options [fields] - type source options`; the last one on top. */
function mountOf(path: string, mountinfo: string): Mount | undefined {
  let best: (Mount & { readonly point: string }) | undefined;
  for (const line of mountinfo.split('\n')) {
    const [before, behind] = line.split(' - ');
    const point = unescaped(before?.split(' ')[4] ?? '');
    const [type, source] = behind?.split(' ') ?? [];
    if (point === '' || type === undefined || source === undefined) continue;
    const holds = point === '/' || path === point || path.startsWith(`${point}/`);
    if (holds && point.length >= (best?.point.length ?? 0)) best = { point, type, source: unescaped(source) };
  }
  return best;
}

/** `host:/export`, `user@host:/folder`, `[::1]:/export`, `//host/share`, `https://host/…`. */
function hostOf(source: string): string | undefined {
  const share = /^(?:[a-z][a-z0-9+.-]*:)?\/\/(?:[^/@]*@)?(\[[^\]]+\]|[^/:]+)/i.exec(source);
  const exported = /^(?:[^/@]*@)?(\[[^\]]+\]|[^/:]+):/.exec(source);
  return (share ?? exported)?.[1]?.toLowerCase();
}

/** Space, tab, newline and backslash stand as octal numbers. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

async function deviceNumber(path: string): Promise<string | undefined> {
  const found = await orUndefined(stat(path));
  return found?.isBlockDevice() === true ? splitDevice(found.rdev) : undefined;
}

/** As makedev(3) of Linux puts them together. */
function splitDevice(device: number): string {
  const number = BigInt(device);
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n);
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}

async function textOf(path: string): Promise<string | undefined> {
  return (await orUndefined(readFile(path, 'utf8')))?.trim();
}

async function orUndefined<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch {
    return undefined;
  }
}
