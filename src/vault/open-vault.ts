import { assert, present } from '../base/assert.ts';
import type { Clock, Randomness } from '../base/clock.ts';
import { Fault } from '../base/fault.ts';
import type { ChunkId, CredentialId, VaultId } from '../base/ids.ts';
import type { Secret } from '../base/secret.ts';
import type { CborValue } from '../format/cbor.ts';
import { type EntryHeader, maxChunkIdsPerEntry } from '../format/entry.ts';
import {
  type AppendResult,
  type ChunkData,
  type Head,
  type Journal,
  maxAppendBytes,
  maxBodyBytes,
  type NewEntry,
  type StoredEntry,
} from '../store/journal/journal.ts';
import { checkLink, openEntryBody, type SealedEntry, sealEntry } from './chain.ts';
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
  apply(operations: readonly CborValue[], position: Position, chunks: EntryChunks): void;
}

/** What the header of an entry says about chunks. */
export interface EntryChunks {
  readonly isDrop: boolean;
  /** From outside: none of its operations count before they are taken in. */
  readonly isInbox: boolean;
  /** Live from this entry on, also when they were dropped before. */
  readonly added: readonly ChunkId[];
  readonly dropped: readonly ChunkId[];
}

/** A drop entry (docs/format.md §5): signed, and only by who holds the signing key of the vault. */
interface SignedDrop {
  readonly listed: readonly ChunkId[];
  readonly signSeed: Secret;
}

