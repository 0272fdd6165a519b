import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import fc from 'fast-check';
import { present } from '#base/assert.ts';
import { utf8 } from '#base/bytes.ts';
import { openFileDisk } from '../disk-files.ts';
import type { AppendRequest, Head, Journal } from './journal.ts';
import { dataNamed, emptyHead, entryAfter, headAfter, idNamed, plain, vaultNamed } from './journal-samples.contract.ts';
import { JournalMemory } from './memory-journal.ts';
import { openJournal } from './sqlite-journal.ts';

const root = mkdtempSync(join(tmpdir(), 'journals-agree-'));
after(() => rmSync(root, { recursive: true, force: true }));

const vaults = ['one', 'two'].map(vaultNamed);
const names = ['a', 'b', 'c', 'd'];

/** Requests are made from the head that the model has, so that most continue it and some do not. */
type Step =
  | { readonly kind: 'append'; readonly vault: number; readonly entries: readonly EntryStep[]; readonly stale: boolean }
  | { readonly kind: 'lease'; readonly vault: number; readonly names: readonly number[] }
  | { readonly kind: 'restart' }
  | { readonly kind: 'lock'; readonly vault: number; readonly id: number; readonly remove: boolean };

interface EntryStep {
  readonly type: 'ordinary' | 'drop';
  readonly added: readonly number[];
  readonly small: readonly number[];
  readonly listed: readonly number[];
  readonly forked: boolean;
}

const someNames = fc.uniqueArray(fc.nat(names.length - 1), { maxLength: 3 });
const vaultNumber = fc.nat(vaults.length - 1);
const entryStep: fc.Arbitrary<EntryStep> = fc.record({
  type: fc.constantFrom('ordinary' as const, 'drop' as const),
  added: someNames,
  small: someNames,
  listed: someNames,
  forked: fc.boolean(),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      vault: vaultNumber,
      entries: fc.array(entryStep, { minLength: 1, maxLength: 3 }),
      stale: fc.nat(9).map((n) => n === 0),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('lease' as const), vault: vaultNumber, names: someNames }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('lock' as const),
      vault: vaultNumber,
      id: fc.nat(2),
      remove: fc.boolean(),
    }),
  },
);

/** Groups of steps that are asked in one tick. */
const groups = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 10 });

function vaultAt(index: number): ReturnType<typeof vaultNamed> {
  return present(vaults[index], 'vault');
}

function appendOf(heads: Map<number, Head>, { vault, entries, stale }: Step & { kind: 'append' }): AppendRequest {
  const id = vaultAt(vault);
  const expected = stale ? emptyHead : (heads.get(vault) ?? emptyHead);
  let head = expected;
  const made = entries.map(({ type, added, small, listed, forked }, index) => {
    const fork = index === 0 && forked ? head.fork + 1 : head.fork;
    const entry = entryAfter(id, head, {
      type,
      fork,
      added: [
        ...added.map((name) => idNamed(`${vault} ${name}`)),
        ...small.map((name) => dataNamed(`${vault} ${name}`).id),
      ],
      listed: type === 'drop' ? listed.map((name) => idNamed(`${vault} ${name}`)) : [],
    });
    head = headAfter(head, entry, fork);
    return entry;
  });
  const data = entries.flatMap(({ small }) => small.map((name) => dataNamed(`${vault} ${name}`)));
  // What follows in the same tick is asked as if this one succeeded.
  heads.set(vault, head);
  return { vault: id, expected, entries: made, data };
}

async function perform(journal: Journal, step: Step, append: AppendRequest | null): Promise<unknown> {
  switch (step.kind) {
    case 'append':
      return await journal.append(present(append, 'append'));
    case 'lease': {
      const chunks = step.names.map((name) => ({ id: idNamed(`${step.vault} ${name}`), sizeBytes: 9 }));
      return await journal.lease({ vault: vaultAt(step.vault), chunks });
    }
    case 'lock': {
      const row = { vault: vaultAt(step.vault), kind: 1, id: utf8(`${step.id}`), expiresMs: 1, sealed: utf8('x') };
      if (step.remove) await journal.removeEphemeral(row.vault, row.kind, row.id);
      else await journal.putEphemeral(row);
      return null;
    }
    case 'restart':
      return null;
    default:
      return step satisfies never;
  }
}

async function contentOf(journal: Journal): Promise<unknown> {
  const ofVault = async (vault: ReturnType<typeof vaultNamed>): Promise<unknown> => [
    await journal.head(vault),
    await journal.entries(vault, 0, 1000),
    await journal.chunks(vault, null, 1000),
    await journal.ephemeral(vault, 1),
  ];
  const small = vaults.flatMap((_, vault) => names.map((__, name) => dataNamed(`${vault} ${name}`).id));
  return plain([
    (await journal.vaults()).length,
    await Promise.all(vaults.map(ofVault)),
    await Promise.all(small.map((id) => journal.chunkData(id))),
    await journal.meta('run'),
  ]);
}

const outcome = (result: PromiseSettledResult<unknown>): unknown =>
  result.status === 'fulfilled' ? plain(result.value) : (result.reason as { code?: string }).code;

it('the real journal and the model give the same answers and hold the same', async () => {
  await fc.assert(
    fc.asyncProperty(groups, async (run) => {
      let folder = mkdtempSync(join(root, 'folder-'));
      const memory = new JournalMemory();
      let real = await openJournal(folder, openFileDisk(folder), { create: true });
      let model = memory.start();
      for (const group of run) {
        const heads = new Map<number, Head>();
        for (const [index, vault] of vaults.entries()) heads.set(index, await model.head(vault));
        const asked = group.map((step) => ({ step, append: step.kind === 'append' ? appendOf(heads, step) : null }));
        const [expected, found] = await Promise.all(
          [model, real].map((journal) =>
            Promise.allSettled(asked.map(({ step, append }) => perform(journal, step, append))),
          ),
        );
        assert.deepEqual(found?.map(outcome), expected?.map(outcome));
        if (group.some((step) => step.kind === 'restart')) {
          const next = mkdtempSync(join(root, 'folder-'));
          await cp(folder, next, { recursive: true, filter: (path) => !path.endsWith('-shm') });
          folder = next;
          real = await openJournal(folder, openFileDisk(folder), { create: false });
          model = memory.start();
        }
        assert.deepEqual(await contentOf(real), await contentOf(model));
      }
      await real.close();
    }),
    { numRuns: 60 },
  );
});
