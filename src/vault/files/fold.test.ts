import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { chunkIdOf, limits, mintNodeId, mintVersionId, type NodeId, rootNode, type VersionId } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import type { CborValue } from '#format/cbor.ts';
import { type FileOperation, fileOperationToCbor } from '#format/file-operations.ts';
import type { Piece } from '#format/piece.ts';
import { checkView, dumpTables, sameTree } from '../../../test/vault/view-checks.ts';
import { FilesView } from './files-view.ts';
import { applyOperations, type FoldContext } from './fold.ts';
import { PlainTree } from './second-reader.ts';

const names = fc.constantFrom('a', 'b', 'c', 'é');
const piece = fc.integer({ min: 0, max: 3 }).map(
  (n): Piece => ({
    chunk: chunkIdOf(sha256(new Uint8Array([n]))),
    tag: new Uint8Array(32).fill(n),
    sizeBytes: n,
    epoch: 1,
    sum: sha256(new Uint8Array(n)),
  }),
);
const pieces = fc.array(piece, { maxLength: 2 });
const property = fc.record({
  namespace: fc.constantFrom('', 'n'),
  name: fc.constantFrom('p', 'q'),
  xml: fc.constantFrom('<x/>', '\0'),
});

/** What an operation is to be about; which nodes those are is known only when its turn comes. */
const intent = fc.record({
  o: fc.constantFrom(
    'folder',
    'folder',
    'write',
    'write',
    'create',
    'create',
    'stage',
    'place',
    'place',
    'trash',
    'end',
    'copy',
    'pick',
    'props',
    'junk',
  ),
  node: fc.nat(1000),
  other: fc.nat(1000),
  version: fc.nat(1000),
  fresh: fc.integer({ min: 0, max: 9 }),
  name: names,
  pieces,
  wrongBy: fc.constantFrom(0, 0, 0, 0, 1),
  mtimeMs: fc.option(fc.nat(), { nil: undefined }),
  type: fc.constantFrom(undefined, 'text/plain'),
  sums: fc.constantFrom(new Map(), new Map([['MD5', '00']])),
  staged: fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }),
  set: fc.array(property, { maxLength: 2 }),
  remove: fc.array(property, { maxLength: 2 }),
});
type Intent = typeof intent extends fc.Arbitrary<infer T> ? T : never;

const junk: readonly CborValue[] = [null, 7, {}, { o: 'later', node: 1 }, { o: 'trash' }];

/** Mostly about what is there, sometimes about what is not; ids mostly new, sometimes taken. */
function operationFor(some: Intent, tree: PlainTree, sequence: number): CborValue {
  const ids = [...tree.nodes.keys()];
  const versions = [...tree.versions.keys()];
  const known = (n: number): NodeId => ids[n % (ids.length + 1)] ?? mintNodeId(9, 9, n);
  const fresh = some.fresh === 0 ? known(some.node) : mintNodeId(1, sequence, some.fresh * 100 + (some.node % 100));
  const freshVersion =
    (some.fresh === 0 ? versions[some.version % (versions.length + 1)] : undefined) ??
    mintVersionId(1, sequence, some.version);
  const place = { parent: known(some.other), name: some.name };
  const node = known(some.node);
  switch (some.o) {
    case 'junk':
      return junk[some.node % junk.length] ?? null;
    case 'folder':
      return fileOperationToCbor({ o: 'folder', node: fresh, place });
    case 'stage':
      return fileOperationToCbor({ o: 'stage', content: stagedId(some.staged ?? 1), pieces: some.pieces });
    case 'create':
    case 'write': {
      const content = some.staged === undefined ? undefined : stagedId(some.staged);
      const sizeBytes = some.pieces.reduce((sum, each) => sum + each.sizeBytes, 0) + some.wrongBy;
      const { mtimeMs, type, sums } = some;
      const rest = {
        version: freshVersion,
        sizeBytes,
        sha256: new Uint8Array(32),
        pieces: some.pieces,
        mtimeMs,
        type,
        sums,
        content,
      };
      const isNew = some.o === 'create';
      return fileOperationToCbor({ o: 'write', node: isNew ? fresh : node, place: isNew ? place : undefined, ...rest });
    }
    case 'place':
      return fileOperationToCbor({ o: 'place', node, place });
    case 'trash':
    case 'end':
      return fileOperationToCbor({ o: some.o, node });
    case 'copy':
      return fileOperationToCbor({ o: 'copy', source: node, node: fresh, place });
    case 'pick': {
      const of = versions[some.version % (versions.length + 1)] ?? mintVersionId(9, 9, 9);
      return fileOperationToCbor({ o: 'pick', node, version: some.wrongBy === 1 ? of : freshVersion, of });
    }
    case 'props':
      return fileOperationToCbor({ o: 'props', node, set: some.set, remove: some.remove });
  }
}

