import type { CredentialId } from '#base/ids.ts';
import type { Command } from './commands.ts';
import { describe } from './commands.ts';
import type { History } from './history.ts';
import type { Verdict } from './judge.ts';
import { Judge } from './judge.ts';
import { judgeRewind } from './judge-rewind.ts';
import type { LockBook } from './lock-book.ts';
import type { Reply } from './perform.ts';
import { infoMismatch, mismatch } from './questions.ts';
import { difference, sameFacts, type Tree } from './tree.ts';
import { broken, holds } from './violation.ts';

/** A request that reached the program, or may have. */
export interface Sent {
  readonly number: number;
  readonly command: Command;
  readonly by: CredentialId;
  /** Sequence of the oldest head that the program could still show when it was sent. */
  readonly sentAt: number;
  readonly sentStep: number;
  readonly sentMs: number;
  /** Of the head when the answer was there; undefined while it is under way. */
  doneAt: number | undefined;
  doneStep: number | undefined;
  /** The latest time that the clock showed meanwhile. */
  latestMs: number;
  reply: Reply | undefined;
  /** The entry that it became. */
  entry: number | undefined;
}

/**
 * Holds what clients were told against what the journal says: every entry is the effect of one request, every change that
 * was answered has its entry within the time that the request was under way, and every refusal and every answer is what
 * the rules give for some instant in that time.
 */
export class Requests {
  readonly #history: History;
  readonly #locks: LockBook;
  readonly #hasQuota: boolean;
  #open: Sent[] = [];
  #explained = 0;

  constructor(history: History, locks: LockBook, hasQuota: boolean) {
    this.#history = history;
    this.#locks = locks;
    this.#hasQuota = hasQuota;
  }

  add(sent: Sent): void {
    this.#history.expectContent(sent.command);
    this.#open.push(sent);
  }

