import { setTimeout } from 'node:timers/promises';
import { Throttle } from '#accounts/throttle.ts';
import { isFault } from '#base/fault.ts';
import { makeControl } from '#server/control.ts';
import type { Control } from '#server/control-calls.ts';
import { connectControl } from '#server/control-socket.ts';
import { openLocalCore } from '#server/core.ts';
import { hasJournal, type Places } from '#server/data-folder.ts';
import { realClock } from '#server/real-world.ts';
import type { Context } from './command.ts';
import { Failure, interrupted } from './failure.ts';
import { placesFor } from './places.ts';

/** A way to an instance: through the server that runs, or with the data folder opened in this process. */
interface Link {
  readonly control: Control;
  close(): Promise<void>;
}

/** How long to wait while another command has the folder, or while a server starts or stops. */
const waitForFolderMs = 10_000;
const tryAgainMs = 100;

export async function withControl<Result>(
  context: Context,
  work: (control: Control) => Promise<Result>,
): Promise<Result> {
  return withLinkTo(context, placesFor(context), work);
}

/** Of all commands only `serve` and `account create` make a data folder: a mistyped --data shall not look like an empty one. */
export async function withNewControl<Result>(
  context: Context,
  work: (control: Control, isNew: boolean) => Promise<Result>,
): Promise<Result> {
  const places = placesFor(context);
  const isNew = !hasJournal(places);
  return withLinkTo(context, places, (control) => work(control, isNew), true);
}

/** @throws Failure `not-found`. */
export function requireDataFolder(places: Places): void {
  if (hasJournal(places)) return;
  throw new Failure(
    'not-found',
    `There is no data of Coffre in ${places.dataFolder}.`,
    'name the folder with --data DIR or COFFRE_DATA; `coffre account create NAME` begins one',
  );
}

async function withLinkTo<Result>(
  context: Context,
  places: Places,
  work: (control: Control) => Promise<Result>,
  mayCreate = false,
): Promise<Result> {
  if (!mayCreate) requireDataFolder(places);
  const link = await openLink(context, places);
  const forget = context.onStop(link.close);
  try {
    return await work(link.control);
  } finally {
    forget();
    await link.close();
  }
}

async function openLink(context: Context, places: Places): Promise<Link> {
  const giveUpAtMs = Date.now() + waitForFolderMs;
  for (;;) {
    const control = await connectControl(places.dataFolder);
    if (control !== undefined) return { control, close: async () => undefined };
    try {
      return await openHere(places);
    } catch (error) {
      // Between a lock that is held and a socket that is not there yet lies a start, a stop, or another command.
      if (!isFault(error, 'in-use') || Date.now() > giveUpAtMs) throw error;
    }
    context.terminal.progress(() => 'waiting for another program to leave the data folder');
    await setTimeout(tryAgainMs);
    if (context.stopping.aborted) throw interrupted();
  }
}

async function openHere(places: Places): Promise<Link> {
  const core = await openLocalCore(places);
  const control = makeControl({ core, throttle: new Throttle(realClock), sessions: undefined });
  let closing: Promise<void> | undefined;
  return {
    control,
    close: () => {
      closing ??= core.close();
      return closing;
    },
  };
}
