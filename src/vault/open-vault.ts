import { assert, present } from '../base/assert.ts';
import type { Clock, Randomness } from '../base/clock.ts';
import { Fault } from '../base/fault.ts';
import type { ChunkId, CredentialId, VaultId } from '../base/ids.ts';
import type { CborValue } from '../format/cbor.ts';
import { maxChunkIdsPerEntry } from '../format/entry.ts';
import type { ChunkData, Head, Journal, NewEntry } from '../store/journal/journal.ts';
import { checkLink, openEntryBody, sealEntry } from './chain.ts';
import type { VaultKeys } from './vault-keys.ts';

/** Where the entry of a command will stand; ids are minted from it. */
export interface Position {
  readonly fork: number;
  readonly sequence: number;
  readonly timeMs: number;
}

/** What a view does with entries. Everything between `begin` and `commit` can be taken back. */
export interface Fold {
  begin(): void;
  commit(): void;
  rollback(): void;
  apply(operations: readonly CborValue[], position: Position): void;
}

/** What a command decides, looking at the view: pure, so that it can decide again after a conflict. */
export type Decision<Result> =
  | {
      readonly kind: 'change';
      readonly operations: readonly CborValue[];
      readonly added: readonly ChunkId[];
      readonly data: readonly ChunkData[];
      readonly result: Result;
    }
  | { readonly kind: 'none'; readonly result: Result };

export type Decide<Result> = (position: Position) => Decision<Result>;

/** `chunks-given-up`: the caller seals the content anew and asks again; `too-large`: more than one entry may hold. */
export type Outcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'chunks-given-up'; readonly ids: readonly ChunkId[] }
  | { readonly kind: 'too-large' };

