import { assert } from '../../base/assert.ts';
import type { CredentialId, NodeId, VaultId, VersionId } from '../../base/ids.ts';
import type { Property } from '../../format/file-operations.ts';
import type { Piece } from '../../format/piece.ts';
import type { Head } from '../../store/journal/journal.ts';
import { Content } from '../content.ts';
import { type Decide, OpenVault } from '../open-vault.ts';
import { type Activity, readActivity } from './activity.ts';
import { Below } from './below.ts';
import { type BringBack, decideBringBack } from './bring-back.ts';
import {
  type Caller,
  type Changed,
  decideCopy,
  decideEnd,
  decideFolder,
  decideMove,
  decidePick,
  decideProperties,
  decideRestore,
  decideTrash,
  decideWrite,
  emptyContent,
  type PropertyChange,
  type Transfer,
} from './commands.ts';
import type { FilesVaultParts } from './files-vault-parts.ts';
import { FilesView, type NodeRow } from './files-view.ts';
import { Finding } from './finding.ts';
import { applyOperations } from './fold.ts';
import { checkConditions, type Guarding, refused } from './guards.ts';
import { takeIn } from './inbox.ts';
import { lockPath, refreshLock, unlockPath } from './lock-commands.ts';
import { Locks } from './locks.ts';
import { Media } from './media.ts';
import { Past } from './past.ts';
import { planOf } from './plan.ts';
import type { FilesPort, Listing, LockRequest, LockResult, ReadPlan, UploadPort, Usage } from './port.ts';
import {
  childrenAt,
  describe,
  type Instant,
  listChildren,
  propertiesOf,
  propertiesOfChildren,
  resolve,
  resolveAt,
  type TrashInfo,
  trash,
  type VersionInfo,
  versionsOf,
} from './queries.ts';
import { RemovalCount } from './removal-count.ts';
import { reviving } from './revive.ts';
import { decideRewind } from './rewind.ts';
import { type SweepResult, setHorizon, sweep } from './sweep.ts';
import type { Done, Lock, NodeInfo, Path, Refused, WriteResult } from './types.ts';
import { Unfinished } from './unfinished.ts';
import type { DeclaredSum } from './upload.ts';
import { Writing } from './writing.ts';

const maxActivity = 10_000;

/** An opened vault of files: everything that faces and the CLI do with one. */
export class FilesVault implements FilesPort {
  readonly below: Below;
  /** Photos and videos. */
  readonly media: Media;
  readonly past: Past;
  readonly finding: Finding;
  /** Uploads that outlive a connection. */
  readonly unfinished: Unfinished;
  readonly #parts: FilesVaultParts;
  readonly #vault: OpenVault;
  readonly #view: FilesView;
  readonly #content: Content;
  readonly #locks: Locks;
  readonly #removals: RemovalCount;
  readonly #writing: Writing;

