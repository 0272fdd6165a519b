import { openFileDisk } from '#store/disk-files.ts';
import { formatSteps, newestFormat } from '#store/journal/formats.ts';
import { openReaderForCheck } from '#store/journal/newer-folder.ts';
import { upgradeFolder } from '#store/journal/upgrade.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { requireDataFolder } from './link.ts';
import { placesFor } from './places.ts';

export async function upgrade(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const places = placesFor(context);
  requireDataFolder(places);
  const disk = openFileDisk(places.dataFolder);
  if (args.flag('commit')) {
    const reached = await upgradeFolder(places.dataFolder, disk);
    const format = reached.at(-1);
    if (args.flag('json')) terminal.json({ format: newestFormat, reached });
    else if (format === undefined)
      terminal.line(`The data folder has format ${newestFormat} already. Nothing was done.`);
    else terminal.line(`The data folder has format ${format} now. Nothing else of it was changed.`);
    return 'ok';
  }
  const reader = await openReaderForCheck(places.dataFolder, disk);
  try {
    show(context, Number(await reader.meta('format')));
  } finally {
    await reader.close();
  }
  return 'ok';
}

function show({ args, terminal }: Context, format: number): void {
  const steps = formatSteps
    .filter(({ to }) => to > format)
    .map(({ to, reads, says }) => ({ format: to, readsFrom: reads, brings: says }));
  if (args.flag('json')) {
    terminal.json({ format, newest: newestFormat, steps });
    return;
  }
  terminal.line(`The data folder has format ${format}; this program writes formats up to ${newestFormat}.`);
  if (format > newestFormat) {
    terminal.line('A newer program upgraded it: this one opens it for reading only. Start the newer one to write.');
    return;
  }
  if (steps.length === 0) {
    terminal.line('There is nothing to upgrade.');
    return;
  }
  terminal.line(
    `Until you commit, nothing is written that a program of format ${format} can not read and write. A commit brings:`,
  );
  for (const { format: to, readsFrom, brings } of steps) {
    terminal.line(`  format ${to}: ${brings};`);
    const before = readsFrom <= format ? 'opens the folder for reading only' : 'can not open the folder';
    terminal.line(`            afterwards a program of format ${format} ${before}`);
  }
  terminal.line('Nothing takes a commit back but a copy from before it. So first:');
  terminal.line('  1. have a second copy that is complete and proven, and a drill that passed');
  terminal.line('  2. stop the server');
  terminal.line('  3. coffre upgrade --commit');
}
