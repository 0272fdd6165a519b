import { isFault } from '#base/fault.ts';
import type { VaultId } from '#base/ids.ts';
import type { Head, JournalReader } from '#store/journal/journal.ts';
import { standing } from '#store/journal/standing.ts';
import type { Source } from './source.ts';

type ComparedSource = Pick<Source, 'title' | 'heads' | 'entries'>;

/**
 * How the journal stands to a copy. `behind`: the copy goes on from where the journal ends. `forked`: the copy holds another
 * branch, under a fork number that is not lower.
 */
export type CopyStanding =
  | { readonly kind: 'on' }
  | { readonly kind: 'behind' | 'forked'; readonly journal: Head; readonly copy: Head };

export async function compareWithCopy(
  journal: Pick<JournalReader, 'head' | 'entries'>,
  source: ComparedSource,
  vault: VaultId,
): Promise<CopyStanding> {
  const [copy] = await source.heads(vault);
  if (copy === undefined) return { kind: 'on' };
  const stands = await standing(journal, vault, copy);
  if (stands === 'on') return { kind: 'on' };
  const head = await journal.head(vault);
  const goesOn = stands === 'behind' && (await source.entries(vault, head, copy)).length > 0;
  return { kind: goesOn ? 'behind' : 'forked', journal: head, copy };
}

/** Why a vault must not be written, for people. */
function standingLine(vault: VaultId, title: string, stands: CopyStanding): string | undefined {
  switch (stands.kind) {
    case 'on':
      return undefined;
    case 'behind':
      return (
        `Vault ${vault} is read-only: the copy ${title} holds it up to entry ${stands.copy.sequence}, the journal ends at ` +
        `entry ${stands.journal.sequence}. Nothing was deleted, and reading goes on. Bring back what the copy holds with ` +
        '`coffre copy pull`, or go on without it with `coffre copy fork`.'
      );
    case 'forked':
      return (
        `Vault ${vault} is read-only: the copy ${title} holds another branch of it, up to entry ${stands.copy.sequence}; ` +
        `the journal ends at entry ${stands.journal.sequence}. Nothing was deleted, reading goes on, and the copy is not ` +
        'written. Go on from the journal with `coffre copy fork`: what only the copy has is kept there, and comes back to its ' +
        'owner as conflict copies.'
      );
  }
}

/** A copy as it is looked at now: what a source lists is asked once. */
export interface ConsultedCopy {
  readonly title: string;
  /** @throws Fault when it does not answer. */
  open(): Promise<ComparedSource & Pick<Source, 'close'>>;
}

export interface ConsultParts {
  readonly journal: Pick<JournalReader, 'head' | 'entries'>;
  /** Those that there are now. */
  readonly copies: () => readonly ConsultedCopy[];
  /** What a copy says that was too late for the first write, or that was away then. */
  readonly report: (vault: VaultId, why: string | undefined) => Promise<void>;
  readonly withinMs: number;
}

type Answer = { readonly why: string | undefined } | 'silent';

/**
 * Asks every copy about a vault, each for so long: one that does not answer in time stands in nobody's way, and counts when
 * it answers.
 */
export class CopyConsult {
  readonly #parts: ConsultParts;
  /** By vault and title of the copy: what is known against writing. */
  readonly #findings: Map<VaultId, Map<string, string>> = new Map();
  /** By title of the copy: vaults that were let through without it. */
  readonly #silent: Map<string, Set<VaultId>> = new Map();

  constructor(parts: ConsultParts) {
    this.#parts = parts;
  }

  /** Why a vault must not be written, or undefined; bounded in time. */
  async ask(vault: VaultId): Promise<string | undefined> {
    this.#findings.delete(vault);
    await Promise.all(
      this.#parts.copies().map(async (copy) => {
        const asking = this.#askOne(copy, vault);
        const answer = await within(this.#parts.withinMs, asking);
        if (answer !== undefined) return;
        this.#note(copy.title, vault, 'silent');
        // Late: it counts from then on.
        void asking.then(() => this.#parts.report(vault, this.#why(vault)));
      }),
    );
    return this.#why(vault);
  }

  /** Asks copies that were silent about the vaults that were let through without them. Called once a minute or so. */
  async askAgain(): Promise<void> {
    for (const copy of this.#parts.copies()) {
      for (const vault of [...(this.#silent.get(copy.title) ?? [])]) {
        const answer = await within(this.#parts.withinMs, this.#askOne(copy, vault));
        if (answer === undefined || answer === 'silent') break;
        await this.#parts.report(vault, this.#why(vault));
      }
    }
  }

  #why(vault: VaultId): string | undefined {
    const [first] = this.#findings.get(vault)?.values() ?? [];
    return first;
  }

  async #askOne(copy: ConsultedCopy, vault: VaultId): Promise<Answer> {
    const answer = await answerOf(this.#parts.journal, copy, vault);
    this.#note(copy.title, vault, answer);
    return answer;
  }

  #note(title: string, vault: VaultId, answer: Answer): void {
    const silent = this.#silent.get(title) ?? new Set();
    this.#silent.set(title, silent);
    if (answer === 'silent') {
      silent.add(vault);
      return;
    }
    silent.delete(vault);
    const findings = this.#findings.get(vault) ?? new Map<string, string>();
    this.#findings.set(vault, findings);
    if (answer.why === undefined) findings.delete(title);
    else findings.set(title, answer.why);
  }
}

async function answerOf(journal: ConsultParts['journal'], copy: ConsultedCopy, vault: VaultId): Promise<Answer> {
  let source: Awaited<ReturnType<ConsultedCopy['open']>> | undefined;
  try {
    source = await copy.open();
    return { why: standingLine(vault, copy.title, await compareWithCopy(journal, source, vault)) };
  } catch (error) {
    if (!isFault(error)) throw error;
    return 'silent';
  } finally {
    await source?.close();
  }
}

async function within<Value>(ms: number, work: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
