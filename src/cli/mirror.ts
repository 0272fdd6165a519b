import { setTimeout } from 'node:timers/promises';
import { eachLimited } from '#base/pool.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { endingOf, Failure, interrupted, usage } from './failure.ts';
import { MirrorFolder, namesIn, ownFolder } from './mirror-folder.ts';
import { MirrorRemote, type RemoteNode } from './mirror-remote.ts';
import { readProof } from './proof.ts';
import { Tally } from './tally.ts';
import { count, sizeText, visible } from './terminal.ts';

const filesAtATime = 4;
const saveEveryFiles = 500;
const everySeconds = 60;
/** docs/format.md §7: ids are fork × 2^55 + …; the change number of a folder is fork × 2^32 + sequence. */
const folderEtag = /^"([0-9a-f]{8})-f([0-9a-f]+)"$/;
const fileEtag = /^"([0-9a-f]{8})-([0-9a-f]+)"$/;

/** Keeps ordinary files from a running server; once, or again and again. */
export async function mirror(context: Context): Promise<Ending> {
  const { args, terminal, stopping } = context;
  const account = args.required('account');
  const url = args.required('url');
  const every = args.count('every', 1, 86_400) ?? everySeconds;
  const proof = await readProof(context, account);
  const password = proof.appPassword ?? proof.password;
  if (password === undefined) throw usage('A server takes an app password.', '--app-password-file FILE');
  const folder = await MirrorFolder.open(args.operand(0), addressOf(account, url));
  const round = (): Promise<Ending> =>
    new Round(context, folder, new MirrorRemote(url, account, password, stopping)).run();
  if (args.flag('once')) return round();
  for (;;) {
    try {
      await round();
    } catch (error) {
      // A server that is away for a while is no reason to give up; what is wrong here is.
      if (endingOf(error) !== 'unavailable' || stopping.aborted) throw error;
      terminal.note((error as Error).message);
    }
    await setTimeout(every * 1000, undefined, { signal: stopping }).catch(() => undefined);
    if (stopping.aborted) throw interrupted();
  }
}

interface Job {
  readonly path: readonly string[];
  readonly node: RemoteNode;
}

/** Of the vault: the host may get another name, and whether it is the same vault its ETags say. */
function addressOf(account: string, url: string): string {
  return `${account} ${URL.canParse(url) ? new URL(url).pathname : url}`;
}

class Round {
  readonly #context: Context;
  readonly #folder: MirrorFolder;
  readonly #remote: MirrorRemote;
  readonly #tally: Tally;
  /** Folders that were listed whole, deepest last. */
  readonly #listed: { readonly key: string; readonly etag: string }[] = [];
  #onlyHere = 0;
  #older = 0;
  #unsaved = 0;

  constructor(context: Context, folder: MirrorFolder, remote: MirrorRemote) {
    this.#context = context;
    this.#folder = folder;
    this.#remote = remote;
    this.#tally = new Tally(context.terminal, 'mirror');
  }

