import { z } from 'zod';
import type { Clock } from '#base/clock.ts';
import type { Disk } from '#store/disk.ts';
import { ChainedLog, type LineHead } from './chained-log.ts';

interface Sends {
  /** Written and made durable before the first byte goes out. */
  readonly what: 'sends';
  readonly purpose: string;
  /** The line of `consents.jsonl` that allows it. */
  readonly consent: number;
  readonly to: string;
  readonly bytes: number;
  /** Every byte, as text. */
  readonly payload: string;
}
interface Answered {
  readonly what: 'answered';
  /** The line that this is about. */
  readonly of: number;
  readonly status: number;
  readonly receivedBytes: number;
}
interface Failed {
  readonly what: 'failed';
  readonly of: number;
  readonly why: string;
}
interface StoppedLine {
  /** Somebody or something wanted out, and was stopped; nothing was sent. */
  readonly what: 'stopped';
  readonly by: 'consent' | 'guard';
  readonly to: string;
  readonly why: string;
}

type LedgerEntry = Sends | Answered | Failed | StoppedLine;

const count: z.ZodType<number> = z.number().int().min(0);
const text: z.ZodType<string> = z.string().max(1000);

const ledgerEntry: z.ZodType<LedgerEntry> = z.discriminatedUnion('what', [
  z.object({
    what: z.literal('sends'),
    purpose: text,
    consent: count,
    to: text,
    bytes: count,
    payload: z.string().max(100_000),
  }),
  z.object({ what: z.literal('answered'), of: count, status: count, receivedBytes: count }),
  z.object({ what: z.literal('failed'), of: count, why: text }),
  z.object({ what: z.literal('stopped'), by: z.enum(['consent', 'guard']), to: text, why: text }),
]);

export type LedgerLine = LedgerEntry & LineHead;

/** Every byte that left the home, readable; and what was stopped. */
export class Ledger {
  readonly #log: ChainedLog<LedgerEntry>;

  constructor(disk: Pick<Disk, 'read' | 'append'>, clock: Clock) {
    this.#log = new ChainedLog(disk, 'egress.jsonl', ledgerEntry, clock);
  }

  read(): Promise<readonly LedgerLine[]> {
    return this.#log.read();
  }

  append(entry: LedgerEntry): Promise<LedgerLine> {
    return this.#log.append(entry);
  }
}
