import type { VaultId } from '#base/ids.ts';
import { type OpenedVault, verify as verifyAll } from '#copies/verify.ts';
import type { Damage, HitFile, Sink, VaultReport, VerifyReport } from '#copies/verify-report.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { openFileDisk } from '#store/disk-files.ts';
import { openReaderForCheck } from '#store/journal/newer-folder.ts';
import { damageOfLog } from '#store/journal/recover-log.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { interrupted, usage } from './failure.ts';
import { requireDataFolder } from './link.ts';
import { placesFor } from './places.ts';
import { readProof } from './proof.ts';
import { checkRepair, repairDamages, repairLines } from './repair.ts';
import { count, sizeText, type Terminal, visible } from './terminal.ts';
import { type GivenProof, keysForVerify } from './verify-keys.ts';

/** Of each kind; what is beyond is counted. */
const maxListed = 10_000;

export async function verify(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  checkRepair(context);
  const places = placesFor(context);
  requireDataFolder(places);
  const proof = await givenProof(context);
  const startedMs = Date.now();
  const findings = new Findings(context);
  const disk = openFileDisk(places.dataFolder);
  const log = await damageOfLog(disk);
  if (log !== undefined) findings.damage({ kind: 'log', vault: undefined, says: log.message });
  const reader = await openReaderForCheck(places.dataFolder, disk);
  try {
    const opened = proof === undefined ? new Map<VaultId, OpenedVault>() : await keysForVerify(reader, places, proof);
    const chunks = new ChunkFiles(disk);
    const stored = await verifyAll({ journal: reader, chunks, opened, sink: findings });
    const report = { ...stored, damages: stored.damages + (log === undefined ? 0 : 1) };
    terminal.progressEnds();
    const repair = args.flag('repair') ? await repairDamages(context, findings.damages) : undefined;
    terminal.progressEnds();
    const seconds = (Date.now() - startedMs) / 1000;
    if (args.flag('json'))
      terminal.json({
        ...report,
        seconds,
        damage: findings.damages,
        hitFiles: findings.hits,
        leftoverChunks: findings.leftovers,
        ...(repair === undefined ? {} : { repair }),
      });
    else conclude(terminal, report, seconds, findings.hits);
    if (repair === undefined) return report.damages > 0 ? 'damaged' : 'ok';
    if (!args.flag('json')) for (const line of repairLines(repair)) terminal.line(line);
    return repair.gone.length + repair.others + (report.damages - findings.damages.length) > 0 ? 'damaged' : 'ok';
  } finally {
    await reader.close();
  }
}

/** A kit says by itself what it opens; a password is that of an account. Undefined without either. */
async function givenProof(context: Context): Promise<GivenProof | undefined> {
  const { args } = context;
  const account = args.text('account');
  const hasKit = args.text('kit-file') !== undefined;
  if (account === undefined && args.text('password-file') !== undefined)
    throw usage('Whose password is it?', 'coffre verify --account NAME --password-file FILE');
  if (account === undefined && !hasKit) return undefined;
  return { account, proof: await readProof(context, account ?? '') };
}

/** Says damage at once: who watches need not wait for the end. */
class Findings implements Sink {
  readonly damages: Damage[] = [];
  readonly hits: HitFile[] = [];
  readonly leftovers: string[] = [];
  readonly #context: Context;
  #vaults = 0;
  #current: VaultReport | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  readonly damage = (damage: Damage): void => {
    if (this.damages.length < maxListed) this.damages.push(damage);
    this.#context.terminal.note(
      `damaged: ${damage.vault === undefined ? '' : `vault ${damage.vault}: `}${damage.says}`,
    );
  };

  readonly hit = (file: HitFile): void => {
    if (this.hits.length < maxListed) this.hits.push(file);
  };

  readonly leftover = (chunk: string): void => {
    if (this.leftovers.length < maxListed) this.leftovers.push(chunk);
  };

  readonly progress = (report: VaultReport | undefined): void => {
    if (this.#context.stopping.aborted) throw interrupted();
    if (report !== undefined && report !== this.#current) {
      this.#current = report;
      this.#vaults += 1;
    }
    this.#context.terminal.progress(() => {
      if (report === undefined) return 'verify: looking for leftovers';
      return `verify: vault ${this.#vaults}, ${count(report.entries, 'entry', 'entries')}, ${count(report.chunks, 'chunk')}, ${sizeText(report.chunkBytes)}`;
    });
  };
}

function conclude(terminal: Terminal, report: VerifyReport, seconds: number, hits: readonly HitFile[]): void {
  const sum = (of: (vault: VaultReport) => number): number =>
    report.vaults.reduce((total, vault) => total + of(vault), 0);
  const opened = report.vaults.filter((vault) => vault.opened);
  const read = [
    count(report.vaults.length, 'vault'),
    count(
      sum((vault) => vault.entries),
      'entry',
      'entries',
    ),
    count(
      sum((vault) => vault.bodies),
      'body',
      'bodies',
    ),
    `${count(
      sum((vault) => vault.chunks),
      'chunk',
    )} (${sizeText(sum((vault) => vault.chunkBytes))})`,
    count(
      sum((vault) => vault.headers),
      'public header',
    ),
  ];
  terminal.line(`Read ${read.join(', ')} in ${seconds.toFixed(1)} s.`);
  const withKey =
    opened.length === 0 ? 'No vault was opened: only hashes and signatures were compared.' : openedLine(opened);
  terminal.line(withKey);
  const skipped = opened.reduce((total, vault) => total + (vault.skipped ?? 0), 0);
  if (skipped > 0)
    terminal.line(
      `${count(skipped, 'operation')} could not be applied and were skipped; what they were to change is as it was before.`,
    );
  if (report.leftovers > 0) {
    terminal.line(
      `${count(report.leftovers, 'file')} in chunks/ (${sizeText(report.leftoverBytes)}) belong to nothing: what a crash left, no damage.`,
    );
  }
  if (report.damages === 0) {
    terminal.line('No damage was found.');
    return;
  }
  terminal.line(`DAMAGE: ${count(report.damages, 'thing')} damaged or missing, listed above.`);
  for (const file of hits) terminal.line(`  ${hitLine(file)}`);
  if (hits.length >= maxListed) terminal.line(`  … and more than these ${count(maxListed, 'file')}`);
  if (opened.length === 0) terminal.hint('with --account or --kit-file, verify names the files that are hit');
}

function openedLine(opened: readonly VaultReport[]): string {
  const files = opened.reduce((total, vault) => total + (vault.files ?? 0), 0);
  return `Opened ${count(opened.length, 'vault')} with ${count(files, 'file')}; both readers of the journal were asked.`;
}

const states: Readonly<Record<HitFile['state'], string>> = {
  here: '',
  trashed: ' (in the trash)',
  ended: ' (no longer there)',
};

function hitLine(file: HitFile): string {
  const versions = file.isCurrent ? 'its current version' : count(file.versions.length, 'earlier version');
  return `hit: /${file.path.map(visible).join('/')}${states[file.state]}: ${versions}`;
}
