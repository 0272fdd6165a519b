import { basename } from 'node:path';
import { present } from '#base/assert.ts';
import { isFault } from '#base/fault.ts';
import type { VaultId } from '#base/ids.ts';
import { eachLimited } from '#base/pool.ts';
import type { MergedSource } from '#copies/merged-source.ts';
import { readTree, sequenceAt } from '#copies/read-tree.ts';
import {
  contentOf,
  type LostFile,
  LostPiece,
  type PlannedFile,
  planRescue,
  type RescuedVault,
  type RescueReport,
  type RescueStep,
} from '#copies/rescue.ts';
import { vaultKinds } from '#format/instance-operations.ts';
import type { PlainTree } from '#vault/files/second-reader.ts';
import type { VaultKeys } from '#vault/vault-keys.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { endingOf, Failure, interrupted } from './failure.ts';
import { readKit } from './proof.ts';
import { RescueFolder, WrongContent } from './rescue-folder.ts';
import { DamageList, openSources, originLines } from './sources.ts';
import { Tally } from './tally.ts';
import { parseTime } from './target.ts';
import { count, sizeText, type Terminal, visible } from './terminal.ts';
import { type KitVault, vaultsOfKit } from './verify-keys.ts';

/** Each holds a piece of at most 4 MiB, sealed and opened. */
const filesAtATime = 16;

/** Plain files from copies and a kit: no server, no other file, no instance key. */
export async function rescue(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const kit = await readKit(args.required('kit'));
  const target = args.required('to');
  const damage = new DamageList();
  const source = await openSources(context, damage.tell);
  try {
    const vaults = named(await vaultsOfKit(source, kit), args.text('vault'));
    const folder = await RescueFolder.open(target);
    const work = new Rescue(context, source, folder);
    for (const { keys, name } of vaults) await work.vault(keys, name);
    const report: RescueReport = { version: 1, from: source.title, ...work.findings, damage: damage.list };
    const path = await folder.report('rescue-report.json', `${JSON.stringify(report, undefined, 2)}\n`);
    const lines = [...reportLines(report), ...originLines(source)];
    await folder.report('rescue-report.txt', `${lines.join('\n')}\n`);
    await folder.close();
    if (args.flag('json')) terminal.json(report);
    else conclude(terminal, report, [...lines], path);
    return report.lost.length > 0 || report.vaults.some(({ gaps }) => gaps.length > 0) ? 'partly' : 'ok';
  } finally {
    terminal.progressEnds();
    await source.close();
  }
}

/** A folder for each vault: its kind where the kit knows it, else the beginning of its id. */
function named(
  vaults: readonly KitVault[],
  wanted: string | undefined,
): readonly { readonly keys: VaultKeys; readonly name: string }[] {
  const kinds = new Set<string>(vaultKinds);
  const all = vaults.map(({ keys, kind }) => {
    const isAlone = kind !== undefined && kinds.has(kind) && vaults.filter((each) => each.kind === kind).length === 1;
    return { keys, name: isAlone ? kind : `vault-${keys.vault.slice(0, 8)}` };
  });
  const chosen = wanted === undefined ? all : all.filter(({ name }) => name === wanted);
  if (chosen.length === 0)
    throw new Failure(
      'not-found',
      `This kit opens no vault ${visible(wanted ?? '')}, but ${all.map(({ name }) => name).join(', ')}.`,
    );
  return chosen;
}

class Rescue {
  readonly #context: Context;
  readonly #source: MergedSource;
  readonly #folder: RescueFolder;
  readonly #tally: Tally;
  readonly #vaults: RescuedVault[] = [];
  readonly #renamed: RescueReport['renamed'][number][] = [];
  readonly #lost: LostFile[] = [];

  constructor(context: Context, source: MergedSource, folder: RescueFolder) {
    this.#context = context;
    this.#source = source;
    this.#folder = folder;
    this.#tally = new Tally(context.terminal, 'rescue');
  }

