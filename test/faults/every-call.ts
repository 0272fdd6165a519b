// The program killed before every call that opens, writes or syncs a file while one request runs; for the test and the lab.
import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import type { DavClient } from '../support/dav-client.ts';
import { restart, startServer, type TestServer } from '../support/server.ts';
import { checkChains } from './chains.ts';
import { hashOf, readFolder } from './load.ts';
import type { Shim } from './shim.ts';
import { oneFileThread } from './tracer.ts';

export interface Killing {
  readonly name: string;
  readonly run: (client: DavClient, before: Holding) => Promise<{ readonly status: number }>;
  /** What the folder holds when the request was done. */
  readonly after: (before: Holding) => Holding;
}

/** By name: the SHA-256 of the content. */
type Holding = ReadonlyMap<string, string>;

export interface KillFigures {
  readonly name: string;
  readonly kills: number;
  /** Of those requests that were cut: how many turned out done. */
  readonly done: number;
  readonly calls: number;
  readonly places: readonly string[];
}

/** A file that lives in the database, one that is a chunk file, one of two pieces, and a move over a target. */
export function killings(): readonly Killing[] {
  return [put('small', 10_000), put('large', 200_000), put('two pieces', 4_300_000), moveOver()];
}

function put(name: string, sizeBytes: number): Killing {
  let body = randomBytes(sizeBytes);
  return {
    name: `PUT of a ${name} file`,
    run: (client) => {
      body = randomBytes(sizeBytes);
      return client.put(`f/${name}`, body);
    },
    after: (before) => new Map([...before, [name, hashOf(body)]]),
  };
}

function moveOver(): Killing {
  return {
    name: 'MOVE over a file',
    // The small file takes the place of the large one, and back.
    run: (client, before) => client.move(`f/${movable(before)[0]}`, `f/${movable(before)[1]}`),
    after: (before) => {
      const [from, to] = movable(before);
      const holding = new Map([...before, [to, before.get(from) ?? '']]);
      holding.delete(from);
      return holding;
    },
  };
}

function movable(before: Holding): readonly [string, string] {
  return before.has('large') ? ['large', 'moved'] : ['moved', 'large'];
}

/** @param step 1: before every call; 4: before every fourth. */
export async function killAtEveryCall(shim: Shim, killing: Killing, step: number): Promise<KillFigures> {
  const first = await startServer();
  let server: TestServer = first;
  try {
    let holding = await prepare(first);
    await first.stop();
    const places = new Set<string>();
    let kills = 0;
    let done = 0;
    let allowed = [holding];
    for (let at = 1; ; at += step) {
      const armed = shim.arm({ kind: 'kill', path: first.dataFolder, at, gated: true });
      // What the request before left is looked at here, before the next one runs.
      server = await restart(first, { env: { ...oneFileThread, ...armed.env } });
      const found = await lookAt(server, allowed);
      if (kills > 0 && sameText(found, allowed.at(-1) ?? found)) done += 1;
      holding = found;
      armed.open();
      const answer = await killing.run(server.client(), holding).catch(() => undefined);
      const after = killing.after(holding);
      if (answer !== undefined) assert.ok(answer.status === 201 || answer.status === 204, `status ${answer.status}`);
      allowed = answer === undefined ? [holding, after] : [after];
      if (armed.struck().length === 0) {
        assert.ok(answer !== undefined, 'nothing was killed, and there was no answer');
        await server.kill9();
        server = await restart(first);
        await lookAt(server, allowed);
        return { name: killing.name, kills, done, calls: at, places: [...places].sort() };
      }
      assert.deepEqual(await server.ended, { code: null, signal: 'SIGKILL' });
      kills += 1;
      for (const path of armed.struck()) places.add(placeOf(path));
    }
  } finally {
    await server.kill9();
    await first.discard();
  }
}

async function prepare(server: TestServer): Promise<Holding> {
  const client = server.client();
  await client.makeFolder('f');
  for (const [name, sizeBytes] of [
    ['small', 10_000],
    ['large', 200_000],
  ] as const) {
    const { status } = await client.put(`f/${name}`, randomBytes(sizeBytes));
    assert.equal(status, 201);
  }
  return readFolder(client, 'f');
}

/** What is there, which must be one of the given. */
async function lookAt(server: TestServer, allowed: readonly Holding[]): Promise<Holding> {
  const found = await readFolder(server.client(), 'f');
  assert.ok(
    allowed.some((each) => sameText(found, each)),
    `found ${text(found)}\nallowed ${allowed.map(text).join('\nor      ')}`,
  );
  await checkChains(server.dataFolder);
  return found;
}

function text(holding: Holding): string {
  return JSON.stringify([...holding].sort());
}

function sameText(a: Holding, b: Holding): boolean {
  return text(a) === text(b);
}

function placeOf(path: string): string {
  return /^[0-9a-f]{64}$/.test(basename(path))
    ? 'chunk file'
    : /^[0-9a-f]{2}$/.test(basename(path))
      ? 'chunk folder'
      : basename(path);
}
