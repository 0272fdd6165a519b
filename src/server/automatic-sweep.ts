import { setTimeout } from 'node:timers/promises';
import type { CredentialId } from '../base/ids.ts';
import type { Secret } from '../base/secret.ts';
import type { FilesPort } from '../vault/files/port.ts';
import type { Core } from './core.ts';
import { realClock } from './real-world.ts';
import { changeSweepNote, readSweepNote, type SweepOutcome } from './sweep-notes.ts';

const dayMs: number = 24 * 60 * 60_000;
/** A sweep that had to wait is not tried again sooner, however many sessions there are. */
const tryAgainMs: number = 60 * 60_000;
/** So far behind a copy may be: what is let go is to be found there first. */
const copyMayLagMs: number = dayMs;
const lookEveryMs = 1000;
const lookWithinMs: number = 5 * 60_000;
/** What is beyond both is not let go without its owner's word: the clock of the machine may be wrong. */
const usualChunks = 100;
const usualPart = 0.1;

export interface Sweepable {
  readonly files: FilesPort;
  readonly by: CredentialId;
  readonly signSeed: Secret;
}

type SweepCore = Pick<Core, 'journal' | 'copies' | 'instance'>;

/** @param everyMs undefined when the instance sweeps only when told to. */
export async function isSweepDue(core: SweepCore, { files }: Sweepable, everyMs: number | undefined): Promise<boolean> {
  if (everyMs === undefined) return false;
  const { automatic, lastMs, triedMs } = await readSweepNote(core.journal, files.id);
  const now = realClock.nowMs();
  if (!automatic) return false;
  // A folder that nobody has swept yet, or that was restored, or whose clock was ahead: the time begins now.
  if (lastMs === null || lastMs > now) {
    await changeSweepNote(core.journal, files.id, { lastMs: now });
    return false;
  }
  return now - lastMs >= everyMs && (triedMs === null || triedMs > now || now - triedMs >= tryAgainMs);
}

/** Lets go of what the kept history does not reach, when nothing speaks against it; the outcome is noted either way. */
export async function sweepWhenDue(core: SweepCore, sweepable: Sweepable): Promise<SweepOutcome> {
  const outcome = await attempt(core, sweepable);
  const now = realClock.nowMs();
  await changeSweepNote(core.journal, sweepable.files.id, {
    triedMs: now,
    outcome,
    ...(outcome.kind === 'swept' ? { lastMs: now } : {}),
  });
  return outcome;
}

async function attempt(core: SweepCore, { files, by, signSeed }: Sweepable): Promise<SweepOutcome> {
  if (await areCopiesBehind(core)) return { kind: 'copies-behind' };
  const planned = await files.sweep(by, undefined);
  if (planned.kind === 'refused') return { kind: 'refused', why: planned.why };
  const { chunks, storedBytes } = planned;
  const { keptBytes } = await files.usage();
  if (chunks > usualChunks && storedBytes > keptBytes * usualPart)
    return { kind: 'more-than-usual', chunks, storedBytes };
  if (chunks === 0) return { kind: 'swept', chunks, storedBytes };
  const swept = await files.sweep(by, signSeed.expose());
  return swept.kind === 'refused'
    ? { kind: 'refused', why: swept.why }
    : { kind: 'swept', chunks: swept.chunks, storedBytes: swept.storedBytes };
}

/** After a start the copies are first looked at, which takes a while: that is waited for. */
async function areCopiesBehind(core: SweepCore): Promise<boolean> {
  for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
    const standing = await standingOfCopies(core);
    if (standing !== 'not-known-yet' || waitedMs >= lookWithinMs) return standing !== 'with-us';
    await setTimeout(lookEveryMs, undefined, { ref: false });
  }
}

async function standingOfCopies({ copies, instance }: SweepCore): Promise<'with-us' | 'behind' | 'not-known-yet'> {
  const progress = new Map((await copies.progress()).map((each) => [each.copy, each]));
  const now = realClock.nowMs();
  const each = instance.view
    .copies()
    .filter(({ paused }) => !paused)
    .map(({ copy }) => {
      const known = progress.get(copy);
      if (known?.state === 'whole' && known.held.length === 0) return 'with-us';
      if (known !== undefined && known.state !== 'failing' && known.lastWholeMs === undefined) return 'not-known-yet';
      const isLate = known === undefined || known.held.length > 0 || now - (known.lastWholeMs ?? 0) > copyMayLagMs;
      return isLate ? 'behind' : 'with-us';
    });
  return each.find((standing) => standing === 'behind') ?? each.find((standing) => standing !== 'with-us') ?? 'with-us';
}