function stagedId(n: number): VersionId {
  return mintVersionId(1, 1, n);
}

const entries = fc.array(fc.array(intent, { minLength: 1, maxLength: 4 }), { minLength: 5, maxLength: 40 });

/** Calls `fold` for every entry, with operations that fit what was folded before. */
function play(
  batches: readonly (readonly Intent[])[],
  fold: (operations: readonly CborValue[], context: FoldContext) => void,
): PlainTree {
  const tree = new PlainTree();
  batches.forEach((intents, index) => {
    const context = { fork: 1 + Math.floor(index / 20), sequence: index + 1, timeMs: 1_000_000 + index };
    const operations = intents.map((each) => operationFor(each, tree, context.sequence));
    tree.applyEntry(context.sequence, context.timeMs, operations);
    fold(operations, context);
  });
  return tree;
}

it('folds any operations into a view whose parts agree with each other and with a second fold', () => {
  let all = 0;
  let skipped = 0;
  fc.assert(
    fc.property(entries, (batches) => {
      const view = FilesView.empty();
      const tree = play(batches, (operations, context) => {
        applyOperations(view, operations, context);
        all += operations.length;
      });
      skipped += view.skipped().length;
      checkView(view);
      sameTree(view, tree);
      view.close();
    }),
    { numRuns: 300 },
  );
  // Were nearly everything skipped, this would test nothing.
  assert.ok(all - skipped > all / 5, `${all - skipped} of ${all} applied`);
});

it('changes nothing but the list of skipped operations when it skips one', () => {
  let skips = 0;
  fc.assert(
    fc.property(fc.array(intent, { minLength: 10, maxLength: 60 }), (intents) => {
      const view = FilesView.empty();
      let before = dumpTables(view);
      play(
        intents.map((each) => [each]),
        (operations, context) => {
          applyOperations(view, operations, context);
          const after = dumpTables(view);
          if (view.skipped().at(-1)?.sequence === context.sequence) {
            assert.deepEqual({ ...after, skipped: [], total: [] }, { ...before, skipped: [], total: [] });
            skips += 1;
          }
          before = after;
        },
      );
      view.close();
    }),
    { numRuns: 50 },
  );
  assert.ok(skips > 100, `${skips} skipped`);
});

it('gives the same view whether entries are folded at once or a checkpoint is taken in between', () => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.boolean(), (batches, cut, copyRows) => {
      let view = FilesView.empty();
      const whole = FilesView.empty();
      play(batches, (operations, context) => {
        applyOperations(whole, operations, context);
        applyOperations(view, operations, context);
        if (context.sequence !== 1 + (cut % batches.length)) return;
        const image = view.serialize();
        view.close();
        view = copyRows ? FilesView.fromImage(image, 1) : FilesView.fromImage(image);
      });
      assert.deepEqual(dumpTables(view), dumpTables(whole));
      view.close();
      whole.close();
    }),
    { numRuns: 60 },
  );
});

function fold(view: FilesView, ...operations: readonly FileOperation[]): void {
  const { sequence } = view.position();
  applyOperations(view, operations.map(fileOperationToCbor), { fork: 1, sequence: sequence + 1, timeMs: sequence });
}

function folder(index: number, parent: NodeId, folderName: string): FileOperation {
  return { o: 'folder', node: mintNodeId(1, 1, index), place: { parent, name: folderName } };
}

