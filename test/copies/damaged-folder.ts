// A data folder with an account whose vault has content of every kind, and ways to damage it as a disk may.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { unlockByHeader } from '#accounts/instance.ts';
import { Throttle } from '#accounts/throttle.ts';
import { present } from '#base/assert.ts';
import type { VaultId } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { type OpenedVault, verify } from '#copies/verify.ts';
import type { Damage, HitFile, VerifyReport } from '#copies/verify-report.ts';
import { findIdentity } from '#format/identity.ts';
import { makeControl } from '#server/control.ts';
import type { Control } from '#server/control-calls.ts';
import { realClock } from '#server/real-world.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { openFileDisk } from '#store/disk-files.ts';
import { openJournalReader } from '#store/journal/sqlite-reader.ts';
import { VaultKeys } from '#vault/vault-keys.ts';
import { answerOf, makeAccount, type TestAccount, withLocalCore } from '../support/account.ts';

const pieceBytes = 4 * 1024 * 1024;

interface Findings {
  readonly report: VerifyReport;
  readonly damages: readonly Damage[];
  readonly hits: readonly HitFile[];
  readonly leftovers: readonly string[];
}

type Change = (value: SQLInputValue) => SQLInputValue;
type Row = Record<string, SQLInputValue>;

export class DamagedFolder {
  readonly #scratch: string = mkdtempSync(join(tmpdir(), 'coffre-verify-'));
  readonly path: string = join(this.#scratch, 'data');
  #account: TestAccount | undefined;
  #files: VaultId | undefined;

  get kit(): string {
    return present(this.#account, 'account').kit;
  }

  /** The vault of files of the account. */
  get files(): VaultId {
    return present(this.#files, 'vault');
  }

  /** Seven entries, two epochs, three files in the present and one in the trash, chunks in the database and as files. */
  async make(): Promise<void> {
    const account = await makeAccount(this.path);
    this.#account = account;
    await withLocalCore(this.path, async (core) => {
      const control = makeControl({ core, throttle: new Throttle(realClock), sessions: undefined });
      const unlock = async (): Promise<string> =>
        (await answerOf<{ readonly ticket: string }>(control, 'unlock', { name: account.name, kit: account.kit }))
          .ticket;
      const ticket = await unlock();
      await answerOf(control, 'mkdir', { ticket, vault: 'files', path: ['photos'] });
      await put(control, ticket, ['photos', 'small.txt'], noise(1000, 1));
      await put(control, ticket, ['photos', 'large.jpg'], noise(2 * pieceBytes + 5, 2));
      await put(control, ticket, ['photos', 'small.txt'], noise(2000, 3));
      await put(control, ticket, ['gone.jpg'], noise(200_000, 4));
      await answerOf(control, 'remove', { ticket, vault: 'files', path: ['gone.jpg'] });
      // A new epoch: a second public header, and content under another key.
      await answerOf(control, 'app-password.revoke', { ticket, credential: 'test' });
      await put(control, await unlock(), ['photos', 'later.jpg'], noise(300_000, 5));
      const owner = present(core.instance.view.accountNamed(account.name), 'account');
      this.#files = core.instance.view.vaultsOf(owner.id).find((each) => each.kind === 'files')?.id;
    });
  }

  remove(): void {
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  async verify(kit?: string): Promise<Findings> {
    const journal = openJournalReader(this.path);
    const damages: Damage[] = [];
    const hits: HitFile[] = [];
    const leftovers: string[] = [];
    const sink = {
      damage: (damage: Damage) => damages.push(damage),
      hit: (file: HitFile) => hits.push(file),
      leftover: (chunk: string) => leftovers.push(chunk),
      progress: () => undefined,
    };
    try {
      const opened = new Map<VaultId, OpenedVault>();
      for (const vault of kit === undefined ? [] : await journal.vaults()) {
        const found = await unlockByHeader(journal, vault, kitKey(kit ?? '')).catch(() => undefined);
        if (found === undefined) continue;
        opened.set(vault, {
          keys: VaultKeys.unlock(vault, found.secrets.secret, found.header.epochs),
          holdsFiles: true,
        });
      }
      const chunks = new ChunkFiles(openFileDisk(this.path));
      return { report: await verify({ journal, chunks, opened, sink }), damages, hits, leftovers };
    } finally {
      await journal.close();
    }
  }

  /** Verifies with something changed, and puts it back. */
  async whileDamaged(putBack: () => void, kit?: string): Promise<Findings> {
    try {
      return await this.verify(kit);
    } finally {
      putBack();
    }
  }

  /** Past the guards of the schema: what a disk may do, no program of ours can. */
  withDatabase<Result>(work: (database: DatabaseSync) => Result): Result {
    const database = new DatabaseSync(join(this.path, 'journal.db'));
    try {
      for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()) {
        database.exec(`DROP TRIGGER "${String(name)}"`);
      }
      database.exec('PRAGMA ignore_check_constraints = ON');
      return work(database);
    } finally {
      database.close();
    }
  }

  /** Changes one cell; returns how to put it back. */
  overwrite(table: string, column: string, where: string, change: Change): () => void {
    const update = `UPDATE ${table} SET ${column} = ? WHERE ${where}`;
    const before = this.withDatabase((database) => {
      const row = database.prepare(`SELECT ${column} AS value FROM ${table} WHERE ${where}`).get() as Row | undefined;
      const value = present(row?.['value'], where);
      database.prepare(update).run(change(value));
      return value;
    });
    return () =>
      this.withDatabase((database) => database.prepare(`${update} OR ${column} = ?`).run(before, change(before)));
  }

  rows(sql: string): readonly Row[] {
    return this.withDatabase((database) => database.prepare(sql).all() as Row[]);
  }

  /** Of the vault of files, in the database. */
  get vaultNumber(): number {
    return Number(this.rows(`SELECT no FROM vault WHERE id = x'${this.files}'`)[0]?.['no']);
  }
}

export function kitKey(kit: string): Secret {
  return new Secret(present(findIdentity(kit), 'identity'));
}

export function flipped(bit: number): Change {
  return (value) => {
    if (typeof value === 'number') return value ^ (1 << bit);
    assert.ok(value instanceof Uint8Array);
    const at = bit % (value.length * 8);
    return value.with(at >> 3, (value[at >> 3] ?? 0) ^ (1 << (at & 7)));
  };
}

async function put(control: Control, ticket: string, path: readonly string[], bytes: Uint8Array): Promise<void> {
  async function* content(): AsyncGenerator<Uint8Array> {
    yield bytes;
  }
  const answer = await control.run({ command: 'put', args: { ticket, vault: 'files', path }, content: content() });
  assert.equal(answer.kind, 'done');
}

/** Bytes that do not compress, other ones for each number. */
export function noise(length: number, number: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = number + 1;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}
