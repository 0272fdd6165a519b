import { setTimeout } from 'node:timers/promises';
import { isFault } from '#base/fault.ts';
import { readDevices, readStatus } from '#home/openwrt/status.ts';
import { type Home, type HomeRouter, openRouters } from '#server/home.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { outcomeText } from './home-change.ts';
import { updateText } from './home-update.ts';
import { withHome } from './home-world.ts';

const usualSeconds = 60;
const mostSeconds = 86_400;

/** Looks again and again: what waits is settled, devices and traffic are noted, and a changed configuration is saved. */
export function watchHome(context: Context): Promise<Ending> {
  return withHome(context, false, async (home) => {
    const { args, stopping } = context;
    const seconds = args.count('every', 5, mostSeconds) ?? usualSeconds;
    while (!stopping.aborted) {
      await round(context, home);
      if (args.flag('once')) break;
      await setTimeout(seconds * 1000, undefined, { signal: stopping }).catch(() => undefined);
    }
    return 'ok';
  });
}

async function round({ terminal }: Context, home: Home): Promise<void> {
  for (const router of await openRouters(home)) {
    try {
      for (const line of await home.locked(() => look(router))) terminal.line(`${router.router.name}: ${line}`);
    } catch (error) {
      // A router that is off is looked at again; everything else ends the watch.
      if (!isFault(error, 'unavailable')) throw error;
      terminal.note(error.message);
    }
  }
}

async function look({ changes, snapshots, devices, updates, link }: HomeRouter): Promise<readonly string[]> {
  const lines: string[] = [];
  const outcome = await changes.settle();
  if (outcome.kind !== 'none' && outcome.kind !== 'pending') lines.push(outcomeText(outcome));
  const update = await updates.settle();
  if (update.kind === 'kept' || update.kind === 'taken-back') lines.push(updateText(update));
  await devices.addTraffic(await readStatus(link));
  await devices.remember(await readDevices(link));
  // While a change waits, what is in force may be gone in a minute.
  const taken = outcome.kind === 'pending' ? undefined : await snapshots.takeIfChanged(link, 'on schedule');
  if (taken !== undefined) lines.push(`the configuration is another one than before: snapshot ${taken.n}`);
  return lines;
}
