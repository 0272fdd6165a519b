import { z } from 'zod';
import type { Clock } from '#base/clock.ts';
import type { Disk } from '#store/disk.ts';
import { changedConfigs, readConfigs } from './openwrt/access.ts';
import type { RouterLink } from './openwrt/link.ts';
import { changesBetween, sameConfig, type UciChange, type UciConfig, uciSection } from './openwrt/uci.ts';
import { readJson, routerFolder, writeJson } from './routers.ts';

export type Configs = Readonly<Record<string, UciConfig>>;

/** docs/home-format.md: the configuration of a router at one moment. */
export interface Snapshot {
  readonly version: 1;
  readonly n: number;
  readonly at: string;
  readonly why: string;
  readonly configs: Configs;
}

export const configsSchema: z.ZodType<Configs> = z.record(z.string().max(64), z.array(uciSection).max(2000));

const snapshotSchema: z.ZodType<Snapshot> = z.object({
  version: z.literal(1),
  n: z.number().int().min(1),
  at: z.iso.datetime(),
  why: z.string().max(500),
  configs: configsSchema,
});

export class Snapshots {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #clock: Clock;

  constructor(disk: Disk, router: string, clock: Clock) {
    this.#disk = disk;
    this.#folder = `${routerFolder(router)}/snapshots`;
    this.#clock = clock;
  }

  async take(link: RouterLink, why: string): Promise<Snapshot> {
    return await this.#keep(await configsOf(link), why);
  }

  /** Undefined when nothing is different from the last one. */
  async takeIfChanged(link: RouterLink, why: string): Promise<Snapshot | undefined> {
    const configs = await configsOf(link);
    const last = await this.last();
    const isSame =
      last !== undefined && readConfigs.every((name) => sameConfig(last.configs[name] ?? [], configs[name] ?? []));
    return isSame ? undefined : await this.#keep(configs, why);
  }

  /** @throws Fault `damaged`. */
  async find(n: number): Promise<Snapshot | undefined> {
    return await readJson(this.#disk, this.#path(n), snapshotSchema);
  }

  async numbers(): Promise<readonly number[]> {
    return (await this.#disk.list(this.#folder)).flatMap((name) =>
      /^\d{6}\.json$/.test(name) ? Number(name.slice(0, 6)) : [],
    );
  }

  async last(): Promise<Snapshot | undefined> {
    const n = (await this.numbers()).at(-1);
    return n === undefined ? undefined : await this.find(n);
  }

  async #keep(configs: Configs, why: string): Promise<Snapshot> {
    const n = ((await this.numbers()).at(-1) ?? 0) + 1;
    const snapshot = { version: 1 as const, n, at: new Date(this.#clock.nowMs()).toISOString(), why, configs };
    await writeJson(this.#disk, this.#path(n), snapshot);
    return snapshot;
  }

  #path(n: number): string {
    return `${this.#folder}/${String(n).padStart(6, '0')}.json`;
  }
}

async function configsOf(link: RouterLink): Promise<Configs> {
  const configs: Record<string, UciConfig> = {};
  for (const name of readConfigs) configs[name] = await link.config(name);
  return configs;
}

/** What brings the router back to a snapshot; only of what the hub may change. */
export async function changesTo(link: RouterLink, wanted: Configs): Promise<readonly UciChange[]> {
  const changes: UciChange[] = [];
  for (const name of changedConfigs) {
    const to = wanted[name];
    if (to !== undefined) changes.push(...changesBetween(name, await link.config(name), to));
  }
  return changes;
}
