import { z } from 'zod';
import type { Unlocked } from '../accounts/proofs.ts';
import { isFault } from '../base/fault.ts';
import type { VaultId } from '../base/ids.ts';
import type { ChainSource } from '../copies/chain-source.ts';
import { type RecoveryReport, recoverBranches } from '../copies/losing-branch.ts';
import { MergedSource } from '../copies/merged-source.ts';
import type { Source } from '../copies/source.ts';
import { VaultKeys } from '../vault/vault-keys.ts';
import { openCopySource } from './consult-copies.ts';
import { type Core, openRequestFor, type VaultChoice } from './core.ts';
import { realClock } from './real-world.ts';

type ConflictCore = Pick<Core, 'journal' | 'instance' | 'files'>;

/** What a branch that was left has, and the vault has not, comes back as files beside the others (DESIGN §6). */
async function bringBackBranches(
  core: ConflictCore,
  owner: Unlocked,
  choice: VaultChoice,
  source: Source,
): Promise<RecoveryReport | undefined> {
  const request = openRequestFor(core.instance, owner, choice);
  const files = core.files(owner, choice);
  if (request === undefined || files === undefined) return undefined;
  return recoverBranches({
    journal: core.journal,
    source,
    keys: VaultKeys.unlock(request.vault, request.secret, request.epochs),
    files,
    caller: { by: owner.credential.id, conditions: {} },
    day: new Date(realClock.nowMs()).toISOString().slice(0, 10),
  });
}

/** The fork up to which every copy was asked for what the branches before it had (docs/format.md §9, `meta`). */
function keyOf(vault: VaultId): string {
  return `recovered:${vault}`;
}
const forkSchema = z.coerce.number().int().min(0);

/** Whether a vault was forked since copies were last asked for what the branch that was left had. */
export async function areBranchesDue(
  { journal, instance }: Pick<Core, 'journal' | 'instance'>,
  vault: VaultId,
): Promise<boolean> {
  const { fork } = await journal.head(vault);
  if (fork <= 1 || instance.view.copies().length === 0) return false;
  const done = forkSchema.safeParse((await journal.meta(keyOf(vault))) ?? '0');
  return !done.success || done.data < fork;
}

/** By itself, in a session: from all copies that answer. With one that does not, the next session asks again. */
export async function bringBackWhenDue(
  core: ConflictCore,
  owner: Unlocked,
  choice: VaultChoice,
  vault: VaultId,
): Promise<RecoveryReport | undefined> {
  const { fork } = await core.journal.head(vault);
  const sources: ChainSource[] = [];
  let silent = 0;
  for (const record of core.instance.view.copies()) {
    try {
      sources.push(await openCopySource(core.instance, record));
    } catch (error) {
      if (!isFault(error)) throw error;
      silent += 1;
    }
  }
  const source = sources.length === 0 ? undefined : new MergedSource(sources, () => undefined);
  try {
    const report = source === undefined ? undefined : await bringBackBranches(core, owner, choice, source);
    // What is missing everywhere stays missing; what did not fit comes when there is room.
    const isDone = silent === 0 && (report?.lost ?? []).every(({ why }) => why === 'missing');
    if (isDone) await core.journal.setMeta(keyOf(vault), String(fork));
    return report;
  } finally {
    await source?.close();
  }
}

/** When the owner asks for it; then nothing more comes by itself. */
export async function bringBackNow(
  core: ConflictCore,
  owner: Unlocked,
  choice: VaultChoice,
  source: Source,
): Promise<RecoveryReport | undefined> {
  const vault = core.files(owner, choice)?.id;
  if (vault === undefined) return undefined;
  const { fork } = await core.journal.head(vault);
  const report = await bringBackBranches(core, owner, choice, source);
  await core.journal.setMeta(keyOf(vault), String(fork));
  return report;
}
