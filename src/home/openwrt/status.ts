import { z } from 'zod';
import { Fault } from '#base/fault.ts';
import type { RouterLink } from './link.ts';
import type { Pinned } from './pinned-request.ts';
import { dataOf, type UbusAnswer, ubusCall } from './ubus.ts';

const text: z.ZodType<string> = z.string().max(1000);
const count: z.ZodType<number> = z.number().min(0);

/** procd `system.c`: system board, system info. netifd: network.interface dump, network.device status. */
const boardSchema = z.object({
  model: text.default(''),
  board_name: text,
  hostname: text.default(''),
  release: z.object({ distribution: text.default(''), version: text.default('') }).optional(),
});
const infoSchema = z.object({
  uptime: count,
  load: z.tuple([count, count, count]),
  memory: z.object({ total: count, free: count }),
});
const interfacesSchema = z.object({
  interface: z.array(
    z.object({
      interface: text,
      up: z.boolean(),
      uptime: count.optional(),
      device: text.optional(),
      'ipv4-address': z.array(z.object({ address: text })).optional(),
    }),
  ),
});
const devicesSchema = z.record(
  z.string(),
  z.object({
    macaddr: text.optional(),
    statistics: z.object({ rx_bytes: count, tx_bytes: count }).optional(),
  }),
);
const leasesSchema = z.object({
  dhcp_leases: z.array(z.object({ macaddr: text, ipaddr: text, hostname: text.optional() })).default([]),
});
const hintsSchema = z.record(z.string(), z.object({ ipaddrs: z.array(text).default([]), name: text.optional() }));
const mountsSchema = z.object({ result: z.array(z.object({ device: text, mount: text, size: count, avail: count })) });

/** Counting from 1 in netifd's fixed point. */
const loadUnit = 65_536;

export interface RouterStatus {
  readonly model: string;
  readonly board: string;
  readonly hostname: string;
  readonly release: string;
  readonly uptimeSeconds: number;
  /** Over one, five and fifteen minutes. */
  readonly load: readonly number[];
  readonly memory: { readonly totalBytes: number; readonly freeBytes: number };
  readonly wan: {
    readonly isUp: boolean;
    readonly uptimeSeconds: number;
    readonly addresses: readonly string[];
    /** Since the router started; undefined when it does not count. */
    readonly receivedBytes: number | undefined;
    readonly sentBytes: number | undefined;
  };
  /** Undefined when the router does not tell. */
  readonly storage: readonly StorageVolume[] | undefined;
}

interface StorageVolume {
  readonly device: string;
  readonly mount: string;
  readonly sizeBytes: number;
  readonly freeBytes: number;
}

export interface SeenDevice {
  readonly macAddress: string;
  readonly addresses: readonly string[];
  readonly hostname: string | undefined;
}

export async function readStatus(link: RouterLink): Promise<RouterStatus> {
  const board = checked(boardSchema, await link.data('system', 'board'));
  const info = checked(infoSchema, await link.data('system', 'info'));
  const interfaces = checked(interfacesSchema, await link.data('network.interface', 'dump'));
  const devices = checked(devicesSchema, await link.data('network.device', 'status'));
  const wan = interfaces.interface.find((each) => each.interface === 'wan');
  const counters = devices[wan?.device ?? '']?.statistics;
  return {
    model: board.model,
    board: board.board_name,
    hostname: board.hostname,
    release: `${board.release?.distribution ?? ''} ${board.release?.version ?? ''}`.trim(),
    uptimeSeconds: info.uptime,
    load: info.load.map((each) => Math.round((each / loadUnit) * 100) / 100),
    memory: { totalBytes: info.memory.total, freeBytes: info.memory.free },
    wan: {
      isUp: wan?.up ?? false,
      uptimeSeconds: wan?.uptime ?? 0,
      addresses: (wan?.['ipv4-address'] ?? []).map(({ address }) => address),
      receivedBytes: counters?.rx_bytes,
      sentBytes: counters?.tx_bytes,
    },
    storage: storageOf(await link.call('luci', 'getMountPoints')),
  };
}

/** A router without LuCI's object does not tell. Sticks and disks are mounted from a device of their own. */
function storageOf(answer: UbusAnswer): readonly StorageVolume[] | undefined {
  const mounts = answer.kind === 'ok' ? mountsSchema.safeParse(answer.data).data : undefined;
  return mounts?.result
    .filter(({ device }) => /^\/dev\/(sd|mmcblk|nvme)/.test(device))
    .map(({ device, mount, size, avail }) => ({ device, mount, sizeBytes: size, freeBytes: avail }));
}

/** Who has an address of the home network now. */
export async function readDevices(link: RouterLink): Promise<readonly SeenDevice[]> {
  const leases = checked(leasesSchema, await link.data('luci-rpc', 'getDHCPLeases'));
  const hints = checked(hintsSchema, await link.data('luci-rpc', 'getHostHints'));
  const seen = new Map<string, SeenDevice>();
  for (const { macaddr, ipaddr, hostname } of leases.dhcp_leases) {
    const macAddress = macaddr.toLowerCase();
    seen.set(macAddress, { macAddress, addresses: [ipaddr], hostname: named(hostname) });
  }
  for (const [key, { ipaddrs, name }] of Object.entries(hints)) {
    const macAddress = key.toLowerCase();
    const before = seen.get(macAddress);
    const addresses = [...new Set([...(before?.addresses ?? []), ...ipaddrs])];
    seen.set(macAddress, { macAddress, addresses, hostname: before?.hostname ?? named(name) });
  }
  return [...seen.values()].toSorted((one, other) => (one.macAddress < other.macAddress ? -1 : 1));
}

function named(name: string | undefined): string | undefined {
  return name === undefined || name === '' || name === '*' ? undefined : name;
}

/** What a router is recognised by: its kind, and the address of its bridge. */
export async function readIdentity(
  pinned: Pinned,
  session: string,
): Promise<{ readonly board: string; readonly macAddress: string }> {
  const ask = async (object: string, method: string): Promise<unknown> =>
    dataOf(await ubusCall(pinned, session, object, method, {}), `answer ${object} ${method}`);
  const board = checked(boardSchema, await ask('system', 'board'));
  const devices = checked(devicesSchema, await ask('network.device', 'status'));
  const first =
    devices['br-lan']?.macaddr ?? Object.values(devices).find(({ macaddr }) => macaddr !== undefined)?.macaddr;
  return { board: board.board_name, macAddress: (first ?? 'unknown').toLowerCase() };
}

function checked<Value>(schema: z.ZodType<Value>, data: unknown): Value {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new Fault('unavailable', 'The router answers in a way that this program does not know. Nothing was changed.');
}
