import { unlockByHeader } from '#accounts/instance.ts';
import { isFault } from '#base/fault.ts';
import { CopySource } from '#copies/copy-source.ts';
import { type DrilledVault, drill } from '#copies/drill.ts';
import { MergedSource } from '#copies/merged-source.ts';
import { instanceOf } from '#copies/restore.ts';
import { nothing } from './answers.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { interrupted, usage } from './failure.ts';
import { type KnownCopy, namedCopy, openKnown } from './known-copies.ts';
import { withControl } from './link.ts';
import { givenKey } from './restore.ts';
import { ask } from './session.ts';
import { DamageList, openSources } from './sources.ts';
import { count, sizeText } from './terminal.ts';

/** A full, timed restore to nowhere. */
export async function drillCopy(context: Context): Promise<Ending> {
  const { args, terminal, stopping } = context;
  const key = await givenKey(context);
  const names = [...args.operands, ...args.texts('from')];
  if (names.length === 0) throw usage('Of which copy?', 'its label, its folder, or s3://HOST/BUCKET');
  const known = names.length === 1 ? await namedCopy(context, names[0] ?? '') : undefined;
  const startedMs = Date.now();
  const onDamage = new DamageList().tell;
  const source =
    known === undefined
      ? await openSources(context, onDamage, names)
      : new MergedSource([new CopySource(await openKnown(known), onDamage)], () => undefined);
  try {
    let readBytes = 0;
    const pace = async (sizeBytes: number): Promise<void> => {
      if (stopping.aborted) throw interrupted();
      readBytes += sizeBytes;
      terminal.progress(() => `drill: ${sizeText(readBytes)} read and hashed`);
    };
    const vaults = await drill({ source, pace, stopping });
    const opens = key === undefined ? undefined : await instanceOpens(source, key);
    const endedMs = Date.now();
    if (known !== undefined) await keep(context, known, vaults, startedMs, endedMs);
    const seconds = (endedMs - startedMs) / 1000;
    const missing = sumOf(vaults, (each) => each.missingEntries + each.missingChunks.length);
    if (args.flag('json')) terminal.json({ from: source.title, vaults, accountsOpen: opens ?? null, missing, seconds });
    else conclude(context, vaults, opens, seconds);
    return missing > 0 || opens === false || vaults.length === 0 ? 'damaged' : 'ok';
  } finally {
    terminal.progressEnds();
    await source.close();
  }
}

async function keep(
  context: Context,
  { copy, place }: KnownCopy,
  vaults: readonly DrilledVault[],
  fromMs: number,
  toMs: number,
): Promise<void> {
  const result = {
    kind: 'drill',
    where: place,
    copy,
    fromMs,
    toMs,
    restoreMs: toMs - fromMs,
    sizeBytes: sumOf(vaults, (each) => each.sizeBytes),
    vaults: vaults.length,
    entries: sumOf(vaults, (each) => each.entries),
    chunks: sumOf(vaults, (each) => each.chunks),
    missingEntries: sumOf(vaults, (each) => each.missingEntries),
    missingChunks: sumOf(vaults, (each) => each.missingChunks.length),
  };
  await withControl(context, (control) => ask(control, 'copy.proven', result, 'copy drill', nothing));
}

function sumOf(vaults: readonly DrilledVault[], of: (vault: DrilledVault) => number): number {
  return vaults.reduce((sum, each) => sum + of(each), 0);
}

async function instanceOpens(source: MergedSource, key: Parameters<typeof unlockByHeader>[2]): Promise<boolean> {
  const instance = await instanceOf(source);
  if (instance === undefined) return false;
  try {
    await unlockByHeader(source, instance, key);
    return true;
  } catch (error) {
    if (!isFault(error, 'damaged') && !isFault(error, 'missing') && !isFault(error, 'bad-key')) throw error;
    return false;
  }
}

function conclude(
  { terminal }: Context,
  vaults: readonly DrilledVault[],
  opens: boolean | undefined,
  seconds: number,
): void {
  for (const { vault, entries, chunks, sizeBytes, missingEntries, missingChunks } of vaults) {
    terminal.line(
      `vault ${vault}: ${count(entries, 'entry', 'entries')}, ${count(chunks, 'chunk')} (${sizeText(sizeBytes)})`,
    );
    if (missingEntries > 0) terminal.line(`  not had: the last ${count(missingEntries, 'entry', 'entries')}`);
    for (const id of missingChunks.slice(0, 20)) terminal.line(`  not had: chunk ${id}`);
    if (missingChunks.length > 20) terminal.line(`  … and ${missingChunks.length - 20} more: --json lists them`);
  }
  if (opens !== undefined) terminal.line(opens ? 'The key opens the accounts.' : 'The key does not open the accounts.');
  terminal.line(`Everything that is there was read and hashed in ${seconds.toFixed(1)} s.`);
}
