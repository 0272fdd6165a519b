import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Fault, isFault } from '#base/fault.ts';
import { Changes } from '#home/changes.ts';
import { Consents } from '#home/consents.ts';
import { Devices } from '#home/devices.ts';
import { type EgressParts, egress } from '#home/egress.ts';
import { type Guard, installGuard, type Stopped } from '#home/guard.ts';
import { Images } from '#home/images.ts';
import { Ledger } from '#home/ledger.ts';
import { RouterLink } from '#home/openwrt/link.ts';
import type { Origin, PurposeName } from '#home/purposes.ts';
import { type AdoptedRouter, isAdopted, Routers } from '#home/routers.ts';
import { Snapshots } from '#home/snapshots.ts';
import { Updates } from '#home/updates.ts';
import type { Disk } from '#store/disk.ts';
import { openFileDisk } from '#store/disk-files.ts';
import { lockFolder } from '#store/lock.ts';
import { realClock, realRandomness } from './real-world.ts';

/** The parts of a home hub, wired to the real disk, clock and network. */
export interface Home {
  readonly folder: string;
  readonly disk: Disk;
  readonly guard: Guard;
  readonly consents: Consents;
  readonly ledger: Ledger;
  readonly images: Images;
  readonly routers: Routers;
  /** Alone in the folder while `work` runs; waits for others. */
  locked<Result>(work: () => Promise<Result>): Promise<Result>;
  /** The one way out, all of the answer, at most `maxBytes`. @throws Fault `no-consent`, `unavailable`. */
  fetch(
    purpose: PurposeName,
    origin: Origin,
    fields: Readonly<Record<string, string>>,
    maxBytes: number,
  ): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Everything about one router. */
export interface HomeRouter {
  readonly router: AdoptedRouter;
  readonly link: RouterLink;
  readonly changes: Changes;
  readonly snapshots: Snapshots;
  readonly devices: Devices;
  readonly updates: Updates;
}

export function openRouter(
  { disk, guard, images }: Pick<Home, 'disk' | 'guard' | 'images'>,
  router: AdoptedRouter,
): HomeRouter {
  guard.adopt(router.address, router.port);
  const link = new RouterLink(router);
  const snapshots = new Snapshots(disk, router.name, realClock);
  const changes = new Changes({ disk, clock: realClock, randomness: realRandomness, snapshots }, link);
  const updates = new Updates({ disk, clock: realClock, images, snapshots }, link);
  return { router, link, changes, snapshots, updates, devices: new Devices(disk, router.name, realClock) };
}

/** All routers that were adopted. */
export async function openRouters(home: Home): Promise<readonly HomeRouter[]> {
  return (await home.routers.all()).filter(isAdopted).map((each) => openRouter(home, each));
}

const waitForFolderMs = 10_000;
const tryAgainMs = 50;

/** From here on the process is guarded. @throws Fault `missing` unless `mayCreate`. */
export async function openHome(path: string, mayCreate: boolean): Promise<Home> {
  const folder = resolve(path);
  if (!existsSync(folder)) {
    if (!mayCreate)
      throw new Fault('missing', `There is no home in ${folder}. \`coffre home adopt\` begins one there; see --data.`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const disk = openFileDisk(folder);
  const ledger = new Ledger(disk, realClock);
  const consents = new Consents(disk, realClock);
  const noting = new Set<Promise<unknown>>();
  const locked: Home['locked'] = (work) => whileLocked(folder, work);
  const guard = installGuard((attempt) => {
    const note = locked(() => ledger.append(lineOf(attempt))).finally(() => noting.delete(note));
    noting.add(note);
  });
  const parts: EgressParts = { consents, ledger, guard, locked };
  return {
    folder,
    disk,
    guard,
    consents,
    ledger,
    images: new Images(disk, realClock),
    routers: new Routers(disk),
    locked,
    fetch: (purpose, origin, fields, maxBytes) =>
      egress(parts, { purpose, origin, fields }, async ({ status, body }) => {
        if (status !== 200) throw new Fault('unavailable', `${origin} answered ${status}. Nothing here was changed.`);
        return await wholeBody(body, maxBytes);
      }),
    close: async () => {
      await Promise.all(noting);
      guard.uninstall();
    },
  };
}

function lineOf({ what, to }: Stopped): Parameters<Ledger['append']>[0] {
  return { what: 'stopped', by: 'guard', to: to.slice(0, 1000), why: `a ${what} that nobody agreed to` };
}

async function wholeBody(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > maxBytes)
      throw new Fault('unavailable', `The answer is larger than ${maxBytes} bytes. It was not kept.`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Short: the hub that runs and commands beside it take turns. @throws Fault `in-use`. */
async function whileLocked<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  const giveUpAtMs = Date.now() + waitForFolderMs;
  for (;;) {
    try {
      const lock = lockFolder(folder);
      try {
        return await work();
      } finally {
        lock.release();
      }
    } catch (error) {
      if (!isFault(error, 'in-use') || Date.now() > giveUpAtMs) throw error;
    }
    await setTimeout(tryAgainMs);
  }
}