interface Waiting {
  readonly by: CredentialId | undefined;
  readonly decide: Decide<unknown>;
  /** Runs once the change is durable and in the view, before anything else changes it. */
  readonly conclude: (result: unknown) => unknown;
  readonly resolve: (outcome: Outcome<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

const entriesPerRead = 500;
const commandsPerAppend = 64;

export interface OpenVaultParts {
  readonly keys: VaultKeys;
  readonly journal: Journal;
  readonly fold: Fold;
  readonly clock: Clock;
  readonly random: Randomness;
}

/**
 * A vault whose key is there: its chain folded into a view, and the one way to change it. Commands that wait are decided one
 * after the other, appended together, and answered when all of it is durable; until then nobody reads the view, so nobody
 * ever saw what a crash could take back.
 */
export class OpenVault {
  readonly #parts: OpenVaultParts;
  #head: Head;
  #waiting: Waiting[] = [];
  #readers: (() => void)[] = [];
  #busy = false;
  #failed: unknown;

  /** `head` is that of the view: of an empty one, or of a checkpoint. */
  constructor(parts: OpenVaultParts, head: Head) {
    this.#parts = parts;
    this.#head = head;
  }

  get id(): VaultId {
    return this.#parts.keys.vault;
  }

  get head(): Head {
    return this.#head;
  }

  /**
   * Folds what the journal holds beyond the view, checking every link of the chain.
   * @throws Fault `damaged`, `newer-format`.
   */
  async catchUp(): Promise<void> {
    for (;;) {
      const entries = await this.#parts.journal.entries(this.id, this.#head.sequence, entriesPerRead);
      if (entries.length === 0) break;
      this.#parts.fold.begin();
      try {
        let head = this.#head;
        for (const stored of entries) {
          const linked = checkLink(this.id, head, stored);
          const body = openEntryBody(this.#parts.keys, linked, stored);
          const { fork, sequence, timeMs } = linked.header;
          this.#parts.fold.apply(body.operations, { fork, sequence, timeMs });
          head = linked.head;
        }
        this.#parts.fold.commit();
        this.#head = head;
      } catch (error) {
        this.#parts.fold.rollback();
        throw error;
      }
    }
    await this.#checkEnd();
  }

  /** A journal that ends elsewhere than its head says has lost entries. */
  async #checkEnd(): Promise<void> {
    const head = await this.#parts.journal.head(this.id);
    if (head.sequence !== this.#head.sequence || Buffer.compare(head.hash, this.#head.hash) !== 0) {
      throw new Fault(
        'damaged',
        `Damaged journal: vault ${this.id} does not end where its head says. What a copy holds of it can be brought back.`,
      );
    }
  }

  /** Runs when no undurable change is in the view; synchronous, so that it sees one instant. */
  read<Result>(look: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const run = (): void => {
        try {
          if (this.#failed !== undefined) throw this.#failed;
          resolve(look());
        } catch (error) {
          reject(error);
        }
      };
      if (this.#busy) this.#readers.push(run);
      else run();
    });
  }

  /**
   * `conclude` looks at the view right after the change: what it returns is the answer.
   * @throws Fault from the journal; after one, the view is what the journal held before.
   */
  execute<Decided, Result>(
    by: CredentialId | undefined,
    decide: Decide<Decided>,
    conclude: (decided: Decided) => Result,
  ): Promise<Outcome<Result>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        by,
        decide,
        conclude: conclude as (result: unknown) => unknown,
        resolve: resolve as (outcome: Outcome<unknown>) => void,
        reject,
      });
      if (!this.#busy) {
        this.#busy = true;
        // One turn of the loop, so that commands which arrived together share an append.
        setImmediate(() => void this.#drain());
      }
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, commandsPerAppend);
      try {
        await this.#runBatch(batch);
      } catch (error) {
        for (const each of batch) each.reject(error);
      }
      for (const reader of this.#readers.splice(0)) reader();
    }
    this.#busy = false;
  }

  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed;
    const { fold, journal } = this.#parts;
    for (;;) {
      const before = this.#head;
      fold.begin();
      let decided: Decided;
      try {
        decided = this.#decideAll(batch);
        if (decided.entries.length === 0) {
          fold.commit();
          for (const answer of decided.answers) answer();
          return;
        }
        // Crash before this returns: nothing was acknowledged, and the journal has all of the batch or none.
        const result = await journal.append({
          vault: this.id,
          expected: before,
          entries: decided.entries,
          data: decided.data,
        });
        if (result.kind === 'appended') {
          fold.commit();
          this.#head = decided.head;
          assert(Buffer.compare(result.head.hash, decided.head.hash) === 0, 'the journal appended what was sealed');
          for (const answer of decided.answers) answer();
          return;
        }
        fold.rollback();
        if (result.kind === 'chunks-given-up') {
          if (batch.length === 1) return present(batch[0], 'command').resolve(result);
          for (const each of batch) await this.#runBatch([each]);
          return;
        }
      } catch (error) {
        fold.rollback();
        throw error;
      }
      // Conflict: somebody else appended. Catch up and decide again.
      await this.catchUp();
    }
  }

  #decideAll(batch: readonly Waiting[]): Decided {
    const { keys, fold, clock, random } = this.#parts;
    const entries: NewEntry[] = [];
    const data: ChunkData[] = [];
    const answers: (() => void)[] = [];
    let head = this.#head;
    for (const command of batch) {
      const position = { fork: head.fork, sequence: head.sequence + 1, timeMs: clock.nowMs() };
      let decision: Decision<unknown>;
      try {
        decision = command.decide(position);
      } catch (error) {
        answers.push(() => command.reject(error));
        continue;
      }
      if (decision.kind === 'change') {
        assert(decision.added.length <= maxChunkIdsPerEntry, 'a command adds at most 4,096 chunks');
        const sealed = sealEntry(
          keys,
          head,
          { by: command.by, operations: decision.operations, added: decision.added },
          position.timeMs,
          random,
        );
        if (sealed === undefined) {
          answers.push(() => command.resolve({ kind: 'too-large' }));
          continue;
        }
        fold.apply(decision.operations, position);
        entries.push(sealed.entry);
        data.push(...decision.data);
        head = sealed.head;
      }
      const { result } = decision;
      answers.push(() => command.resolve({ kind: 'done', result: command.conclude(result) }));
    }
    return { entries, data, answers, head };
  }

  /** The batch under way is finished; commands that wait and those that come later are told to come again. */
  async close(): Promise<void> {
    this.#failed ??= new Fault('unavailable', 'The vault was closed meanwhile. Nothing was changed; send it again.');
    while (this.#busy) await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Decided {
  readonly entries: readonly NewEntry[];
  readonly data: readonly ChunkData[];
  readonly answers: readonly (() => void)[];
  readonly head: Head;
}
