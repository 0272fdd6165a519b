// Gives any WebDAV server on this machine the same work and prints one line of JSON:
//
//   node bench/webdav-client.ts --url http://127.0.0.1:8080/dav/ [--user NAME --password TEXT]
//        [--big-mib 1024] [--small 2000] [--wide 5000,10000] [--at-once 8] [--no-get]
//
//   putMBps, getMBps        one file of random bytes, PUT then GET; millions of bytes a second
//   smallPutOps, smallGetOps  files of 4 KiB of random bytes, so many at once; requests a second
//   listMs                  PROPFIND with depth 1 of a folder of so many files: by size, the median of 5
//
// What comes back is compared with what was sent, outside of the time that is measured where that costs anything.
import { createHash, randomBytes } from 'node:crypto';
import { Agent, type ClientRequest, request } from 'node:http';
import { parseArgs } from 'node:util';
import { measured, median } from './figures.ts';

export interface ClientWork {
  readonly url: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** 0 leaves the big file out. */
  readonly bigMiB: number;
  readonly small: number;
  /** Ascending; the folder grows from one size to the next. */
  readonly wide: readonly number[];
  readonly atOnce: number;
  /** False: only the uploads, to see what they alone cost. */
  readonly get: boolean;
}

export interface ClientFigures {
  readonly putMBps?: number;
  readonly getMBps?: number;
  readonly smallPutOps?: number;
  readonly smallGetOps?: number;
  readonly listMs?: { readonly [files: string]: number };
}

const mib = 1024 * 1024;
const smallBytes = 4096;
const listings = 5;
/** Noise is made before the clock runs; each MiB and each small file is a part of it with a number stamped in. */
const noise: Buffer = randomBytes(64 * mib);

interface Answer {
  readonly status: number;
  readonly bytes: number;
}

interface Sending {
  readonly headers?: { readonly [name: string]: string | number };
  readonly body?: Buffer | ((request: ClientRequest) => void);
  readonly onBytes?: (bytes: Buffer) => void;
}

class Client {
  readonly #root: URL;
  readonly #agent: Agent;
  readonly #authorization: { readonly [name: string]: string };

