import { z } from 'zod';
import type { Clock } from '#base/clock.ts';
import type { Disk } from '#store/disk.ts';
import { ChainedLog, type LineHead } from './chained-log.ts';
import { type ConsentText, consentText, type Origin, type PurposeName, parseOrigin, purposeNames } from './purposes.ts';

interface ConsentEntry {
  readonly what: 'given' | 'withdrawn';
  readonly purpose: PurposeName;
  readonly origin: Origin;
  readonly textSha256: string;
  /** The text itself too: years later it must be clear what was agreed to. */
  readonly text: string;
}

const consentEntry: z.ZodType<ConsentEntry> = z.object({
  what: z.enum(['given', 'withdrawn']),
  purpose: z.enum(purposeNames),
  origin: z
    .string()
    .max(300)
    .refine((text) => parseOrigin(text) === text),
  textSha256: z.string().regex(/^[0-9a-f]{64}$/),
  text: z.string().max(10_000),
});

export type Consent = ConsentEntry & LineHead;

/** What was agreed to and withdrawn. Closed unless the last word about a purpose and a host is yes, to today's text. */
export class Consents {
  readonly #log: ChainedLog<ConsentEntry>;

  constructor(disk: Pick<Disk, 'read' | 'append'>, clock: Clock) {
    this.#log = new ChainedLog(disk, 'consents.jsonl', consentEntry, clock);
  }

  /** Undefined when it is not allowed. @throws Fault `damaged`: then nothing is. */
  async live(purpose: PurposeName, origin: Origin): Promise<Consent | undefined> {
    const last = (await this.#log.read()).findLast((each) => each.purpose === purpose && each.origin === origin);
    if (last?.what !== 'given') return undefined;
    // A program whose text changed asks anew: what was agreed to is the old text.
    return last.textSha256 === consentText(purpose, origin).sha256 ? last : undefined;
  }

  /** The last word about each purpose and host. */
  async latest(): Promise<readonly Consent[]> {
    const last = new Map<string, Consent>();
    for (const each of await this.#log.read()) last.set(`${each.purpose} ${each.origin}`, each);
    return [...last.values()];
  }

  async give(text: ConsentText): Promise<Consent> {
    return await this.#add('given', text);
  }

  async withdraw(text: ConsentText): Promise<Consent> {
    return await this.#add('withdrawn', text);
  }

  async #add(what: 'given' | 'withdrawn', { purpose, origin, text, sha256 }: ConsentText): Promise<Consent> {
    return await this.#log.append({ what, purpose, origin, textSha256: sha256, text });
  }
}
