import { z } from 'zod';
import type { Clock } from '#base/clock.ts';
import type { Disk } from '#store/disk.ts';
import type { RouterStatus, SeenDevice } from './openwrt/status.ts';
import { readJson, routerFolder, writeJson } from './routers.ts';

export interface KnownDevice {
  /** What its owner calls it. */
  readonly name?: string | undefined;
  readonly hostname?: string | undefined;
  readonly addresses: readonly string[];
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
}

interface DeviceBook {
  readonly version: 1;
  readonly devices: Readonly<Record<string, KnownDevice>>;
}

interface Traffic {
  readonly version: 1;
  readonly samples: readonly { readonly at: string; readonly receivedBytes: number; readonly sentBytes: number }[];
}

const maxDevices = 2000;
const maxSamples = 10_000;

const bookSchema: z.ZodType<DeviceBook> = z.object({
  version: z.literal(1),
  devices: z.record(
    z.string().max(64),
    z.object({
      name: z.string().max(100).optional(),
      hostname: z.string().max(1000).optional(),
      addresses: z.array(z.string().max(64)).max(1000),
      firstSeenAt: z.iso.datetime(),
      lastSeenAt: z.iso.datetime(),
    }),
  ),
});

const trafficSchema: z.ZodType<Traffic> = z.object({
  version: z.literal(1),
  samples: z
    .array(z.object({ at: z.iso.datetime(), receivedBytes: z.number().min(0), sentBytes: z.number().min(0) }))
    .max(maxSamples),
});

/** Who was seen on the network of a router, and how much went through it; both stay on this machine. */
export class Devices {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #clock: Clock;

  constructor(disk: Disk, router: string, clock: Clock) {
    this.#disk = disk;
    this.#folder = routerFolder(router);
    this.#clock = clock;
  }

  async known(): Promise<Readonly<Record<string, KnownDevice>>> {
    return (await readJson(this.#disk, `${this.#folder}/devices.json`, bookSchema))?.devices ?? {};
  }

  async remember(seen: readonly SeenDevice[]): Promise<void> {
    const devices: Record<string, KnownDevice> = { ...(await this.known()) };
    const at = this.#now();
    for (const { macAddress, addresses, hostname } of seen) {
      const before = devices[macAddress];
      if (before === undefined && Object.keys(devices).length >= maxDevices) continue;
      devices[macAddress] = {
        name: before?.name,
        hostname: hostname ?? before?.hostname,
        addresses,
        firstSeenAt: before?.firstSeenAt ?? at,
        lastSeenAt: at,
      };
    }
    await this.#write(devices);
  }

  /** False when it was never seen. */
  async call(macAddress: string, name: string): Promise<boolean> {
    const devices = await this.known();
    const device = devices[macAddress];
    if (device === undefined) return false;
    await this.#write({ ...devices, [macAddress]: { ...device, name } });
    return true;
  }

  async addTraffic({ wan }: RouterStatus): Promise<void> {
    if (wan.receivedBytes === undefined || wan.sentBytes === undefined) return;
    const sample = { at: this.#now(), receivedBytes: wan.receivedBytes, sentBytes: wan.sentBytes };
    const samples = [...(await this.#samples()), sample].slice(-maxSamples);
    await writeJson(this.#disk, `${this.#folder}/traffic.json`, { version: 1, samples });
  }

  /** Since the first sample. A counter that is lower than before began anew: the router was restarted. */
  async traffic(): Promise<{
    readonly since: string | undefined;
    readonly receivedBytes: number;
    readonly sentBytes: number;
  }> {
    const samples = await this.#samples();
    const sum = (of: (each: (typeof samples)[number]) => number): number =>
      samples.slice(1).reduce((total, each, index) => {
        const before = samples[index];
        const grown = before === undefined ? 0 : of(each) - of(before);
        return total + (grown >= 0 ? grown : of(each));
      }, 0);
    return {
      since: samples[0]?.at,
      receivedBytes: sum((each) => each.receivedBytes),
      sentBytes: sum((each) => each.sentBytes),
    };
  }

  async #samples(): Promise<Traffic['samples']> {
    return (await readJson(this.#disk, `${this.#folder}/traffic.json`, trafficSchema))?.samples ?? [];
  }

  #now(): string {
    return new Date(this.#clock.nowMs()).toISOString();
  }

  async #write(devices: Readonly<Record<string, KnownDevice>>): Promise<void> {
    await writeJson(this.#disk, `${this.#folder}/devices.json`, { version: 1, devices });
  }
}