  async run(): Promise<Ending> {
    const { terminal, stopping, args } = this.#context;
    const { state } = this.#folder;
    const root = await this.#remote.list([]);
    if (root === undefined)
      throw new Failure(
        'not-found',
        'The server has no such vault. Nothing was changed here.',
        'is the address right?',
      );
    if (!this.#isGoingOn(root.etag)) {
      await this.#folder.save();
      return 'refused';
    }
    await eachLimited(this.#walk([], root.etag), filesAtATime, stopping, (job) => this.#fetch(job));
    if (stopping.aborted) throw await this.#saved(interrupted());
    if (this.#tally.ending === 'ok') {
      for (const { key, etag } of this.#listed) state.folders[key] = etag;
      state.root = root.etag;
    }
    await this.#folder.save();
    const { files, bytes, failed } = this.#tally.counts;
    if (files > 0 || failed > 0 || this.#onlyHere > 0 || this.#older > 0 || args.flag('once'))
      terminal.line(
        `${count(files, 'file')} (${sizeText(bytes)}) fetched, ${this.#onlyHere} kept that the server has no more, ` +
          `${this.#older} kept of which it has an older version, ${failed} failed.`,
      );
    return this.#tally.ending;
  }

  async #saved(error: Failure): Promise<Failure> {
    await this.#folder.save();
    return error;
  }

  /** Whether the server goes on from where it was. If not, nothing is changed here, and it is said. */
  #isGoingOn(etag: string): boolean {
    const { state } = this.#folder;
    const now = changeOf(etag);
    if (now === undefined) return true;
    const before = state.root === undefined ? undefined : changeOf(state.root);
    if (before !== undefined && before.vault !== now.vault) {
      this.#context.terminal.note('The server shows another vault than before. Nothing was changed here.');
      this.#context.terminal.hint('is it another instance? name another folder for it');
      return false;
    }
    if (state.fork !== 0 && now.fork > state.fork) {
      state.fork = now.fork;
      this.#context.terminal.note(
        `The server was brought back to an earlier state and goes on from there (fork ${now.fork}). Nothing was changed here.`,
      );
      this.#context.terminal.hint(`the next run goes on; what it replaces is kept in ${ownFolder}/kept`);
      return false;
    }
    if (before !== undefined && now.change < before.change) {
      this.#context.terminal.note(
        'The server shows an older state than before: it has lost changes, or was restored. Nothing was changed here.',
      );
      this.#context.terminal.hint('what is here may be newer; tell whoever runs the server');
      return false;
    }
    state.fork = Math.max(state.fork, now.fork);
    return true;
  }

  /** Files that are not here yet. A folder whose ETag is as it was has nothing new below it. */
  async *#walk(path: readonly string[], etag: string): AsyncGenerator<Job> {
    const key = path.join('/');
    if (this.#folder.state.folders[key] === etag) return;
    const listed = await this.#remote.list(path);
    if (listed === undefined) return;
    this.#listed.push({ key, etag: listed.etag });
    const names = new Set(listed.children.map(({ name }) => name));
    for (const name of await namesIn(this.#context.args.operand(0), path)) if (!names.has(name)) this.#onlyHere += 1;
    for (const node of listed.children) {
      const inside = [...path, node.name];
      if (path.length === 0 && node.name === ownFolder) continue;
      if (!node.isFolder) {
        if (await this.#isWanted(inside, node)) yield { path: inside, node };
        continue;
      }
      await this.#folder.makeFolder(inside);
      this.#tally.folder();
      yield* this.#walk(inside, node.etag);
    }
  }

  async #isWanted(path: readonly string[], node: RemoteNode): Promise<boolean> {
    if (await this.#folder.has(path, node)) {
      this.#tally.skipped();
      return false;
    }
    const known = this.#folder.state.files[path.join('/')];
    if (known === undefined || !isOlder(node.etag, known.etag)) return true;
    this.#older += 1;
    return false;
  }

  async #fetch({ path, node }: Job): Promise<void> {
    try {
      const content = await this.#remote.content(path, node.etag);
      // It changed while the folder was read: the next round sees the new one.
      if (content === undefined) throw new Failure('conflict', 'it changed just now, and is fetched with the next run');
      await this.#folder.write(path, node, content);
      this.#tally.bytes(node.sizeBytes);
      this.#tally.done();
      this.#unsaved += 1;
      if (this.#unsaved < saveEveryFiles) return;
      this.#unsaved = 0;
      await this.#folder.save();
    } catch (error) {
      this.#tally.failed(visible(path.join('/')), error);
    }
  }
}

interface Change {
  readonly vault: string;
  readonly fork: number;
  readonly change: bigint;
}

/** Undefined for the ETag of a server that says no more than that something changed. */
function changeOf(etag: string): Change | undefined {
  const [, vault, hex] = folderEtag.exec(etag) ?? [];
  if (vault === undefined || hex === undefined) return undefined;
  const change = BigInt(`0x${hex}`);
  return { vault, change, fork: Number(change >> 32n) };
}

function isOlder(etag: string, than: string): boolean {
  const [, vault, version] = fileEtag.exec(etag) ?? [];
  const [, otherVault, other] = fileEtag.exec(than) ?? [];
  if (version === undefined || other === undefined || vault !== otherVault) return false;
  return BigInt(`0x${version}`) < BigInt(`0x${other}`);
}
