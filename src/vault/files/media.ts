import { assert } from '../../base/assert.ts';
import { toHex } from '../../base/bytes.ts';
import type { Randomness } from '../../base/clock.ts';
import type { CredentialId, NodeId } from '../../base/ids.ts';
import { rootNode } from '../../base/ids.ts';
import { type FileOperation, fileOperationToCbor, type Property } from '../../format/file-operations.ts';
import { pieceSizeBytes } from '../../format/frame.ts';
import type { MediaFacts, MediaKind } from '../../format/media-facts.ts';
import type { Journal } from '../../store/journal/journal.ts';
import { type Content, chunksOf, type StoredPiece } from '../content.ts';
import type { OpenVault } from '../open-vault.ts';
import { type Caller, type Changed, change, type Decided, none, type PropertyChange } from './commands.ts';
import { blob, type FilesView } from './files-view.ts';
import { type Guarding, lockedAgainst, refused } from './guards.ts';
import type {
  Album,
  MediaPort,
  PhotoDetails,
  PhotoFilter,
  ReadContent,
  ReadingPass,
  TimelineMonths,
  TimelinePage,
  UnreadContent,
} from './media-port.ts';
import { albumNamespace, albumTitle, favourites, inAlbum, textOf } from './photo-marks.ts';
import { pathOf, propertiesOf } from './queries.ts';
import { mediaKindByName, SeenFolders, Timeline, takenWhen } from './timeline.ts';
import type { Path, WriteResult } from './types.ts';
import { GivenUp } from './upload.ts';
import { here } from './view-schema.ts';

export interface MediaParts {
  readonly vault: OpenVault;
  readonly view: FilesView;
  readonly content: Content;
  readonly journal: Pick<Journal, 'meta'>;
  readonly random: Randomness;
  readonly guarding: () => Guarding;
  /** Whether the quota lets the vault grow by so much. */
  readonly mayAdd: (sizeBytes: number) => boolean;
  readonly change: (caller: Caller, decide: () => Decided) => Promise<WriteResult>;
}

/** The first format whose programs know the operation `media` (docs/format.md §9). */
const mediaFormat = 3;
const attempts = 3;

/** Photos and videos of an opened vault, and looks at it that need all of it. */
export class Media implements MediaPort {
  readonly #parts: MediaParts;
  readonly #timeline: Timeline;
  #mayKeep: boolean | undefined;

  constructor(parts: MediaParts) {
    this.#parts = parts;
    this.#timeline = new Timeline(parts.view);
  }