  /** When no request is under way and the history is read up to the head. */
  settle(): void {
    const head = this.#history.head.sequence;
    for (const { number, doneAt } of this.#open) {
      holds(
        doneAt === undefined || doneAt <= head,
        () => `#${number} was answered when vault ${this.#history.vault} was at ${doneAt}, and it ends at ${head}`,
      );
    }
    for (let sequence = this.#explained + 1; sequence <= this.#history.head.sequence; sequence += 1)
      this.#explain(sequence);
    this.#explained = this.#history.head.sequence;
    for (const sent of this.#open) {
      if (sent.reply !== undefined) this.#justify(sent, sent.reply);
    }
    this.#open = [];
  }

  #explain(sequence: number): void {
    const facts = this.#history.entries[sequence - 1];
    const underWay = this.#open
      .filter(
        (sent) =>
          sent.by === facts?.by && sent.entry === undefined && sent.sentAt < sequence && sequence <= lastOf(sent),
      )
      .sort((a, b) => lastOf(a) - lastOf(b));
    if (facts?.isStage === true) {
      holds(
        underWay.some((sent) => sent.command.do === 'upload'),
        () => `entry ${sequence} stages pieces that nobody uploaded`,
      );
      return;
    }
    // A lock makes its empty file first, and may still be refused.
    const candidates = underWay.filter(
      (sent) => sent.command.do === 'lock' || sent.reply === undefined || !isRefusal(sent.reply),
    );
    const after = this.#history.treeAt(sequence);
    const problems: string[] = [];
    for (const sent of candidates) {
      const problem = this.#isEffectOf(sent, sequence, after);
      if (problem === undefined) {
        sent.entry = sequence;
        const lock = this.#locks.brokenBy(sent, this.#history.treeAt(sequence - 1), after);
        holds(lock === undefined, () => `#${sent.number} ${describe(sent.command)}: ${lock}`);
        return;
      }
      problems.push(`#${sent.number} ${describe(sent.command)}: ${problem}`);
    }
    const effect = difference(this.#history.treeAt(sequence - 1), after) ?? 'nothing';
    broken(
      `entry ${sequence} of vault ${this.#history.vault} by ${facts?.by ?? 'nobody'} is not the effect of any request (${effect}). Considered: ${problems.join('; ') || 'none'}`,
    );
  }

  #verdict(command: Command, sequence: number): Verdict | undefined {
    const place = this.#placeOf(sequence);
    if (command.do === 'rewind') return judgeRewind(this.#history, place, command.path, command.sequence);
    return new Judge(this.#history, place).judge(command);
  }

  #placeOf(sequence: number): ConstructorParameters<typeof Judge>[1] {
    const facts = this.#history.entries[sequence - 1];
    return { fork: facts?.fork ?? 1, sequence, timeMs: facts?.timeMs ?? 0 };
  }

  #isEffectOf(sent: Sent, sequence: number, after: Tree): string | undefined {
    const verdict =
      sent.command.do === 'lock'
        ? new Judge(this.#history, this.#placeOf(sequence)).emptyFileOfLock(sent.command.path)
        : this.#verdict(sent.command, sequence);
    if (verdict?.kind !== 'changed')
      return verdict === undefined
        ? 'asks only'
        : verdict.kind === 'refused'
          ? `is refused with ${verdict.why}`
          : 'changes nothing';
    const other = difference(verdict.tree, after);
    if (other !== undefined) return other;
    for (const [version, facts] of verdict.versions)
      if (!sameFacts(facts, this.#history.facts(version))) return `version ${version.toString(16)} has other content`;
    const result = sent.reply?.of === 'change' || sent.reply?.of === 'lock' ? sent.reply.value : undefined;
    if (result === undefined || result.kind === 'refused') return undefined;
    // Its empty file made way for something else before it was locked.
    if (sent.command.do === 'lock' && result.node.id !== verdict.node && !result.created) return undefined;
    if (result.node.id !== verdict.node || result.created !== verdict.created) return 'was answered with another node';
    // A lock is described when it is taken, which is later than its empty file.
    return sent.command.do === 'lock' ? undefined : infoMismatch(this.#history, sequence, verdict.node, result.node);
  }

  /**
   * Two requests may have the same effect, and only one of them may be right without it: then the entry is that one's which is
   * not.
   */
  #takesOver(sent: Sent): boolean {
    for (let sequence = sent.sentAt + 1; sequence <= Math.min(lastOf(sent), this.#explained); sequence += 1) {
      const owner = this.#open.find((each) => each.entry === sequence);
      if (owner?.reply === undefined || owner.by !== sent.by) continue;
      const after = this.#history.treeAt(sequence);
      if (this.#isEffectOf(sent, sequence, after) !== undefined) continue;
      if (this.#locks.brokenBy(sent, this.#history.treeAt(sequence - 1), after) !== undefined) continue;
      owner.entry = undefined;
      sent.entry = sequence;
      this.#justify(owner, owner.reply, false);
      return true;
    }
    return false;
  }

  #justify(sent: Sent, reply: Reply, mayRetell = true): void {
    if (sent.entry !== undefined || reply.of === 'usage' || reply.of === 'locksOn') return;
    const reasons: string[] = [];
    for (let sequence = sent.sentAt; sequence <= lastOf(sent); sequence += 1) {
      const why = this.#unjust(sent, reply, sequence);
      if (why === undefined) return;
      reasons.push(`at ${sequence}: ${why}`);
    }
    if (mayRetell && this.#takesOver(sent)) return;
    broken(
      `#${sent.number} ${describe(sent.command)} was answered with ${brief(reply)}, which is not right at any instant from ${sent.sentAt} to ${lastOf(sent)} (${reasons.at(-1)})`,
    );
  }

  #unjust(sent: Sent, reply: Reply, sequence: number): string | undefined {
    if (reply.of === 'unlock') return undefined;
    if (reply.of !== 'change' && reply.of !== 'lock') return mismatch(this.#history, sequence, sent.command, reply);
    if (sent.command.do === 'refresh') return undefined;
    const verdict = this.#verdict(sent.command, sequence + 1);
    const { value } = reply;
    if (value.kind !== 'refused') {
      return verdict?.kind === 'unchanged' ? undefined : 'acknowledged, and not in the journal';
    }
    if (value.why === 'locked') return this.#locks.maybeLocked(sent, sent.sentMs) ? undefined : 'nothing was locked';
    if (value.why === 'over-quota') return this.#hasQuota ? undefined : 'there is no quota';
    // Looked at twice, before and after its empty file is made: somebody may have come between.
    if (sent.command.do === 'lock' && lastOf(sent) > sent.sentAt && ['no-such-path', 'is-a-folder'].includes(value.why))
      return undefined;
    if (verdict?.kind === 'refused') return verdict.why === value.why ? undefined : `the rules say ${verdict.why}`;
    return 'the rules allow it';
  }
}

function lastOf(sent: Sent): number {
  return sent.doneAt ?? Number.MAX_SAFE_INTEGER;
}

function isRefusal(reply: Reply): boolean {
  return (reply.of === 'change' || reply.of === 'lock') && reply.value.kind === 'refused';
}

export function brief(reply: Reply): string {
  switch (reply.of) {
    case 'change':
      return reply.value.kind === 'refused'
        ? `refused ${reply.value.why}`
        : `done ${reply.value.node.id.toString(16)}${reply.value.created ? ' created' : ''}`;
    case 'lock':
      return reply.value.kind === 'refused'
        ? `refused ${reply.value.why}`
        : `locked ${reply.value.lock.token.slice(9, 17)}`;
    case 'unlock':
      return typeof reply.value === 'string' ? reply.value : `refused ${reply.value.why}`;
    case 'read':
      return reply.value.kind === 'refused'
        ? `refused ${reply.value.why}`
        : `${reply.value.pieces.size} of ${reply.value.plan.pieces.length} pieces`;
    case 'sequenceAt':
      return String(reply.value);
    default:
      return reply.of;
  }
}
