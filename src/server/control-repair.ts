import { z } from 'zod';
import type { ChunkId, VaultId } from '../base/ids.ts';
import { parseChunkId, parseVaultId } from '../base/ids.ts';
import { KeptLines } from '../copies/kept-lines.ts';
import { Losses, type LossStory, primary } from '../copies/losses.ts';
import { noteGone, type RepairParts, repairChunk } from '../copies/repair.ts';
import type { ControlAnswer } from './control-calls.ts';
import { type ControlCommands, command } from './control-command.ts';
import { done, nothing, refuse } from './control-values.ts';
import type { Core } from './core.ts';
import { realClock } from './real-world.ts';

const chunkId = z.string().transform((text, context): ChunkId => {
  const id = parseChunkId(text);
  if (id !== undefined) return id;
  context.addIssue({ code: 'custom', message: 'not a chunk id' });
  return z.NEVER;
});
const vaultId = z.string().transform((text, context): VaultId => {
  const id = parseVaultId(text);
  if (id !== undefined) return id;
  context.addIssue({ code: 'custom', message: 'not the id of a vault' });
  return z.NEVER;
});
const repair = z.object({ chunk: chunkId, from: z.string().max(4096) });
const gone = z.object({ chunks: z.array(chunkId).max(1000) });
const copyLosses = z.object({
  where: z.string().min(1).max(4096),
  found: z
    .array(
      z.object({
        object: z.string().max(300),
        chunk: chunkId.nullable(),
        vault: vaultId,
        sizeBytes: z.number().int().min(0),
        state: z.enum(['damaged', 'missing']),
        outcome: z.enum(['repaired', 'gone', 'found']),
      }),
    )
    .max(1000),
});

/** A chunk is at most a piece and its frame and seal. */
const maxChunkBytes: number = 4 * 1024 * 1024 + 4096;

/** Putting back what is damaged, and what is known of losses: ids and counts, for the operator. */
export class RepairControl {
  readonly #core: Core;
  readonly #parts: RepairParts;

  constructor(core: Core) {
    this.#core = core;
    const { journal, chunks, disk } = core;
    this.#parts = { journal, chunks, losses: new Losses(new KeptLines(disk), realClock) };
  }

  get commands(): ControlCommands {
    return {
      repair: command(repair, (args, content) => this.#repair(args, content)),
      'repair.gone': command(gone, async ({ chunks }) => {
        let noted = 0;
        for (const id of chunks) if (await noteGone(this.#parts, id)) noted += 1;
        return done({ noted });
      }),
      'losses.copy': command(copyLosses, (args) => this.#noteCopy(args)),
      losses: command(z.object({}), () => this.#forOperator()),
    };
  }

  async #repair(args: z.infer<typeof repair>, content: AsyncIterable<Uint8Array> | undefined): Promise<ControlAnswer> {
    const parts: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const part of content ?? nothing()) {
      sizeBytes += part.length;
      if (sizeBytes > maxChunkBytes) return refuse('too-large');
      parts.push(part);
    }
    return done({ outcome: await repairChunk(this.#parts, args.chunk, Buffer.concat(parts), args.from) });
  }

  async #noteCopy({ where, found }: z.infer<typeof copyLosses>): Promise<ControlAnswer> {
    if (where === primary) return refuse('bad-arguments');
    const losses = found.flatMap(({ object, chunk, vault, sizeBytes, state, outcome }) => {
      const common = { object, ...(chunk === null ? {} : { chunk }), vault, sizeBytes, where };
      const first = { ...common, what: state };
      return outcome === 'found'
        ? [first]
        : [first, { ...common, what: outcome, ...(outcome === 'repaired' ? { from: primary } : {}) }];
    });
    await this.#parts.losses.note(...losses);
    return done({ noted: losses.length });
  }

  async #forOperator(): Promise<ControlAnswer> {
    const stories = await this.#stories();
    const byVault = Map.groupBy(stories, (each) => each.last.vault);
    const rows = [...byVault].map(([vault, of]) => this.#rowOf(vault, of));
    return done(rows.toSorted((a, b) => (a.vault < b.vault ? -1 : 1)));
  }

  /** No names of accounts either: an id is enough to ask the owner to look. */
  #rowOf(
    vault: VaultId,
    stories: readonly LossStory[],
  ): { readonly vault: VaultId } & Readonly<Record<string, unknown>> {
    const record = this.#core.instance.view.vault(vault);
    const count = (what: (each: LossStory) => boolean): { readonly chunks: number; readonly sizeBytes: number } => {
      const matching = stories.filter(what);
      return { chunks: matching.length, sizeBytes: matching.reduce((sum, each) => sum + each.last.sizeBytes, 0) };
    };
    return {
      vault,
      account: record?.account ?? null,
      kind: record?.kind ?? 'instance',
      firstMs: Math.min(...stories.map((each) => each.sinceMs)),
      lastMs: Math.max(...stories.map((each) => each.last.timeMs)),
      repaired: count((each) => each.last.what === 'repaired'),
      gone: count((each) => each.last.what === 'gone'),
      open: count((each) => each.last.what === 'damaged' || each.last.what === 'missing'),
    };
  }

  async #stories(): Promise<readonly LossStory[]> {
    return (await this.#parts.losses.stories()).filter((each) => each.last.where === primary);
  }
}