  constructor(work: ClientWork) {
    this.#root = new URL(work.url.endsWith('/') ? work.url : `${work.url}/`);
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(this.#root.hostname))
      throw new Error('only servers on this machine');
    this.#agent = new Agent({ keepAlive: true, maxSockets: work.atOnce });
    const credentials = Buffer.from(`${work.user}:${work.password}`).toString('base64');
    this.#authorization = work.user === undefined ? {} : { authorization: `Basic ${credentials}` };
  }

  send(method: string, path: string, wanted: readonly number[], sending: Sending = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = { ...this.#authorization, ...sending.headers };
      const sent = request(new URL(path, this.#root), { method, agent: this.#agent, headers }, (response) => {
        const status = response.statusCode ?? 0;
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          bytes += part.length;
          sending.onBytes?.(part);
        });
        response.on('error', reject);
        response.on('end', () => {
          if (wanted.includes(status)) resolve({ status, bytes });
          else reject(new Error(`${method} ${path}: status ${status}, wanted ${wanted.join(' or ')}`));
        });
      });
      sent.on('error', reject);
      if (typeof sending.body === 'function') sending.body(sent);
      else sent.end(sending.body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

export async function runClient(work: ClientWork): Promise<ClientFigures> {
  const client = new Client(work);
  const folder = `bench-${process.pid}/`;
  try {
    await client.send('MKCOL', folder, [201]);
    const figures = {
      ...(work.bigMiB === 0 ? {} : await bigFile(client, work, `${folder}big.bin`)),
      ...(work.small === 0 ? {} : await smallFiles(client, work, `${folder}small/`)),
      ...(work.wide.length === 0 ? {} : await wideFolder(client, work, `${folder}wide/`)),
    };
    await client.send('DELETE', folder, [200, 204]);
    return figures;
  } finally {
    client.close();
  }
}

function bigPart(index: number): Buffer {
  const part = Buffer.from(noise.subarray((index % 64) * mib, ((index % 64) + 1) * mib));
  part.writeUInt32LE(index, 0);
  part.writeUInt32LE(index, mib / 2);
  return part;
}

async function bigFile(client: Client, work: ClientWork, path: string): Promise<ClientFigures> {
  const sizeBytes = work.bigMiB * mib;
  const write = (sent: ClientRequest): void => {
    let index = 0;
    const more = (): void => {
      while (index < work.bigMiB) {
        const goOn = sent.write(bigPart(index));
        index += 1;
        if (!goOn) {
          sent.once('drain', more);
          return;
        }
      }
      sent.end();
    };
    more();
  };
  const headers = { 'content-length': sizeBytes };
  const putSeconds = await measured(() => client.send('PUT', path, [201, 204], { headers, body: write }));
  const putMBps = sizeBytes / 1e6 / putSeconds;
  if (!work.get) return { putMBps };
  const getSeconds = await measured(() => client.send('GET', path, [200]));
  const back = createHash('sha256');
  await client.send('GET', path, [200], { onBytes: (part) => back.update(part) });
  const sent = createHash('sha256');
  for (let index = 0; index < work.bigMiB; index += 1) sent.update(bigPart(index));
  if (!sent.digest().equals(back.digest())) throw new Error('the big file came back different');
  return { putMBps, getMBps: sizeBytes / 1e6 / getSeconds };
}

function smallContent(index: number): Buffer {
  const at = (index * smallBytes) % noise.length;
  const content = Buffer.from(noise.subarray(at, at + smallBytes));
  content.writeUInt32LE(index, 0);
  return content;
}

async function smallFiles(client: Client, work: ClientWork, folder: string): Promise<ClientFigures> {
  await client.send('MKCOL', folder, [201]);
  const putSeconds = await measured(() =>
    atOnce(work, work.small, (index) =>
      client.send('PUT', `${folder}${index}.bin`, [201, 204], { body: smallContent(index) }),
    ),
  );
  const smallPutOps = work.small / putSeconds;
  if (!work.get) return { smallPutOps };
  const getSeconds = await measured(() =>
    atOnce(work, work.small, async (index) => {
      const parts: Buffer[] = [];
      await client.send('GET', `${folder}${index}.bin`, [200], { onBytes: (part) => parts.push(part) });
      if (!smallContent(index).equals(Buffer.concat(parts))) throw new Error(`small file ${index} came back different`);
    }),
  );
  return { smallPutOps, smallGetOps: work.small / getSeconds };
}

async function wideFolder(client: Client, work: ClientWork, folder: string): Promise<ClientFigures> {
  await client.send('MKCOL', folder, [201]);
  const listMs: Record<string, number> = {};
  const headers = { depth: '1' };
  let there = 0;
  for (const files of work.wide) {
    const from = there;
    await atOnce(work, files - from, (index) =>
      client.send('PUT', `${folder}Photo%20number%20${from + index}.jpg`, [201, 204], {
        body: Buffer.from(`${from + index}`),
      }),
    );
    there = files;
    const times: number[] = [];
    for (let run = 0; run < listings; run += 1) {
      times.push(await measured(() => client.send('PROPFIND', folder, [207], { headers })));
    }
    const parts: Buffer[] = [];
    await client.send('PROPFIND', folder, [207], { headers, onBytes: (part) => parts.push(part) });
    const listed =
      Buffer.concat(parts)
        .toString()
        .match(/<\/(?:[\w-]+:)?response>/g)?.length ?? 0;
    if (listed !== files + 1) throw new Error(`${listed} responses for a folder of ${files} files`);
    listMs[files] = median(times) * 1000;
  }
  return { listMs };
}

async function atOnce(work: ClientWork, count: number, each: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await each(index);
    }
  };
  await Promise.all(Array.from({ length: work.atOnce }, worker));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      user: { type: 'string' },
      password: { type: 'string' },
      'big-mib': { type: 'string', default: '1024' },
      small: { type: 'string', default: '2000' },
      wide: { type: 'string', default: '5000,10000' },
      'at-once': { type: 'string', default: '8' },
      'no-get': { type: 'boolean', default: false },
    },
  });
  if (values.url === undefined) throw new Error('--url is missing');
  const figures = await runClient({
    url: values.url,
    user: values.user,
    password: values.password,
    bigMiB: Number(values['big-mib']),
    small: Number(values.small),
    wide: values.wide.split(',').filter(Boolean).map(Number),
    atOnce: Number(values['at-once']),
    get: !values['no-get'],
  });
  process.stdout.write(
    `${JSON.stringify(figures, (_, value: unknown) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value))}\n`,
  );
}

if (import.meta.main) await main();