it('numbers a copy depth first, in the order of ids, without what is in the trash', () => {
  const view = FilesView.empty();
  const [a, b, c, d, e] = [1, 2, 3, 4, 5].map((index) => mintNodeId(1, 1, index)) as [
    NodeId,
    NodeId,
    NodeId,
    NodeId,
    NodeId,
  ];
  fold(view, folder(1, rootNode, 'a'), folder(2, a, 'z'), folder(3, a, 'b'), folder(4, b, 'x'), folder(5, a, 'gone'));
  fold(
    view,
    { o: 'trash', node: e },
    { o: 'copy', source: a, node: mintNodeId(1, 9, 7), place: { parent: rootNode, name: 'copy' } },
  );
  assert.deepEqual(view.skipped(), []);
  const names = [0, 1, 2, 3, 4].map((i) => view.node(mintNodeId(1, 9, 7 + i))?.name);
  assert.deepEqual(names, ['copy', 'z', 'x', 'b', undefined]);
  assert.equal(view.node(mintNodeId(1, 9, 9))?.parent, mintNodeId(1, 9, 8));
  assert.deepEqual(
    [c, d].map((id) => view.node(id)?.state),
    [0, 0],
  );
  view.close();
});

it('copies a folder into itself once, and skips a copy whose ids would run over', () => {
  const view = FilesView.empty();
  const a = mintNodeId(1, 1, 1);
  fold(view, folder(1, rootNode, 'a'), folder(2, a, 'b'));
  fold(view, { o: 'copy', source: a, node: mintNodeId(1, 2, 0), place: { parent: a, name: 'copy' } });
  assert.deepEqual(view.skipped(), []);
  assert.deepEqual(
    view.children(mintNodeId(1, 2, 0)).map((each) => each.name),
    ['b'],
  );
  const last = mintNodeId(1, 3, limits.maxIndex);
  fold(view, { o: 'copy', source: a, node: last, place: { parent: rootNode, name: 'late' } });
  assert.equal(view.skipped().length, 1);
  checkView(view);
  view.close();
});

it('looks at version ids only where a copy needs one', () => {
  const view = FilesView.empty();
  const tree = new PlainTree();
  const a = mintNodeId(1, 1, 1);
  const empty = {
    sizeBytes: 0,
    sha256: sha256(new Uint8Array(0)),
    pieces: [],
    mtimeMs: 0,
    sums: new Map(),
    type: undefined,
    content: undefined,
  };
  const file: FileOperation = {
    o: 'write',
    node: mintNodeId(1, 1, 2),
    version: mintVersionId(1, 2, 0),
    place: { parent: rootNode, name: 'f' },
    ...empty,
  };
  const copy: FileOperation = {
    o: 'copy',
    source: a,
    node: mintNodeId(1, 2, 0),
    place: { parent: rootNode, name: 'copy' },
  };
  const operations = [folder(1, rootNode, 'a'), file, copy];
  fold(view, ...operations);
  tree.applyEntry(1, 0, operations.map(fileOperationToCbor));
  assert.deepEqual(view.skipped(), []);
  sameTree(view, tree);
  view.close();
});

it('keeps names bit for bit: composed and decomposed, with a byte order mark, upper and lower case are different files', () => {
  const view = FilesView.empty();
  const kept = ['é', 'e\u0301', 'A', 'a', '\ufeffa', 'a ', ' a', 'a\u200b', '\u{1d11e}', '%', "'", '"', '\\', '\ufffd'];
  fold(view, ...kept.map((each, index) => folder(index, rootNode, each)));
  assert.deepEqual(view.skipped(), []);
  assert.deepEqual(new Set(view.children(rootNode).map((each) => each.name)), new Set(kept));
  const inOrder = view.children(rootNode).map((each) => Buffer.from(each.name));
  assert.deepEqual(inOrder.toSorted(Buffer.compare), inOrder);
  view.close();
});

it('nests deeper than calls can be', () => {
  const view = FilesView.empty();
  const tree = new PlainTree();
  const depth = 4000;
  const operations = Array.from({ length: depth }, (_, i) =>
    folder(i + 1, i === 0 ? rootNode : mintNodeId(1, 1, i), 'd'),
  ).map(fileOperationToCbor);
  // In a few entries of their own, deepest last; touching all ancestors each time would take quadratic time.
  applyOperations(view, operations.slice(0, 200), { fork: 1, sequence: 1, timeMs: 1 });
  tree.applyEntry(1, 1, operations);
  assert.equal([...tree.walk()].length, depth);
  assert.equal(view.skipped().length, 0);
  view.close();
});
