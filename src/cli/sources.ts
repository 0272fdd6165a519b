import { isFault } from '#base/fault.ts';
import type { ChainSource } from '#copies/chain-source.ts';
import { MergedSource } from '#copies/merged-source.ts';
import type { DamageSink, SourceDamage } from '#copies/source.ts';
import { openSource } from '#server/open-source.ts';
import type { Context } from './command.ts';
import { Failure, usage } from './failure.ts';
import { count, visible } from './terminal.ts';

/** What several sources could not give: each thing once, as many as are worth listing. */
export class DamageList {
  readonly #found: Map<string, SourceDamage> = new Map();
  #beyond = 0;

  readonly tell: DamageSink = (damage) => {
    const key = `${damage.title} ${damage.kind} ${damage.name}`;
    if (this.#found.has(key)) return;
    if (this.#found.size < maxListed) this.#found.set(key, damage);
    else this.#beyond += 1;
  };

  get list(): readonly SourceDamage[] {
    return [...this.#found.values()];
  }

  get total(): number {
    return this.#found.size + this.#beyond;
  }
}

const maxListed = 100_000;

/** What `--from` names, as one source; the caller closes it. @throws Failure `usage`, `not-found`. */
export async function openSources(
  context: Context,
  onDamage: DamageSink,
  names: readonly string[] = context.args.texts('from'),
): Promise<MergedSource> {
  const { args, environment, terminal } = context;
  if (names.length === 0) throw usage('From which copy?', '--from FOLDER or --from s3://HOST/BUCKET');
  const sources: ChainSource[] = [];
  for (const name of names) {
    try {
      const source = await openSource(name, onDamage, {
        region: args.text('region'),
        credentialsFile: args.text('credentials-file'),
        environment,
      });
      if (source === 'missing') throw new Failure('not-found', `There is no folder ${visible(name)}.`);
      if (source === 'neither') throw new Failure('not-found', `${visible(name)} is neither a copy nor a data folder.`);
      sources.push(source);
    } catch (error) {
      // With another source left, one that does not answer is no reason to give up.
      if (names.length === 1 || (!isFault(error, 'unavailable') && !isFault(error, 'io'))) throw error;
      terminal.note(`${visible(name)} does not answer, and is left out: ${error.message}`);
    }
  }
  if (sources.length === 0) throw new Failure('unavailable', 'None of these answers. Nothing was written.');
  return new MergedSource(sources, (title, fault) =>
    terminal.note(`${visible(title)} does not answer any more, and is asked no more: ${fault.message}`),
  );
}

/** Where what was had came from, when there was a choice. */
export function originLines(source: MergedSource): readonly string[] {
  if (source.origins.length < 2) return [];
  return source.origins.map(
    ({ title, entries, chunks }) =>
      `from ${visible(title)}: ${count(entries, 'entry', 'entries')}, ${count(chunks, 'chunk')}`,
  );
}