  get findings(): Pick<RescueReport, 'vaults' | 'renamed' | 'lost'> {
    return { vaults: this.#vaults, renamed: this.#renamed, lost: this.#lost };
  }

  async vault(keys: VaultKeys, name: string): Promise<void> {
    const { args, terminal, stopping } = this.#context;
    const [to] = await this.#source.heads(keys.vault);
    if (to === undefined) return;
    terminal.progress(() => `reading the journal of ${name}`);
    const at = args.text('at');
    const upTo = at === undefined ? undefined : await sequenceAt(this.#source, keys.vault, to, parseTime(at));
    const { tree, head, gaps } = await readTree(this.#source, keys, to, upTo);
    const { fork, sequence } = head;
    const vault = { vault: keys.vault, folder: name, fork, sequence, files: 0, bytes: 0, there: 0 };
    const counts: RescuedVault = { ...vault, gaps, skipped: tree.skipped.length };
    this.#vaults.push(counts);
    await eachLimited(this.#files(tree, keys.vault, name), filesAtATime, stopping, (file) =>
      this.#rescue(keys, file, counts),
    );
    if (stopping.aborted) throw interrupted();
  }

  async *#files(tree: PlainTree, vault: VaultId, name: string): AsyncGenerator<PlannedFile> {
    yield* this.#made(vault, planRescue(tree.walk(), tree, name, this.#folder.rules));
    if (!this.#context.args.flag('trash')) return;
    yield* this.#made(vault, planRescue(tree.walkTrash(), tree, `${name}-trash`, this.#folder.rules));
  }

  async *#made(vault: VaultId, steps: Iterable<RescueStep>): AsyncGenerator<PlannedFile> {
    for (const step of steps) {
      switch (step.kind) {
        case 'folder':
          await this.#folder.makeFolder(step.target);
          this.#tally.folder();
          break;
        case 'renamed':
          this.#renamed.push({ vault, path: step.path, as: step.target.join('/'), why: step.why });
          break;
        case 'file':
          yield step;
          break;
      }
    }
  }

  async #rescue(keys: VaultKeys, { target, path, version }: PlannedFile, counts: RescuedVault): Promise<void> {
    try {
      const wasThere = await this.#folder.write(target, version, contentOf(this.#source, keys, version));
      counts.files += 1;
      counts.bytes += version.sizeBytes;
      if (wasThere) counts.there += 1;
      this.#tally.bytes(version.sizeBytes);
      if (wasThere) this.#tally.skipped();
      else this.#tally.done();
    } catch (error) {
      const isLost = error instanceof LostPiece || error instanceof WrongContent;
      if (!isLost && !isOneFile(error)) throw error;
      const why = present(error instanceof Error ? error.message : undefined, 'message');
      this.#lost.push({ vault: keys.vault, path, sizeBytes: version.sizeBytes, why });
    }
  }
}

/** Whether what went wrong is about this file alone. */
function isOneFile(error: unknown): boolean {
  const ending = endingOf(error);
  return (ending === 'conflict' || ending === 'io') && !isFault(error, 'sync-failed') && !isFault(error, 'io');
}

function reportLines(report: RescueReport): readonly string[] {
  const lines: string[] = [];
  for (const { folder, files, bytes, there, sequence, gaps } of report.vaults) {
    lines.push(
      `${folder}: ${count(files, 'file')} (${sizeText(bytes)}), as after entry ${sequence}` +
        (there === 0 ? '.' : `; ${there} of them were there already.`),
    );
    for (const { from, to, why } of gaps)
      lines.push(
        `${folder}: ${from === to ? `entry ${from}` : `entries ${from} to ${to}`} could not be read (${why}): what changed in them is not known.`,
      );
  }
  for (const { path, sizeBytes, why } of report.lost)
    lines.push(`not had: ${visible(path.join('/'))} (${sizeText(sizeBytes)}): ${why}`);
  for (const { path, as, why } of report.renamed)
    lines.push(`other name (${why}): ${visible(path.join('/'))} is ${visible(as)}`);
  return lines;
}

const maxShown = 20;

function conclude(terminal: Terminal, report: RescueReport, lines: readonly string[], path: string): void {
  for (const line of lines.slice(0, maxShown)) terminal.line(line);
  if (lines.length > maxShown) terminal.line(`… and ${lines.length - maxShown} more lines in ${basename(path)}.`);
  terminal.line(
    report.lost.length === 0
      ? 'Every file has the SHA-256 that was stored with it.'
      : `${count(report.lost.length, 'file')} could not be had; every other one has the SHA-256 that was stored with it.`,
  );
  if (report.lost.length > 0)
    terminal.hint('another copy may have them: run it again with one more --from; what is there is kept');
}