/** What a command decides, looking at the view: pure, so that it can decide again after a conflict. */
export type Decision<Result> =
  | {
      readonly kind: 'change';
      readonly operations: readonly CborValue[];
      readonly added: readonly ChunkId[];
      readonly data: readonly ChunkData[];
      readonly drop?: SignedDrop;
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
  /** Runs right after the change, before anything else changes the view; its result is given once all is durable. */
  readonly conclude: (result: unknown) => unknown;
  readonly resolve: (outcome: Outcome<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

const entriesPerRead = 500;
const commandsPerAppend = 64;
/** An append takes no further command beyond this; with the largest command on top it still fits. */
const appendBytes: number = 32 * 1024 * 1024;
assert(
  appendBytes + maxBodyBytes + 16 * 1024 * 1024 <= maxAppendBytes,
  'a command carries at most 16 MiB beside its body',
);

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
  #failed: Fault | undefined;

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
    const { journal } = this.#parts;
    for (;;) {
      // Before the entries: one that is appended meanwhile is no reason to doubt.
      const end = await journal.head(this.id);
      const entries = await journal.entries(this.id, this.#head.sequence, entriesPerRead);
      if (entries.length === 0) return this.#checkEnd(end);
      this.#foldStored(entries);
    }
  }

  /** Catches up with what was brought back beside the commands of this vault; those that come meanwhile wait. */
  async refresh(): Promise<void> {
    while (this.#busy) await new Promise((resolve) => setImmediate(resolve));
    this.#busy = true;
    try {
      await this.catchUp();
    } finally {
      for (const reader of this.#readers.splice(0)) reader();
      await this.#drain();
    }
  }

  #foldStored(entries: readonly StoredEntry[]): void {
    const { keys, fold } = this.#parts;
    fold.begin();
    try {
      let head = this.#head;
      for (const stored of entries) {
        const linked = checkLink(this.id, head, stored);
        const body = openEntryBody(keys, linked, stored);
        const { fork, sequence, timeMs } = linked.header;
        // docs/format.md §5: anyone can write an inbox entry, so none of its operations count yet.
        fold.apply(
          linked.header.type === 'inbox' ? [] : body.operations,
          { fork, sequence, timeMs },
          entryChunks(linked.header),
        );
        head = linked.head;
      }
      fold.commit();
      this.#head = head;
    } catch (error) {
      fold.rollback();
      throw error;
    }
  }

  /** A journal that ends elsewhere than its head says has lost entries. */
  #checkEnd(end: Head): void {
    if (end.sequence === this.#head.sequence && Buffer.compare(end.hash, this.#head.hash) === 0) {
      // A deliberate fork was decided: what is written from here on carries the number of the journal's head.
      if (end.fork > this.#head.fork) this.#head = end;
      return;
    }
    throw new Fault(
      'damaged',
      `Damaged journal: vault ${this.id} does not end where its head says. What a copy holds of it can be brought back.`,
    );
  }

  /** @throws Fault `unavailable` once the vault is closed: its view is gone. */
  assertOpen(): void {
    if (this.#failed !== undefined) throw this.#failed;
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
   * `conclude` looks at the view right after the change: what it returns is the answer. When it or `decide` throws, the
   * command is not written.
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
      await this.#runBatch(this.#waiting.splice(0, commandsPerAppend));
      for (const reader of this.#readers.splice(0)) reader();
    }
    this.#busy = false;
  }

  /** Answers every command, or puts it back to the front of those that wait. Never throws. */
  async #runBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      if (this.#failed !== undefined) throw this.#failed;
      for (let commands = batch; commands.length > 0; ) commands = await this.#attempt(commands);
    } catch (error) {
      for (const each of batch) each.reject(error);
    }
  }

  /** One decision of all, and one append. The commands that are to be decided again, if any. */
  async #attempt(commands: readonly Waiting[]): Promise<readonly Waiting[]> {
    const { fold, journal } = this.#parts;
    const before = this.#head;
    let decided: Decided;
    let result: AppendResult | undefined;
    fold.begin();
    try {
      decided = this.#decideAll(commands);
      const { entries, data } = decided;
      if (decided.broken === undefined && entries.length > 0) {
        // Crash before this returns: nothing was acknowledged, and the journal has all of the batch or none.
        result = await journal.append({ vault: this.id, expected: before, entries, data });
      }
      if (result?.kind === 'appended') {
        assert(Buffer.compare(result.head.hash, decided.head.hash) === 0, 'the journal appended what was sealed');
      }
      if (decided.broken === undefined && (result === undefined || result.kind === 'appended')) fold.commit();
      else fold.rollback();
    } catch (error) {
      fold.rollback();
      throw error;
    }
    if (decided.broken !== undefined) {
      const { command, error } = decided.broken;
      command.reject(error);
      return commands.filter((each) => each !== command);
    }
    switch (result?.kind) {
      case undefined:
      case 'appended':
        this.#head = decided.head;
        for (const answer of decided.answers) answer();
        this.#waiting.unshift(...commands.slice(decided.answers.length));
        return [];
      case 'chunks-given-up':
        return this.#runApart(commands, result);
      case 'conflict':
        // Somebody else appended. Catch up and decide again.
        await this.catchUp();
        assert(this.#head.sequence > before.sequence || this.#head.fork > before.fork, 'a conflict has a reason');
        return commands;
    }
  }

  /** One of several commands has the chunk that was given up: the others must not suffer. */
  async #runApart(
    commands: readonly Waiting[],
    givenUp: Extract<AppendResult, { kind: 'chunks-given-up' }>,
  ): Promise<readonly Waiting[]> {
    if (commands.length === 1) present(commands[0], 'command').resolve(givenUp);
    else for (const each of commands) await this.#runBatch([each]);
    return [];
  }

  /** As many of the commands as one append takes, each on what those before it did. */
  #decideAll(commands: readonly Waiting[]): Decided {
    const entries: NewEntry[] = [];
    const data: ChunkData[] = [];
    const answers: (() => void)[] = [];
    let head = this.#head;
    let sizeBytes = 0;
    for (const command of commands) {
      if (sizeBytes >= appendBytes) break;
      try {
        const { answer, written } = this.#decideOne(command, head);
        answers.push(answer);
        if (written === undefined) continue;
        entries.push(written.sealed.entry);
        data.push(...written.data);
        head = written.sealed.head;
        sizeBytes += written.sealed.entry.body.length + written.data.reduce((sum, each) => sum + each.bytes.length, 0);
      } catch (error) {
        return { entries, data, answers, head, broken: { command, error } };
      }
    }
    return { entries, data, answers, head, broken: undefined };
  }

  /** Throws when the command is broken: it may have changed the view already. */
  #decideOne(command: Waiting, head: Head): { readonly answer: () => void; readonly written: Written | undefined } {
    const { keys, fold, clock, random } = this.#parts;
    const position = { fork: head.fork, sequence: head.sequence + 1, timeMs: clock.nowMs() };
    const decision = command.decide(position);
    const answerWith = (): (() => void) => {
      const result = command.conclude(decision.result);
      return () => command.resolve({ kind: 'done', result });
    };
    if (decision.kind === 'none') return { answer: answerWith(), written: undefined };
    const { operations, added, data, drop } = decision;
    assert(added.length <= maxChunkIdsPerEntry, 'a command adds at most 4,096 chunks');
    const sealed = sealEntry(keys, head, { by: command.by, operations, added, drop }, position.timeMs, random);
    if (sealed === undefined) return { answer: () => command.resolve({ kind: 'too-large' }), written: undefined };
    fold.apply(operations, position, {
      isDrop: drop !== undefined,
      isInbox: false,
      added,
      dropped: drop?.listed ?? [],
    });
    return { answer: answerWith(), written: { sealed, data } };
  }

  /** The batch under way is finished; commands that wait and those that come later are told to come again. */
  async close(): Promise<void> {
    this.#failed ??= new Fault('unavailable', 'The vault was closed meanwhile. Nothing was changed; send it again.');
    while (this.#busy) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** docs/format.md §5: what a baseline lists is not dropped. */
export function entryChunks({ type, added, listed }: EntryHeader): EntryChunks {
  return { isDrop: type === 'drop', isInbox: type === 'inbox', added, dropped: type === 'drop' ? listed : [] };
}

interface Written {
  readonly sealed: SealedEntry;
  readonly data: readonly ChunkData[];
}

interface Decided {
  readonly entries: readonly NewEntry[];
  readonly data: readonly ChunkData[];
  /** One for each command that was decided. */
  readonly answers: readonly (() => void)[];
  readonly head: Head;
  /** A command that threw. All has to be decided again without it. */
  readonly broken: { readonly command: Waiting; readonly error: unknown } | undefined;
}