  private constructor(parts: FilesVaultParts, view: FilesView, head: Head) {
    this.#parts = parts;
    this.#view = view;
    this.#removals = new RemovalCount(parts, view);
    this.#content = new Content(parts.keys, parts.journal, parts.chunks);
    this.#locks = new Locks(parts.keys, parts.journal, parts.clock, parts.random);
    const fold = {
      begin: () => view.db.exec('BEGIN'),
      commit: () => view.db.exec('COMMIT'),
      rollback: () => view.db.exec('ROLLBACK'),
      apply: applyOperations.bind(undefined, view),
    };
    this.#vault = new OpenVault({ ...parts, fold }, head);
    const common = { vault: this.#vault, view, content: this.#content, guarding: () => this.#guarding };
    this.below = new Below(common);
    this.#writing = new Writing({
      ...common,
      quotaBytes: parts.quotaBytes,
      change: (caller, decide) => this.#tryChange(caller, decide),
    });
    this.unfinished = new Unfinished({
      ...parts,
      ...common,
      writing: this.#writing,
      look: (look) => this.atRest(look),
      readPiece: (piece) => this.readPiece(piece),
    });
    this.finding = new Finding({ vault: this.id, view, look: (look) => this.atRest(look) });
    this.past = new Past(common);
    this.media = new Media({
      ...parts,
      ...common,
      mayAdd: (sizeBytes) => this.#writing.mayAdd(sizeBytes),
      change: (caller, decide) => this.#change(caller, decide),
    });
  }

  /**
   * @param start the view and head of a checkpoint; without one the journal is folded from its first entry.
   * @throws Fault `damaged`, `newer-format`.
   */
  static async open(
    parts: FilesVaultParts,
    start?: { readonly view: FilesView; readonly head: Head },
  ): Promise<FilesVault> {
    const emptyHead = { fork: 1, sequence: 0, hash: new Uint8Array(32) };
    const vault = new FilesVault(parts, start?.view ?? FilesView.empty(), start?.head ?? emptyHead);
    await vault.#vault.catchUp();
    await vault.#locks.load();
    await vault.unfinished.load();
    return vault;
  }

  get id(): VaultId {
    return this.#vault.id;
  }

  get head(): Head {
    return this.#vault.head;
  }

  /** Runs `look` on the view while no undurable change is in it; for checkpoints, the second reader and tests. */
  atRest<Result>(look: (view: FilesView, head: Head) => Result): Promise<Result> {
    return this.#vault.read(() => look(this.#view, this.#vault.head));
  }

  /** What is under way is finished; what comes later is told to come again. */
  async close(): Promise<void> {
    await this.#vault.close();
    this.#view.close();
  }

  /** What came while nobody had the vault open. */
  takeIn(): Promise<number> {
    return takeIn({ ...this.#parts, vault: this.#vault, view: this.#view });
  }

  stat(path: Path): Promise<NodeInfo | undefined> {
    return this.#look(path, (row) => this.#describe(row));
  }

  list(path: Path): Promise<Listing | undefined> {
    return this.#look(path, (row) => ({
      self: this.#describe(row),
      children: row.isFolder ? listChildren(this.id, this.#view, row.id) : [],
    }));
  }

  listAt(path: Path, sequence: number): Promise<readonly Instant[] | undefined> {
    return this.atRest((view) => {
      const at = resolveAt(view, path, sequence);
      return at === undefined ? undefined : childrenAt(view, at.id, sequence);
    });
  }

  async plan(path: Path, wholeUpToBytes: number, version?: VersionId): Promise<ReadPlan | Refused> {
    const { plan, gone } = await this.atRest((view) => planOf(this.id, view, resolve(view, path), version));
    if (gone.length > 0 && (await this.#content.anyErased(gone))) return refused('content-gone');
    const [only, ...more] = plan.kind === 'plan' ? plan.pieces : [];
    if (plan.kind === 'refused' || only === undefined || more.length > 0 || only.sizeBytes > wholeUpToBytes)
      return plan;
    return { ...plan, whole: await this.readPiece(only) };
  }

  readPiece(piece: Piece): Promise<Uint8Array> {
    return this.#content.read(piece);
  }

  properties(path: Path): Promise<readonly Property[] | undefined> {
    return this.#look(path, (row) => propertiesOf(this.#view, row.id));
  }

  childProperties(path: Path): Promise<ReadonlyMap<NodeId, readonly Property[]>> {
    return this.atRest((view) => propertiesOfChildren(view, path));
  }

  versions(path: Path): Promise<readonly VersionInfo[] | undefined> {
    return this.#look(path, (row) => versionsOf(this.#view, row));
  }

  trashed(): Promise<readonly TrashInfo[]> {
    return this.atRest(trash);
  }

  activity(limit: number): Promise<readonly Activity[]> {
    const { journal, keys } = this.#parts;
    return readActivity(journal, keys, Math.min(limit, maxActivity), (look) => this.atRest(look));
  }

  sequenceAt(timeMs: number): Promise<number> {
    return this.#parts.journal.sequenceAt(this.id, timeMs);
  }

  usage(): Promise<Usage> {
    return this.atRest((view) => ({ keptBytes: view.keptBytes(), quotaBytes: this.#parts.quotaBytes() }));
  }

  upload(by: CredentialId | undefined, declared: readonly DeclaredSum[]): UploadPort {
    const upload = this.#writing.upload(by, declared);
    return {
      add: (bytes) => upload.add(bytes),
      write: (caller, path, meta) => this.#writing.write(upload, caller, path, meta),
      // Chunks of an upload that never was written are leases that run out; the reaper finds them.
      abort: async () => undefined,
    };
  }

  put(...args: Parameters<FilesPort['put']>): Promise<WriteResult> {
    return this.#writing.put(...args);
  }

  makeFolder(caller: Caller, path: Path): Promise<WriteResult> {
    return this.#change(caller, (position) => decideFolder(this.#guarding, position, caller, path));
  }

  async trash(caller: Caller, path: Path): Promise<WriteResult> {
    const result = await this.#change(caller, () => decideTrash(this.#guarding, caller, path));
    if (result.kind === 'done') await this.#dropLocks(result.node.id);
    return result;
  }

  async move(caller: Caller, transfer: Transfer): Promise<WriteResult> {
    let source: NodeId | undefined;
    const result = await this.#change(caller, () => {
      source = resolve(this.#view, transfer.from)?.id;
      return decideMove(this.#guarding, caller, transfer);
    });
    // RFC 4918 §7.7: a lock does not move with its resource.
    if (result.kind === 'done' && source !== undefined) await this.#dropLocks(source);
    return result;
  }

  copy(caller: Caller, transfer: Transfer): Promise<WriteResult> {
    return this.#change(caller, (position) => decideCopy(this.#guarding, position, caller, transfer));
  }

  setProperties(caller: Caller, path: Path, properties: PropertyChange): Promise<WriteResult> {
    return this.#change(caller, () => decideProperties(this.#guarding, caller, path, properties));
  }

  restore(caller: Caller, node: NodeId, to?: Path): Promise<WriteResult> {
    return this.#change(caller, () => decideRestore(this.#guarding, caller, node, to));
  }

  end(caller: Caller, nodes: readonly NodeId[]): Promise<WriteResult> {
    return this.#change(caller, () => decideEnd(this.#guarding, nodes));
  }

  pickVersion(caller: Caller, path: Path, version: VersionId): Promise<WriteResult> {
    return this.#change(caller, (position) => decidePick(this.#guarding, position, caller, path, version));
  }

  bringBack(caller: Caller, what: BringBack): Promise<WriteResult> {
    return this.#change(caller, () => decideBringBack(this.#guarding, caller, what));
  }

  rewind(caller: Caller, path: Path, sequence: number): Promise<WriteResult> {
    return this.#change(caller, () => decideRewind(this.#guarding, caller, path, sequence));
  }

  sweep(by: CredentialId | undefined, signSeed: Uint8Array | undefined): Promise<SweepResult> {
    return sweep({ ...this.#parts, vault: this.#vault, view: this.#view }, by, signSeed);
  }

  setHorizon(by: CredentialId | undefined, signSeed: Uint8Array, days: number): Promise<void> {
    return setHorizon(this.#vault, by, signSeed, days);
  }

  horizonDays(): Promise<number> {
    return this.atRest((view) => view.horizonDays());
  }

  async lock(caller: Caller, path: Path, request: LockRequest): Promise<LockResult> {
    const existing = await this.stat(path);
    let made: Done | undefined;
    if (existing === undefined) {
      // Somebody may write there meanwhile: that content must not get an empty version on top, it is locked as it is.
      const maker = { by: caller.by, conditions: { ...caller.conditions, ifNoneMatch: '*' as const } };
      const result = await this.put(maker, path, new Uint8Array(0), [], { mtimeMs: undefined, type: undefined });
      if (result.kind === 'done') made = result;
      else if (result.why !== 'precondition-failed') return result;
    }
    // Decided and held in one step: of two that ask at once only one may get it.
    const { result, saved, created } = await this.atRest((view) => {
      // What was made may have made way for something else since.
      const isMade = made?.created === true && resolve(view, path)?.id === made.node.id;
      // What made the file has met the conditions; that it is there now does not break them.
      const asking = isMade ? { by: caller.by, conditions: {} } : caller;
      const decided = lockPath(this.#guarding, this.#parts.clock, asking, path, request);
      return {
        result: decided,
        saved: decided.kind === 'locked' ? this.#locks.put(decided.lock) : undefined,
        created: isMade,
      };
    });
    await saved;
    return result.kind === 'refused' ? result : { ...result, created };
  }

  async refreshLock(caller: Caller, path: Path, timeoutMs: number): Promise<LockResult> {
    // Decided and held in one step: given back meanwhile, it would be there again.
    const { result, saved } = await this.atRest(() => {
      const decided = refreshLock(this.#guarding, this.#parts.clock, caller, path, timeoutMs);
      return { result: decided, saved: decided.kind === 'locked' ? this.#locks.put(decided.lock) : undefined };
    });
    await saved;
    return result;
  }

  async unlock(caller: Caller, path: Path, token: string): Promise<'unlocked' | Refused> {
    const { result, removed } = await this.atRest(() => {
      const decided = unlockPath(this.#guarding, caller, path, token);
      return { result: decided, removed: decided === 'unlocked' ? this.#locks.remove(token) : undefined };
    });
    await removed;
    return result;
  }

  locksOn(path: Path): Promise<readonly Lock[]> {
    return this.atRest((view) => {
      const row = resolve(view, path);
      return row === undefined ? [] : this.#locks.covering(view, row);
    });
  }

  childLocks(path: Path): Promise<ReadonlyMap<NodeId, readonly Lock[]>> {
    return this.atRest((view) => {
      const row = resolve(view, path);
      return row === undefined ? new Map() : this.#locks.onChildren(view, row);
    });
  }

  check(caller: Caller, path: Path, purpose: 'read' | 'write'): Promise<Refused | undefined> {
    return this.atRest((view) => {
      if (purpose === 'read') return checkConditions(this.#guarding, path, resolve(view, path), caller.conditions);
      const decision = decideWrite(this.#guarding, { fork: 1, sequence: 1, timeMs: 0 }, caller, path, emptyContent);
      return decision.kind === 'none' && decision.result.kind === 'refused' ? decision.result : undefined;
    });
  }

  get #guarding(): Guarding {
    return { vault: this.id, view: this.#view, locks: this.#locks };
  }

  #describe(row: NodeRow): NodeInfo {
    return describe(this.id, this.#view, row);
  }

  #look<Result>(path: Path, look: (row: NodeRow) => Result): Promise<Result | undefined> {
    return this.atRest((view) => {
      const row = resolve(view, path);
      return row === undefined ? undefined : look(row);
    });
  }

  async #change(caller: Caller, decide: Decide<Changed | Refused>): Promise<WriteResult> {
    const result = await this.#tryChange(caller, (position) => reviving(this.#view, decide(position)));
    // Such a change has no content of its own: what was given up is what it was to bring back.
    return result === 'chunks-given-up' ? refused('content-gone') : result;
  }

  async #tryChange(caller: Caller, decide: Decide<Changed | Refused>): Promise<WriteResult | 'chunks-given-up'> {
    const watched = this.#removals.watching(decide);
    const conclude = (decided: Changed | Refused): WriteResult =>
      decided.kind === 'refused' ? decided : this.#done(decided);
    const outcome = await this.#vault.execute(caller.by, watched.decide, conclude);
    switch (outcome.kind) {
      case 'done':
        watched.done(caller.by);
        return outcome.result;
      case 'too-large':
        return refused('too-large');
      case 'chunks-given-up':
        return 'chunks-given-up';
    }
  }

  #done(changed: Changed): Done {
    const row = this.#view.node(changed.node);
    assert(row !== undefined, 'a decided change can be applied');
    return { kind: 'done', created: changed.created, node: this.#describe(row) };
  }

  async #dropLocks(node: NodeId): Promise<void> {
    for (const lock of this.#locks.withinNode(this.#view, node)) await this.#locks.remove(lock.token);
  }
}
