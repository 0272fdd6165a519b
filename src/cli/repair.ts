import { z } from 'zod';
import type { ChunkId } from '#base/ids.ts';
import type { MergedSource } from '#copies/merged-source.ts';
import type { Damage } from '#copies/verify-report.ts';
import type { Control } from '#server/control-calls.ts';
import type { Context } from './command.ts';
import { interrupted, usage } from './failure.ts';
import { withControl } from './link.ts';
import { ask } from './session.ts';
import { openSources } from './sources.ts';
import { count, visible } from './terminal.ts';

export interface RepairReport {
  readonly repaired: number;
  /** Chunks that no source has; what they belong to is gone as long as no other copy is found. */
  readonly gone: readonly ChunkId[];
  /** Damage that is no chunk's: repair can not write it in place. */
  readonly others: number;
}

const repairAnswer = z.object({ outcome: z.enum(['repaired', 'was-whole', 'other-bytes', 'not-kept']) });
const goneAnswer = z.object({ noted: z.number() });
const goneAtOnce = 1000;

/** Before the long reading: a mistyped name of a copy is told at once. */
export function checkRepair({ args }: Context): void {
  if (args.flag('repair') && args.texts('from').length === 0) throw usage('Repair from which copy?', '--from FOLDER');
  if (!args.flag('repair') && args.texts('from').length > 0) throw usage('--from belongs to --repair.');
}

/** Puts back what a verification found damaged, from the first source that has it. Whoever has the folder compares the hash. */
export async function repairDamages(context: Context, damages: readonly Damage[]): Promise<RepairReport> {
  const ids = new Set(
    damages.flatMap(({ kind, chunk }) =>
      chunk !== undefined && (kind === 'chunk-damaged' || kind === 'chunk-missing') ? [chunk] : [],
    ),
  );
  const others = damages.filter(({ chunk }) => chunk === undefined || !ids.has(chunk)).length;
  if (ids.size === 0) return { repaired: 0, gone: [], others };
  const source = await openSources(context, () => undefined);
  try {
    return await withControl(context, async (control) => ({
      ...(await putBack(context, control, source, ids)),
      others,
    }));
  } finally {
    await source.close();
  }
}

async function putBack(
  context: Context,
  control: Control,
  source: MergedSource,
  ids: ReadonlySet<ChunkId>,
): Promise<Pick<RepairReport, 'repaired' | 'gone'>> {
  const gone: ChunkId[] = [];
  let repaired = 0;
  for (const id of ids) {
    if (context.stopping.aborted) throw interrupted();
    const before = source.origins.map(({ chunks }) => chunks);
    const bytes = await source.chunk(id);
    const from = source.origins.find(({ chunks }, index) => chunks !== before[index])?.title ?? source.title;
    if (bytes === null || !(await putOne(control, id, bytes, from))) gone.push(id);
    else repaired += 1;
    context.terminal.progress(() => `repair: ${repaired + gone.length} of ${count(ids.size, 'chunk')}`);
  }
  for (let at = 0; at < gone.length; at += goneAtOnce)
    await ask(control, 'repair.gone', { chunks: gone.slice(at, at + goneAtOnce) }, 'repair', goneAnswer);
  return { repaired, gone };
}

async function putOne(control: Control, chunk: ChunkId, bytes: Uint8Array, from: string): Promise<boolean> {
  async function* content(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  const answer = await control.run({ command: 'repair', args: { chunk, from }, content: content() });
  const parsed = answer.kind === 'done' ? repairAnswer.safeParse(answer.value) : undefined;
  return parsed?.success === true && (parsed.data.outcome === 'repaired' || parsed.data.outcome === 'was-whole');
}

export function repairLines({ repaired, gone, others }: RepairReport): readonly string[] {
  const lines = [`Repaired: ${count(repaired, 'chunk')} written again with the right bytes.`];
  if (gone.length > 0)
    lines.push(
      `GONE: ${count(gone.length, 'chunk')} that none of these copies has: ${gone.slice(0, 10).map(visible).join(', ')}${gone.length > 10 ? ' …' : ''}`,
    );
  if (others > 0)
    lines.push(
      `${count(others, 'other thing')} (heads, entries, public headers, rows) cannot be written in place: \`coffre restore\` makes a whole folder from this one and a copy together.`,
    );
  return lines;
}
