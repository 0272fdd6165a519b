// Clients that write, overwrite, move, copy and remove, and remember what was acknowledged. Each has a folder of its own
// and one request under way at a time, so that after a crash its folder must be as it was before that request, or as it
// is after it: nothing in between, and never anything older.
import { strict as assert } from 'node:assert';
import { createHash, randomBytes } from 'node:crypto';
import type { DavAnswer, DavClient } from '../support/dav-client.ts';

/** By name: the SHA-256 of the content. */
export type Files = ReadonlyMap<string, string>;

export interface Mix {
  readonly largestFiles: number;
  /** Sizes in bytes from 1 to the given one, with their weights. */
  readonly sizes: readonly (readonly [weight: number, maxBytes: number])[];
}

/** Inside of the database, in one chunk file, in several. */
const usualMix: Mix = {
  largestFiles: 12,
  sizes: [
    [60, 40_000],
    [30, 600_000],
    [10, 9_000_000],
  ],
};

export const smallMix: Mix = {
  largestFiles: 20,
  sizes: [
    [70, 20_000],
    [30, 300_000],
  ],
};

/** A change of a few names: null for one that goes. */
type Change = ReadonlyMap<string, string | null>;

export class LoadClient {
  readonly folder: string;
  readonly #mix: Mix;
  #files: Map<string, string> = new Map();
  #underWay: Change | undefined;
  #made = false;
  #names = 0;
  acknowledged = 0;
  /** Answers that said that the disk is full. */
  full = 0;
  /** Answers that were neither an acknowledgement nor a full disk: `PUT 503`. */
  readonly refusals: string[] = [];

  constructor(folder: string, mix: Mix = usualMix) {
    this.folder = folder;
    this.#mix = mix;
  }

  /** Sends one request after the other until told to stop, or until an answer is not one that can be built on. */
  async run(client: DavClient, stop: AbortSignal): Promise<void> {
    while (!stop.aborted && this.#underWay === undefined) {
      const goOn = await this.step(client).catch((error: unknown) => {
        // The connection was cut: whether the last request was done is seen after the restart.
        if (error instanceof assert.AssertionError) throw error;
        return false;
      });
      if (!goOn) return;
    }
  }

  /** One request; false when its outcome is open. Rejects when the connection was cut. */
  async step(client: DavClient): Promise<boolean> {
    if (!this.#made) {
      const { status } = await client.makeFolder(this.folder);
      if (status === 507) {
        this.full += 1;
        return true;
      }
      if (status !== 201 && status !== 405) return this.#refused('MKCOL', status);
      this.#made = true;
    }
    const names = [...this.#files.keys()];
    const one = names[randomBelow(names.length)];
    const dice = randomBelow(100);
    if (one === undefined || (dice < 45 && names.length < this.#mix.largestFiles))
      return this.#put(client, this.#newName());
    if (dice < 65) return this.#put(client, one);
    const content = this.#files.get(one) ?? '';
    if (dice < 75 || names.length >= this.#mix.largestFiles) {
      return this.#send('DELETE', new Map([[one, null]]), () => client.remove(this.#path(one)));
    }
    const to = dice < 80 ? (names[randomBelow(names.length)] ?? one) : this.#newName();
    if (to === one) return true;
    const [method, change] =
      dice < 90
        ? ([
            'MOVE',
            new Map([
              [one, null],
              [to, content],
            ]),
          ] as const)
        : (['COPY', new Map([[to, content]])] as const);
    return this.#send(method, change, () =>
      method === 'MOVE' ? client.move(this.#path(one), this.#path(to)) : client.copy(this.#path(one), this.#path(to)),
    );
  }

  async #put(client: DavClient, name: string): Promise<boolean> {
    const body = randomBytes(1 + randomBelow(pick(this.#mix.sizes)));
    return this.#send('PUT', new Map([[name, hashOf(body)]]), () => client.put(this.#path(name), body));
  }

  async #send(method: string, change: Change, send: () => Promise<DavAnswer>): Promise<boolean> {
    this.#underWay = change;
    const { status } = await send();
    if (status === 507) {
      // Nothing may have changed: the next look at the folder tells.
      this.#underWay = undefined;
      this.full += 1;
      return true;
    }
    if (status < 200 || status > 299) return this.#refused(method, status);
    this.#files = applied(this.#files, change);
    this.#underWay = undefined;
    this.acknowledged += 1;
    return true;
  }

  #refused(method: string, status: number): false {
    this.refusals.push(`${method} ${status}`);
    return false;
  }

  /** Compares what the folder holds with what was acknowledged, and takes it as the beginning of the next round. */
  async check(client: DavClient): Promise<'before' | 'after' | 'settled'> {
    const found = await readFolder(client, this.folder);
    const before = this.#files;
    const after = this.#underWay === undefined ? undefined : applied(before, this.#underWay);
    const isAfter = after !== undefined && sameFiles(found, after);
    if (!isAfter)
      assert.deepEqual(sorted(found), sorted(before), `the folder ${this.folder} is not what was acknowledged`);
    const outcome = after === undefined ? 'settled' : isAfter ? 'after' : 'before';
    this.#files = new Map(found);
    this.#underWay = undefined;
    return outcome;
  }

  #path(name: string): string {
    return `${this.folder}/${name}`;
  }

  #newName(): string {
    this.#names += 1;
    return `file ${this.#names}.bin`;
  }
}

/** Every file of a folder, read to its end; the folder and all that is in it must be readable. */
export async function readFolder(client: DavClient, folder: string): Promise<Files> {
  const files = new Map<string, string>();
  for (const { name, sizeBytes } of (await client.list(folder)) ?? []) {
    const { status, body } = await client.get(`${folder}/${name}`);
    assert.equal(status, 200, `GET ${folder}/${name}: ${body.subarray(0, 500).toString()}`);
    assert.equal(body.length, sizeBytes, `the size of ${folder}/${name} in its folder`);
    files.set(name, hashOf(body));
  }
  return files;
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function loadClients(count: number, mix: Mix = usualMix, prefix = ''): readonly LoadClient[] {
  return Array.from({ length: count }, (_, index) => new LoadClient(`${prefix}client ${index}`, mix));
}

/** How many requests that were cut turned out done, and how many not. */
export interface Cuts {
  readonly done: number;
  readonly undone: number;
}

export async function checkAll(clients: readonly LoadClient[], client: DavClient): Promise<Cuts> {
  const outcomes = await Promise.all(clients.map((each) => each.check(client)));
  return {
    done: outcomes.filter((each) => each === 'after').length,
    undone: outcomes.filter((each) => each === 'before').length,
  };
}

export function acknowledgedBy(clients: readonly LoadClient[]): number {
  return clients.reduce((sum, each) => sum + each.acknowledged, 0);
}

export function randomBelow(end: number): number {
  return end <= 1 ? 0 : randomBytes(4).readUInt32BE() % end;
}

function pick(sizes: Mix['sizes']): number {
  let left = randomBelow(sizes.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, maxBytes] of sizes) {
    if (left < weight) return maxBytes;
    left -= weight;
  }
  return 1;
}

function applied(files: Files, change: Change): Map<string, string> {
  const result = new Map(files);
  for (const [name, content] of change) {
    if (content === null) result.delete(name);
    else result.set(name, content);
  }
  return result;
}

function sameFiles(a: Files, b: Files): boolean {
  return a.size === b.size && [...a].every(([name, content]) => b.get(name) === content);
}

function sorted(files: Files): readonly (readonly [string, string])[] {
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1));
}
