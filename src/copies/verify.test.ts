import assert from 'node:assert/strict';
import type { SQLInputValue } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { present } from '#base/assert.ts';
import { DamagedFolder, flipped } from '../../test/copies/damaged-folder.ts';

const damaged = new DamagedFolder();
before(() => damaged.make());
after(() => damaged.remove());

describe('verify', () => {
  it('finds nothing in a folder that is whole, and says what it read', async () => {
    const { report, damages, hits, leftovers } = await damaged.verify();
    assert.deepEqual([damages, hits, leftovers], [[], [], []]);
    const vault = present(
      report.vaults.find((each) => each.vault === damaged.files),
      'vault',
    );
    const expected = {
      opened: false,
      entries: 7,
      bodies: 7,
      chunks: 7,
      headers: 2,
      leased: 0,
      files: undefined,
      damages: 0,
    };
    assert.deepEqual(pick(vault, Object.keys(expected)), expected);
    assert.equal(report.vaults.length, 3);
  });

  it('opens everything with a kit, across epochs, and both readers agree', async () => {
    const { report, damages } = await damaged.verify(damaged.kit);
    assert.deepEqual(damages, []);
    const vault = present(
      report.vaults.find((each) => each.vault === damaged.files),
      'vault',
    );
    assert.deepEqual([vault.opened, vault.files, vault.skipped], [true, 3, 0]);
    assert.equal(report.vaults.filter((each) => each.opened).length, 2);
  });

  it('blames the entry whose header has a flipped bit, and no other', async () => {
    const no = damaged.vaultNumber;
    for (const sequence of [1, 2, 3, 5, 6]) {
      const size = Number(
        damaged.rows(`SELECT length(header) AS value FROM entry WHERE vault = ${no} AND sequence = ${sequence}`)[0]?.[
          'value'
        ],
      );
      // Over all entries each field is met, another bit of a byte each time.
      for (let byte = sequence; byte < size; byte += 23) {
        const putBack = damaged.overwrite(
          'entry',
          'header',
          `vault = ${no} AND sequence = ${sequence}`,
          flipped(byte * 8 + ((byte + sequence) % 8)),
        );
        const { damages } = await damaged.whileDamaged(putBack);
        assert.deepEqual(
          damages.map((each) => [each.kind, each.vault, each.sequence]),
          [['entry', damaged.files, sequence]],
          `byte ${byte} of entry ${sequence}`,
        );
      }
    }
  });

  it('blames the entry whose hash of its body has a flipped bit, or that is missing', async () => {
    const place = `vault = ${damaged.vaultNumber} AND sequence = 3`;
    const hash = await damaged.whileDamaged(damaged.overwrite('entry', 'body_hash', place, flipped(77)));
    assert.deepEqual(
      hash.damages.map((each) => [each.kind, each.sequence]),
      [['entry', 3]],
    );
    const missing = await damaged.whileDamaged(damaged.overwrite('entry', 'sequence', place, () => 3000));
    assert.deepEqual(
      missing.damages.map((each) => [each.kind, each.sequence]),
      [['entry', 3]],
    );
  });

  it('finds a flipped bit in a body, the last one too, and goes on without it', async () => {
    for (const sequence of [1, 4, 7]) {
      const place = `vault = ${damaged.vaultNumber} AND sequence = ${sequence}`;
      for (const kit of [undefined, damaged.kit]) {
        const { damages, report } = await damaged.whileDamaged(
          damaged.overwrite('entry', 'body', place, flipped(sequence * 31)),
          kit,
        );
        assert.deepEqual(
          damages.map((each) => [each.kind, each.sequence]),
          [['body', sequence]],
        );
        assert.equal(report.vaults.find((each) => each.vault === damaged.files)?.entries, 7);
      }
    }
  });

  it('finds a head that is not that of the last entry', async () => {
    for (const [column, bit] of [
      ['hash', 9],
      ['sequence', 0],
      // A higher one is what a decided fork looks like.
      ['fork', 0],
    ] as const) {
      const { damages } = await damaged.whileDamaged(
        damaged.overwrite('vault', column, `id = x'${damaged.files}'`, flipped(bit)),
      );
      assert.deepEqual(
        damages.map((each) => [each.kind, each.vault]),
        [['head', damaged.files]],
        column,
      );
    }
    const last = await damaged.whileDamaged(
      damaged.overwrite('entry', 'header', `vault = ${damaged.vaultNumber} AND sequence = 7`, flipped(100 * 8)),
    );
    assert.deepEqual(
      last.damages.map((each) => each.kind),
      ['head'],
    );
  });

  it('finds a flipped bit in every public header, wherever it is', async () => {
    for (const number of [1, 2]) {
      for (const bit of [3, 300, 600, 1500, 2500]) {
        const { damages } = await damaged.whileDamaged(
          damaged.overwrite(
            'public_header',
            'bytes',
            `vault = ${damaged.vaultNumber} AND number = ${number}`,
            flipped(bit),
          ),
        );
        assert.deepEqual(
          damages.map((each) => [each.kind, each.vault, each.number]),
          [['header', damaged.files, number]],
          `bit ${bit} of header ${number}`,
        );
      }
    }
  });

  it('finds a vault without public headers', async () => {
    const { damages } = await damaged.whileDamaged(
      (() => {
        const hide = (from: number, to: number): void =>
          damaged.withDatabase((database) =>
            database.exec(`UPDATE public_header SET vault = ${to} WHERE vault = ${from}`),
          );
        const no = damaged.vaultNumber;
        hide(no, 9999);
        return () => hide(9999, no);
      })(),
    );
    assert.deepEqual(
      damages.map((each) => [each.kind, each.number]),
      [['header', undefined]],
    );
  });

  it('finds a flipped bit in each small chunk of the database', async () => {
    const stored = damaged.rows('SELECT no FROM chunk_data');
    assert.ok(stored.length >= 2);
    for (const { no } of stored) {
      const { damages } = await damaged.whileDamaged(
        damaged.overwrite('chunk_data', 'bytes', `no = ${no}`, flipped(1234)),
      );
      assert.deepEqual(
        damages.map((each) => each.kind),
        ['chunk-damaged'],
      );
    }
  });

  it('finds rows of chunks that say something else than they should', async () => {
    const [chunk] = damaged.rows(
      `SELECT hex(id) AS id FROM chunk WHERE vault = ${damaged.vaultNumber} AND data IS NULL ORDER BY id`,
    );
    const place = `id = x'${chunk?.['id']}'`;
    const kinds = async (column: string, change: (value: SQLInputValue) => SQLInputValue): Promise<readonly string[]> =>
      (await damaged.whileDamaged(damaged.overwrite('chunk', column, place, change))).damages.map((each) => each.kind);
    assert.deepEqual(await kinds('size', flipped(3)), ['chunk-row']);
    assert.deepEqual(await kinds('state', () => 3), ['chunk-row']);
    assert.deepEqual(await kinds('state', () => 5), ['chunk-row']);
    assert.deepEqual(await kinds('state', () => 1), ['chunk-row']);
    assert.deepEqual(await kinds('vault', () => 9999), ['chunk-row']);
    const wrongId = await kinds('id', flipped(200));
    assert.deepEqual(wrongId, ['chunk-row', 'chunk-missing']);
  });
});

function pick(value: object, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => keys.includes(key)));
}
