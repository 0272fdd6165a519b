import type { WebSessions } from '../accounts/web-sessions.ts';
import { present } from '../base/assert.ts';
import type { VaultId } from '../base/ids.ts';
import { readState } from '../copies/reaper-state.ts';
import type { MassDeletion, OperatorAccount, ReaperState } from '../faces/api/contract/operator.ts';
import type { OperatorDesk } from '../faces/api/parts.ts';
import type { VaultKind } from '../format/instance-operations.ts';
import type { MassDeletionNotice } from '../vault/files/removal-count.ts';
import type { Control } from './control-calls.ts';
import type { Core } from './core.ts';
import { realClock } from './real-world.ts';

const mostDeletions = 100;
/** Adding up the rows of large vaults takes a moment, and nobody needs it to the second. */
const sizesForMs = 60_000;

/** Mass deletions since the start, newest first. */
export class DeletionList {
  readonly #notices: { readonly timeMs: number; readonly notice: MassDeletionNotice }[] = [];

  note(notice: MassDeletionNotice): void {
    this.#notices.unshift({ timeMs: realClock.nowMs(), notice });
    this.#notices.splice(mostDeletions);
  }

  read(core: Pick<Core, 'instance'>): readonly MassDeletion[] {
    return this.#notices.map(({ timeMs, notice }) => ({
      timeMs,
      ...ownerOf(core, notice.vault),
      files: notice.files,
    }));
  }
}

interface DeskParts {
  readonly control: Control;
  readonly deletions: DeletionList;
  readonly webSessions: Pick<WebSessions, 'list'>;
}

/** What the JSON API offers to operators: the commands of the command line, and what only counts. */
export function makeOperatorDesk(core: Core, { control, deletions, webSessions }: DeskParts): OperatorDesk {
  let sizes: { readonly atMs: number; readonly of: Promise<ReadonlyMap<VaultId, number>> } | undefined;
  const storedSizes = (): Promise<ReadonlyMap<VaultId, number>> => {
    const now = realClock.nowMs();
    if (sizes === undefined || Math.abs(now - sizes.atMs) > sizesForMs) sizes = { atMs: now, of: sizesOf(core) };
    return sizes.of;
  };
  return {
    run: async (command, args) => {
      const answer = await control.run({ command, args });
      if (answer.kind === 'refused') return { kind: 'refused', why: answer.why };
      return { kind: 'done', value: answer.value };
    },
    accounts: async () => accountsOf(core, webSessions, await storedSizes()),
    reaper: () => reaperOf(core),
    deletions: () => deletions.read(core),
  };
}

async function sizesOf({ journal }: Pick<Core, 'journal'>): Promise<ReadonlyMap<VaultId, number>> {
  const sizes = new Map<VaultId, number>();
  for (const vault of await journal.vaults()) {
    let sizeBytes = 0;
    for (let rows = await journal.chunks(vault, null, 500); rows.length > 0; ) {
      for (const row of rows) if (row.state === 'live' || row.state === 'dropped') sizeBytes += row.sizeBytes;
      rows = await journal.chunks(vault, present(rows.at(-1), 'last row').id, 500);
    }
    sizes.set(vault, sizeBytes);
  }
  return sizes;
}

async function accountsOf(
  { instance }: Pick<Core, 'instance'>,
  webSessions: Pick<WebSessions, 'list'>,
  sizes: ReadonlyMap<VaultId, number>,
): Promise<readonly OperatorAccount[]> {
  const uses = await instance.lastUses();
  return instance.view.accounts().map(({ id, name, createdMs, isOperator, quotaBytes }) => {
    const vaults = instance.view
      .vaultsOf(id)
      .map(({ id: vault, kind }) => ({ kind, storedBytes: sizes.get(vault) ?? 0 }));
    const times = [
      ...instance.view.credentialsOf(id).flatMap((each) => uses.get(each.id)?.timeMs ?? []),
      ...webSessions.list(id).map(({ usedMs }) => usedMs),
    ];
    return {
      id,
      name,
      createdMs,
      isOperator,
      quotaBytes: quotaBytes ?? null,
      storedBytes: vaults.reduce((sum, each) => sum + each.storedBytes, 0),
      vaults,
      lastUseMs: times.length === 0 ? null : Math.max(...times),
    };
  });
}

async function reaperOf(core: Pick<Core, 'disk' | 'instance'>): Promise<ReaperState> {
  const { plans, erasures } = await readState(core.disk);
  return {
    plans: plans.map(({ number, vault, sha256, count, bytes, needs, confirmed }) => ({
      number,
      vault,
      ...ownerOf(core, vault),
      sha256,
      count,
      bytes,
      needs,
      confirmed,
    })),
    erased: {
      count: erasures.reduce((sum, each) => sum + each.count, 0),
      bytes: erasures.reduce((sum, each) => sum + each.bytes, 0),
    },
  };
}

/** The name of the account, which its operator made; of the vault only its kind. */
function ownerOf(
  { instance }: Pick<Core, 'instance'>,
  vault: VaultId,
): { readonly account: string | null; readonly kind: VaultKind | null } {
  const record = instance.view.vault(vault);
  const account = record === undefined ? undefined : instance.view.account(record.account);
  return { account: account?.name ?? null, kind: record?.kind ?? null };
}
