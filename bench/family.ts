// The load of a family: 20 people, each with a client that syncs (WebDAV) and one in the browser (the API), 70 % reads.
// Each client waits a while between requests, as people and their devices do. `rclone serve webdav` gets the same requests,
// the listings of the browser as PROPFIND, without accounts.
//
//   node bench/family.ts [--seconds 60] [--think-ms 200] [--only coffre]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { memoryOf } from './processes.ts';
import { coffre, makeAccounts, ownPassword, type Running, servers } from './servers.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    'think-ms': { type: 'string', default: '200' },
    only: { type: 'string' },
  },
});
const runMs = Number(values.seconds) * 1000;
const thinkMs = Number(values['think-ms']);
const people: readonly string[] = Array.from({ length: 20 }, (_, index) => `person${index}`);
const filesEach = 50;
/** A note, a document, a photo. */
const sizes: readonly number[] = [2_000, 60_000, 400_000];
const content: Buffer = Buffer.alloc(Math.max(...sizes), 'what a family keeps; ');

type Kind = 'read' | 'list' | 'write' | 'move';

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Buffer;
}

interface Door {
  readonly headers: Readonly<Record<string, string>>;
  /** Of the folder of one person; ends with a slash. */
  readonly folder: string;
  list(): Sent;
}

const agent = new Agent({ keepAlive: true, maxSockets: 200 });

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly cookie: string;
}

function send({ method, url, headers, body }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, agent, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const [cookie = ''] = (response.headers['set-cookie']?.[0] ?? '').split(';');
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString(), cookie });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function davDoor(folder: string, headers: Readonly<Record<string, string>>): Door {
  return { headers, folder, list: () => ({ method: 'PROPFIND', url: folder, headers: { ...headers, depth: '1' } }) };
}

/** The browser lists over the API; content goes over WebDAV here, by the same ways below. */
async function webDoor(origin: string, name: string, dav: Door): Promise<Door> {
  const body = Buffer.from(JSON.stringify({ name, password: ownPassword }));
  const { status, text, cookie } = await send({
    method: 'POST',
    url: `${origin}/api/sign-in`,
    headers: { 'content-type': 'application/json', 'content-length': body.length },
    body,
  });
  if (status !== 200) throw new Error(`sign-in: ${status} ${text}`);
  const { tag, key } = JSON.parse(text) as { readonly tag: string; readonly key: string };
  const headers = { cookie, 'coffre-session': key };
  return { ...dav, list: () => ({ method: 'GET', url: `${origin}/api/@${tag}/vaults/files/list`, headers }) };
}

class Client {
  readonly #door: Door;
  readonly #prefix: string;
  readonly times: Record<Kind, number[]>;
  #written = 0;

  constructor(door: Door, prefix: string, times: Record<Kind, number[]>) {
    this.#door = door;
    this.#prefix = prefix;
    this.times = times;
  }

  async fill(): Promise<void> {
    for (let at = 0; at < filesEach; at += 1) await this.#do('write', this.#put());
  }

  async run(untilMs: number): Promise<void> {
    while (performance.now() < untilMs) {
      const pause = -Math.log(1 - Math.random()) * thinkMs;
      await new Promise((resolve) => setTimeout(resolve, pause));
      const draw = Math.random();
      if (draw < 0.45) await this.#timed('read', this.#get());
      else if (draw < 0.7) await this.#timed('list', this.#door.list());
      else if (draw < 0.95) await this.#timed('write', this.#put());
      else await this.#timed('move', this.#move());
    }
  }

  #url(index: number): string {
    return `${this.#door.folder}${this.#prefix}-${index}.bin`;
  }

  #put(): Sent {
    const sizeBytes = sizes[this.#written % sizes.length] ?? 0;
    const body = Buffer.from(content.subarray(0, sizeBytes));
    body.writeUInt32LE(Math.floor(Math.random() * 2 ** 32), 0);
    const url = this.#url(this.#written % filesEach);
    this.#written += 1;
    return { method: 'PUT', url, headers: { ...this.#door.headers, 'content-length': sizeBytes }, body };
  }

  #get(): Sent {
    return { method: 'GET', url: this.#url(Math.floor(Math.random() * filesEach)), headers: this.#door.headers };
  }

  #move(): Sent {
    const [from, to] = [this.#url(0), this.#url(1)];
    return { method: 'MOVE', url: from, headers: { ...this.#door.headers, destination: to, overwrite: 'T' } };
  }

  async #timed(kind: Kind, sent: Sent): Promise<void> {
    const begun = performance.now();
    await this.#do(kind, sent);
    this.times[kind].push(performance.now() - begun);
  }

  async #do(kind: Kind, sent: Sent): Promise<void> {
    const { status } = await send(sent);
    // The file that was moved away is not there until it is written again.
    const isGone = status === 404 || (status === 403 && kind === 'move');
    if (status >= 400 && !(isGone && (kind === 'move' || kind === 'read')))
      throw new Error(`${sent.method} ${sent.url}: ${status}`);
  }
}

async function doorsOf(name: string, folder: string): Promise<{ readonly running: Running; readonly doors: Door[] }> {
  if (name !== 'coffre') {
    const server = servers.find((each) => each.name === name);
    if (server === undefined || server.missing !== undefined)
      throw new Error(`${name}: ${server?.missing ?? 'unknown'}`);
    const running = await server.start(folder);
    const doors = people.map((person) => davDoor(`${running.url}${person}/`, {}));
    for (const { folder: url } of doors) await send({ method: 'MKCOL', url });
    return { running, doors: [...doors, ...doors] };
  }
  const passwords = await makeAccounts(join(folder, 'data'), people);
  const running = await coffre.again(folder);
  const { origin } = new URL(running.url);
  const dav = people.map((person, index) =>
    davDoor(`${origin}/dav/${person}/files/`, {
      authorization: `Basic ${Buffer.from(`${person}:${passwords[index]}`).toString('base64')}`,
    }),
  );
  const web: Door[] = [];
  for (const [index, door] of dav.entries()) web.push(await webDoor(origin, people[index] ?? '', door));
  return { running, doors: [...dav, ...web] };
}

function at(sorted: readonly number[], part: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN).toFixed(1);
}

async function measure(name: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'coffre-bench-family-'));
  mkdirSync(folder, { recursive: true });
  const { running, doors } = await doorsOf(name, folder);
  try {
    const times: Record<Kind, number[]> = { read: [], list: [], write: [], move: [] };
    const clients = doors.map((door, index) => new Client(door, `client${index}`, times));
    await Promise.all(clients.map((client) => client.fill()));
    const until = performance.now() + runMs;
    await Promise.all(clients.map((client) => client.run(until)));
    const all = Object.values(times).flat().length;
    process.stdout.write(
      `${name}: ${clients.length} clients, ${(all / (runMs / 1000)).toFixed(0)} requests a second, `,
    );
    process.stdout.write(`${Math.round(memoryOf(running.pid, 'VmHWM') / 1e6)} MB at most\n`);
    for (const [kind, list] of Object.entries(times)) {
      const sorted = list.toSorted((a, b) => a - b);
      process.stdout.write(
        `  ${kind.padEnd(6)} p50 ${at(sorted, 0.5)} ms, p99 ${at(sorted, 0.99)} ms (${list.length})\n`,
      );
    }
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const name of values.only === undefined ? ['coffre', 'rclone'] : [values.only]) await measure(name);
agent.destroy();
