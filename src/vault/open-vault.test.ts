import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault, isFault } from '#base/fault.ts';
import { type ChunkId, chunkIdOf } from '#base/ids.ts';
import { sha256 } from '#crypto/primitives.ts';
import type { CborValue } from '#format/cbor.ts';
import {
  type AppendRequest,
  type AppendResult,
  type Head,
  type Journal,
  maxAppendBytes,
} from '#store/journal/journal.ts';
import { JournalMemory } from '#store/journal/memory-journal.ts';
import { keysFor, SteppingClock } from '../../test/vault/harness.ts';
import { Seeded } from '../../test/vectors/values.ts';
import { type Decide, type Fold, OpenVault, type Outcome, type Position } from './open-vault.ts';

/** A view that is a list of words. */
class WordFold implements Fold {
  words: readonly string[] = [];
  #before: readonly string[] | undefined;

  begin(): void {
    assert.equal(this.#before, undefined, 'a transaction inside a transaction');
    this.#before = this.words;
  }
  commit(): void {
    assert.notEqual(this.#before, undefined, 'no transaction to commit');
    this.#before = undefined;
  }
  rollback(): void {
    assert.ok(this.#before !== undefined, 'no transaction to take back');
    this.words = this.#before;
    this.#before = undefined;
  }
  apply(operations: readonly CborValue[], _position: Position): void {
    this.words = [...this.words, ...operations.map(String)];
  }
}

type Append = Journal['append'];

/** A journal whose appends go through a hand that may hold, spoil or count them. */
function tampered(journal: Journal, append: (request: AppendRequest, pass: Append) => Promise<AppendResult>): Journal {
  return new Proxy(journal, {
    get: (target, key) => {
      if (key === 'append') return (request: AppendRequest) => append(request, (each) => target.append(each));
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const start: Head = { fork: 1, sequence: 0, hash: new Uint8Array(32) };

interface Opened {
  readonly vault: OpenVault;
  readonly fold: WordFold;
}

function open(journal: Journal, seed = 'a'): Opened {
  const fold = new WordFold();
  const vault = new OpenVault(
    { keys: keysFor('open vault'), journal, fold, clock: new SteppingClock(), random: new Seeded(seed) },
    start,
  );
  return { vault, fold };
}

it('seals with a higher fork number once a fork was decided, also while it is open, and mints ids from it', async () => {
  const journal = new JournalMemory().start();
  const opened = open(journal);
  await say(opened, 'before');
  assert.equal(await journal.startFork(opened.vault.id, opened.vault.head, 2), 'forked');
  let position: Position | undefined;
  const decide: Decide<string> = (at) => {
    position = at;
    return write('after')(at);
  };
  await opened.vault.execute(undefined, decide, () => undefined);
  assert.deepEqual([position?.fork, position?.sequence], [2, 2]);
  assert.equal(opened.vault.head.fork, 2);
  const again = open(journal);
  await again.vault.catchUp();
  assert.deepEqual(await look(again), ['before', 'after']);
});

function write(word: string): Decide<string> {
  return () => ({ kind: 'change', operations: [word], added: [], data: [], result: word });
}

/** Writes a word; answers with all words right after it. */
function say({ vault, fold }: Opened, word: string): Promise<Outcome<readonly string[]>> {
  return vault.execute(undefined, write(word), () => fold.words);
}

function look({ vault, fold }: Opened): Promise<readonly string[]> {
  return vault.read(() => fold.words);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const diskFull = (): Fault => new Fault('disk-full', 'full');

describe('reading', () => {
  it('shows nothing that a crash could take back', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const opened = open(
      tampered(new JournalMemory().start(), async (request, pass) => {
        await held;
        return pass(request);
      }),
    );
    const said = say(opened, 'one');
    await turn();
    let seen: readonly string[] | undefined;
    const looked = look(opened).then((words) => {
      seen = words;
    });
    for (let i = 0; i < 5; i += 1) await turn();
    assert.deepEqual(opened.fold.words, ['one'], 'it is in the view');
    assert.equal(seen, undefined, 'and nobody sees it');
    release();
    await Promise.all([said, looked]);
    assert.deepEqual(seen, ['one']);
  });

  it('shows what was there before when the append failed, and goes on', async () => {
    let full = true;
    const opened = open(
      tampered(new JournalMemory().start(), (request, pass) => (full ? Promise.reject(diskFull()) : pass(request))),
    );
    const said = Promise.allSettled([say(opened, 'one'), say(opened, 'two')]);
    const looked = look(opened);
    assert.deepEqual(
      (await said).map((each) => each.status === 'rejected' && isFault(each.reason, 'disk-full')),
      [true, true],
    );
    assert.deepEqual(await looked, []);
    assert.equal(opened.vault.head.sequence, 0);
    full = false;
    assert.deepEqual(await say(opened, 'three'), { kind: 'done', result: ['three'] });
  });
});

describe('commands that arrive together', () => {
  it('share one append, and each is answered with what it saw', async () => {
    let appends = 0;
    const opened = open(
      tampered(new JournalMemory().start(), (request, pass) => {
        appends += 1;
        return pass(request);
      }),
    );
    const answers = await Promise.all(['a', 'b', 'c'].map((word) => say(opened, word)));
    assert.equal(appends, 1);
    assert.equal(opened.vault.head.sequence, 3);
    assert.deepEqual(
      answers,
      [['a'], ['a', 'b'], ['a', 'b', 'c']].map((result) => ({ kind: 'done', result })),
    );
  });

  it('fail alone when they cannot be decided', async () => {
    const opened = open(new JournalMemory().start());
    const broken = opened.vault.execute(
      undefined,
      () => assert.fail('broken'),
      () => null,
    );
    const [one, failed, two] = await Promise.allSettled([say(opened, 'one'), broken, say(opened, 'two')]);
    assert.equal(failed?.status, 'rejected');
    assert.ok(one?.status === 'fulfilled' && two?.status === 'fulfilled');
    assert.deepEqual(await look(opened), ['one', 'two']);
  });

  it('fail alone, and are not written, when they cannot be described right after', async () => {
    const journal = new JournalMemory().start();
    const opened = open(journal);
    const broken = opened.vault.execute(undefined, write('bad'), () => assert.fail('was not applied'));
    const [one, failed, two] = await Promise.allSettled([say(opened, 'one'), broken, say(opened, 'two')]);
    assert.equal(failed?.status, 'rejected');
    assert.deepEqual([one?.status, two?.status], ['fulfilled', 'fulfilled']);
    assert.deepEqual(await look(opened), ['one', 'two']);
    const again = open(journal);
    await again.vault.catchUp();
    assert.deepEqual(again.fold.words, ['one', 'two']);
  });

  it('need no append when they change nothing', async () => {
    const opened = open(tampered(new JournalMemory().start(), () => assert.fail('nothing to append')));
    assert.deepEqual(
      await opened.vault.execute(
        undefined,
        () => ({ kind: 'none', result: 7 }),
        (result) => result,
      ),
      { kind: 'done', result: 7 },
    );
  });

  it('are split when they are more than an append may hold', async () => {
    const sizes: number[] = [];
    const opened = open(
      tampered(new JournalMemory().start(), (request, pass) => {
        sizes.push(request.data.reduce((sum, each) => sum + each.bytes.length, 0));
        return pass({ ...request, data: [] });
      }),
    );
    const data = [{ id: chunkIdOf(new Uint8Array(32)), bytes: new Uint8Array(8 * 1024 * 1024) }];
    const big: Decide<null> = () => ({ kind: 'change', operations: ['big'], added: [], data, result: null });
    const tries = Array.from({ length: 40 }, () => opened.vault.execute(undefined, big, () => null));
    await Promise.all(tries);
    assert.ok(
      sizes.every((size) => size < maxAppendBytes),
      sizes.join(),
    );
    assert.ok(sizes.length < 20, 'they still share appends');
    assert.equal(opened.vault.head.sequence, 40);
  });

  it('come to an end when the journal sees a conflict where there is none', async () => {
    const opened = open(tampered(new JournalMemory().start(), async () => ({ kind: 'conflict', head: start })));
    await assert.rejects(say(opened, 'one'));
  });
});

const chunkBytes = new Uint8Array([1, 2, 3]);
const chunk: ChunkId = chunkIdOf(sha256(chunkBytes));

function add(word: string): Decide<string> {
  return () => ({ kind: 'change', operations: [word], added: [chunk], data: [], result: word });
}

describe('chunks that were given up', () => {
  it('concern only the command that adds them', async () => {
    const opened = open(new JournalMemory().start());
    const adding = opened.vault.execute(undefined, add('chunk'), () => null);
    const [one, given, two] = await Promise.all([say(opened, 'one'), adding, say(opened, 'two')]);
    assert.deepEqual(given, { kind: 'chunks-given-up', ids: [chunk] });
    assert.deepEqual([one.kind, two.kind], ['done', 'done']);
    assert.deepEqual(await look(opened), ['one', 'two']);
  });

  it('do not hide an error that comes after them, and nothing is lost of what went before', async () => {
    let appends = 0;
    const opened = open(
      tampered(new JournalMemory().start(), (request, pass) => {
        appends += 1;
        return appends === 4 ? Promise.reject(diskFull()) : pass(request);
      }),
    );
    const adding = opened.vault.execute(undefined, add('chunk'), () => null);
    const [one, given, two] = await Promise.allSettled([say(opened, 'one'), adding, say(opened, 'two')]);
    assert.equal(one?.status, 'fulfilled');
    assert.equal(given?.status, 'fulfilled');
    assert.ok(
      two?.status === 'rejected' && isFault(two.reason, 'disk-full'),
      String(two?.status === 'rejected' && two.reason),
    );
    assert.deepEqual(await look(opened), ['one']);
    assert.deepEqual((await say(opened, 'three')).kind, 'done');
  });
});

describe('a second writer', () => {
  it('is noticed: commands are decided again on what it wrote', async () => {
    const journal = new JournalMemory().start();
    const [here, there] = [open(journal, 'here'), open(journal, 'there')];
    await say(here, 'one');
    assert.deepEqual(await say(there, 'two'), { kind: 'done', result: ['one', 'two'] });
    const [a, b] = await Promise.all([say(here, 'three'), say(there, 'four')]);
    assert.deepEqual([a.kind, b.kind], ['done', 'done']);
    await here.vault.catchUp();
    await there.vault.catchUp();
    assert.deepEqual(here.fold.words, there.fold.words);
    assert.deepEqual([...here.fold.words].sort(), ['four', 'one', 'three', 'two']);
    assert.deepEqual(here.vault.head, there.vault.head);
  });

  it('decides again at another position, so that ids are never minted twice', async () => {
    const journal = new JournalMemory().start();
    const [here, there] = [open(journal, 'here'), open(journal, 'there')];
    const positions: number[] = [];
    const numbered: Decide<null> = ({ sequence }) => {
      positions.push(sequence);
      return { kind: 'change', operations: [String(sequence)], added: [], data: [], result: null };
    };
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? here : there).vault.execute(undefined, numbered, () => null)),
    );
    await here.vault.catchUp();
    assert.deepEqual(
      here.fold.words,
      Array.from({ length: 20 }, (_, i) => String(i + 1)),
    );
    assert.ok(positions.length > 20, 'there were conflicts');
  });

  it('may append while one catches up', async () => {
    const journal = new JournalMemory().start();
    const writer = open(journal, 'writer');
    await say(writer, 'one');
    let more = 3;
    const busy = new Proxy(journal, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (key !== 'entries' || typeof value !== 'function')
          return typeof value === 'function' ? value.bind(target) : value;
        return async (...given: Parameters<Journal['entries']>) => {
          const entries = await target.entries(...given);
          more -= 1;
          if (more >= 0) await say(writer, 'meanwhile');
          return entries;
        };
      },
    });
    const reader = open(busy, 'reader');
    await reader.vault.catchUp();
    assert.equal(reader.fold.words[0], 'one');
    assert.ok(reader.fold.words.length >= 3);
  });
});

describe('a journal that is damaged', () => {
  async function written(): Promise<JournalMemory> {
    const memory = new JournalMemory();
    const opened = open(memory.start());
    for (const word of ['one', 'two', 'three']) await say(opened, word);
    return memory;
  }

  type Stored = JournalMemory['vaults'] extends Map<unknown, infer V> ? V : never;
  const damages: readonly (readonly [string, (stored: Stored) => void])[] = [
    [
      'a bit of a body',
      ({ entries }) =>
        replace(entries, 1, (entry) => ({ ...entry, body: flipped(entry.body ?? new Uint8Array(1), 3) })),
    ],
    [
      'a bit of a header',
      ({ entries }) => replace(entries, 1, (entry) => ({ ...entry, header: flipped(entry.header, 40) })),
    ],
    ['a body and its hash', ({ entries }) => replace(entries, 1, (entry) => reBodied(entry, new Uint8Array(50)))],
    [
      'two entries that changed places',
      ({ entries }) => void entries.splice(0, 2, ...entries.slice(0, 2).toReversed()),
    ],
    ['an entry that is missing', ({ entries }) => void entries.splice(1, 1)],
    ['the last entry that is missing', ({ entries }) => void entries.pop()],
    ['an entry that is there twice', ({ entries }) => void entries.splice(1, 0, ...entries.slice(0, 1))],
  ];

  for (const [what, damage] of damages) {
    it(`is noticed: ${what}`, async () => {
      const memory = await written();
      for (const stored of memory.vaults.values()) damage(stored);
      const opened = open(memory.start());
      await assert.rejects(opened.vault.catchUp(), (error) => isFault(error, 'damaged'));
      assert.ok(!opened.fold.words.includes('three'));
    });
  }

  it('is noticed: a body that is gone', async () => {
    const memory = await written();
    for (const { entries } of memory.vaults.values()) replace(entries, 1, (entry) => ({ ...entry, body: null }));
    await assert.rejects(open(memory.start()).vault.catchUp(), (error) => isFault(error, 'missing'));
  });

  it('opens with no other key', async () => {
    const memory = await written();
    const other = keysFor('another');
    const own = keysFor('open vault');
    const stored = memory.vaults.get(own.vault);
    assert.ok(stored !== undefined);
    memory.vaults.set(other.vault, stored);
    const fold = new WordFold();
    const vault = new OpenVault(
      { keys: other, journal: memory.start(), fold, clock: new SteppingClock(), random: new Seeded('x') },
      start,
    );
    await assert.rejects(vault.catchUp(), (error) => isFault(error, 'damaged'));
    assert.deepEqual(fold.words, []);
  });
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return Uint8Array.from(bytes).with(at, (bytes[at] ?? 0) ^ 4);
}

function reBodied<E extends { readonly bodyHash: Uint8Array; readonly body: Uint8Array | null }>(
  entry: E,
  body: Uint8Array,
): E {
  return { ...entry, body, bodyHash: sha256(body) };
}

function replace<E>(entries: E[], at: number, change: (entry: E) => E): void {
  const [entry] = entries.slice(at, at + 1);
  if (entry !== undefined) entries.splice(at, 1, change(entry));
}

describe('closing', () => {
  it('finishes what is under way and sends the rest back', async () => {
    const journal = new JournalMemory().start();
    const opened = open(journal);
    const first = say(opened, 'one');
    await turn();
    const closing = opened.vault.close();
    assert.equal((await first).kind, 'done');
    await closing;
    await assert.rejects(say(opened, 'two'), (error) => isFault(error, 'unavailable'));
    await assert.rejects(look(opened), (error) => isFault(error, 'unavailable'));
  });
});

it('refuses a batch that no entry can hold, and goes on', async () => {
  const opened = open(new JournalMemory().start());
  const huge = new Uint8Array(64 * 1024 * 1024);
  const tooLarge = opened.vault.execute(
    undefined,
    () => ({ kind: 'change', operations: [huge], added: [], data: [], result: null }),
    () => null,
  );
  assert.deepEqual(await tooLarge, { kind: 'too-large' });
  assert.deepEqual(await say(opened, 'one'), { kind: 'done', result: ['one'] });
});