  #look<Result>(look: (view: FilesView) => Result): Promise<Result> {
    return this.#parts.vault.read(() => look(this.#parts.view));
  }

  unreadMedia(pass: ReadingPass, except: readonly string[], limit: number): Promise<readonly UnreadContent[]> {
    const left = new Set(except);
    return this.#look((view) => {
      const found = new Map<string, UnreadContent>();
      const rows = view.sql.arrays(
        `SELECT name, type, version, sha256, version.size, pass, small, large
         FROM node JOIN version ON version.id = node.version LEFT JOIN media ON media.sum = version.sha256
         WHERE state = ${here} AND (pass IS NULL OR pass < ? OR small IN (SELECT no FROM gone)) ORDER BY version DESC`,
        Math.max(pass.photo, pass.video),
      );
      for (const [name, type, version, sha256, size, had, small] of rows) {
        if (found.size >= limit) break;
        const media = (type as string | null) ?? undefined;
        const kind = mediaKindByName(name as string, media);
        const sum = toHex(sha256 as Uint8Array);
        if (kind === undefined || left.has(sum) || found.has(sum)) continue;
        const isCurrent =
          had !== null && Number(had) >= pass[kind] && !(small !== null && view.isGone(small as bigint));
        if (isCurrent) continue;
        found.set(sum, {
          sha256: sha256 as Uint8Array,
          name: name as string,
          type: media,
          sizeBytes: Number(size),
          pieces: view.pieces(version as never),
        });
      }
      return [...found.values()];
    });
  }

  async addMedia(
    by: CredentialId | undefined,
    contents: readonly ReadContent[],
  ): Promise<'kept' | 'over-quota' | 'older-format'> {
    this.#mayKeep ??= Number(await this.#parts.journal.meta('format')) >= mediaFormat;
    if (!this.#mayKeep) return 'older-format';
    const sizeBytes = contents.reduce((sum, { small, large }) => sum + (small?.length ?? 0) + (large?.length ?? 0), 0);
    this.#parts.vault.assertOpen();
    if (!this.#parts.mayAdd(sizeBytes)) return 'over-quota';
    for (let attempt = 1; attempt <= attempts; attempt += 1) if (await this.#tryAdd(by, contents)) return 'kept';
    throw new GivenUp();
  }

  /** False when a chunk that was to be shared was condemned meanwhile: it is sealed anew. */
  async #tryAdd(by: CredentialId | undefined, contents: readonly ReadContent[]): Promise<boolean> {
    const stored: StoredPiece[] = [];
    const store = async (bytes: Uint8Array | undefined): Promise<StoredPiece['piece'] | undefined> => {
      if (bytes === undefined) return undefined;
      assert(bytes.length > 0 && bytes.length <= pieceSizeBytes, 'a picture is one piece');
      const piece = await this.#parts.content.store(bytes, this.#parts.view);
      stored.push(piece);
      return piece.piece;
    };
    const operations: FileOperation[] = [];
    for (const { sha256, facts, small, large } of contents)
      operations.push({ o: 'media', sha256, facts, small: await store(small), large: await store(large) });
    const outcome = await this.#parts.vault.execute(
      by,
      () => ({
        kind: 'change',
        operations: operations.map(fileOperationToCbor),
        added: chunksOf(stored),
        data: stored.flatMap((each) => each.data ?? []),
        result: undefined,
      }),
      () => undefined,
    );
    assert(outcome.kind !== 'too-large', 'few contents at a time');
    return outcome.kind === 'done';
  }

  timelineMonths(filter: PhotoFilter): Promise<TimelineMonths> {
    return this.#look(() => this.#timeline.months(filter));
  }

  timelinePage(filter: PhotoFilter, from: number, count: number): Promise<TimelinePage> {
    return this.#look(() => this.#timeline.page(filter, from, count));
  }

  async picture(node: NodeId, size: 'small' | 'large'): Promise<Uint8Array | undefined> {
    const piece = await this.#look((view) => {
      const row = view.sql.get(
        `SELECT small, large FROM node JOIN version ON version.id = node.version JOIN media ON media.sum = version.sha256
         WHERE node.id = ?`,
        node,
      );
      const no = row?.[size] ?? row?.['small'];
      return typeof no === 'bigint' && !view.isGone(no) ? view.piece(Number(no)) : undefined;
    });
    return piece === undefined ? undefined : this.#parts.content.read(piece);
  }

  photo(node: NodeId): Promise<PhotoDetails | undefined> {
    return this.#look((view) => {
      const row = view.node(node);
      const path = row === undefined ? undefined : pathOf(view, row.id);
      const version = row?.version === null || row === undefined ? undefined : view.version(row.version);
      if (row === undefined || path === undefined || version === undefined) return undefined;
      const facts = factsOf(view, version.sha256);
      const marks = propertiesOf(view, node);
      return {
        path,
        sizeBytes: version.sizeBytes,
        mtimeMs: version.mtimeMs,
        ...takenWhen(facts?.takenMs, row.name, version.mtimeMs),
        type: version.type,
        version: version.id,
        facts,
        isFavourite: favourites(view).has(node),
        albums: marks.filter((each) => each.namespace === albumNamespace).map((each) => each.name),
      };
    });
  }

  albums(): Promise<readonly Album[]> {
    return this.#look((view) => {
      const items = this.#timeline.items();
      return titles(view).map(({ name: id, xml }) => {
        const members = inAlbum(view, id);
        const shown = items.filter((each) => members.has(each.node));
        const cover = shown.find((each) => each.hasPicture)?.node;
        return { id, name: textOf(xml), count: shown.length, cover };
      });
    });
  }

  async nameAlbum(caller: Caller, album: string | undefined, name: string): Promise<Album | undefined> {
    const id = album ?? `a${toHex(this.#parts.random.bytes(8))}`;
    const isThere = await this.#look((view) => titles(view).some((each) => each.name === id));
    if (album !== undefined && !isThere) return undefined;
    await this.markNodes(caller, [rootNode], { set: [albumTitle(id, name)], remove: [] });
    return (await this.albums()).find((each) => each.id === id);
  }

  endAlbum(caller: Caller, album: string): Promise<WriteResult> {
    return this.#parts.change(caller, () => {
      const { view } = this.#parts;
      if (!titles(view).some((each) => each.name === album)) return none(refused('no-such-path'));
      const mark = [{ namespace: albumNamespace, name: album }];
      const nodes = [rootNode, ...inAlbum(view, album)].filter((node) => view.node(node) !== undefined);
      return this.#mark(caller, [...new Set(nodes)], { set: [], remove: mark });
    });
  }

  markNodes(caller: Caller, nodes: readonly NodeId[], properties: PropertyChange): Promise<WriteResult> {
    return this.#parts.change(caller, () => this.#mark(caller, nodes, properties));
  }

  #mark(caller: Caller, nodes: readonly NodeId[], properties: PropertyChange): Decided {
    const { view } = this.#parts;
    const guarding = this.#parts.guarding();
    const rows = nodes.flatMap((node) => view.node(node) ?? []);
    const [first] = rows;
    if (first === undefined || rows.length < nodes.length) return none(refused('no-such-path'));
    if (rows.some((row) => lockedAgainst(guarding, row, caller.conditions, caller.by))) return none(refused('locked'));
    const result: Changed = { kind: 'changed', created: false, node: first.id };
    return change(
      rows.map((row) => ({ o: 'props', node: row.id, ...properties })),
      result,
    );
  }

  pathsOf(nodes: readonly NodeId[]): Promise<readonly (Path | undefined)[]> {
    return this.#look((view) => nodes.map((node) => pathOf(view, node)));
  }

  knownContents(sums: readonly Uint8Array[]): Promise<readonly (Path | undefined)[]> {
    return this.#look((view) => {
      // Only a view that was asked has these; they take a second to make for a million files.
      view.db.exec('CREATE INDEX IF NOT EXISTS version_sum ON version(sha256)');
      view.db.exec('CREATE INDEX IF NOT EXISTS node_version ON node(version) WHERE version IS NOT NULL');
      const seen = new SeenFolders(view);
      return sums.map((sum) => {
        const rows = view.sql.all(
          `SELECT node.id, parent FROM version JOIN node ON node.version = version.id WHERE sha256 = ? AND state = ${here}`,
          sum,
        );
        const row = rows.find((each) => seen.has(each['parent'] as NodeId));
        return row === undefined ? undefined : pathOf(view, row['id'] as NodeId);
      });
    });
  }
}

function titles(view: FilesView): readonly Property[] {
  return propertiesOf(view, rootNode).filter((each) => each.namespace === albumNamespace);
}

function factsOf(view: FilesView, sha256: Uint8Array): MediaFacts | undefined {
  const row = view.sql.get('SELECT * FROM media WHERE sum = ?', sha256);
  if (row === undefined) return undefined;
  const number = (key: string): number | undefined => (row[key] === null ? undefined : Number(row[key]));
  const text = (key: string): string | undefined => (row[key] === null ? undefined : String(row[key]));
  const [latitudeE7, longitudeE7] = [number('latitude'), number('longitude')];
  assert(blob(row, 'sum').length === 32, 'a SHA-256');
  return {
    pass: Number(row['pass']),
    kind: text('kind') as MediaKind | undefined,
    takenMs: number('taken_ms'),
    width: number('width'),
    height: number('height'),
    durationMs: number('duration_ms'),
    camera: text('camera'),
    place: latitudeE7 === undefined || longitudeE7 === undefined ? undefined : { latitudeE7, longitudeE7 },
  };
}
