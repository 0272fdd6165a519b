import { randomBytes } from 'node:crypto';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { present } from '#base/assert.ts';
import { credentialIdOf, vaultIdOf } from '#base/ids.ts';
import { Secret } from '#base/secret.ts';
import { ChunkFiles } from '#store/chunks/chunk-files.ts';
import { MemoryDisk } from '#store/disk-memory.ts';
import { JournalMemory } from '#store/journal/memory-journal.ts';
import { FilesVault } from '#vault/files/files-vault.ts';
import type { FilesPort } from '#vault/files/port.ts';
import { VaultKeys } from '#vault/vault-keys.ts';
import { Gate } from '../content/gate.ts';
import { Leaving } from '../content/leaving.ts';
import { type DavAccess, type DavPrincipal, davFace } from './dav-face.ts';
import { deferContinue } from './expectation.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Undefined: alice's first app password. */
  readonly as?: string | null;
}

interface TestServerOptions {
  readonly quotaBytes?: number;
  /** Stands in for the vault of files, for answers that a real one gives only in bad times. */
  readonly wrap?: (files: FilesPort) => FilesPort;
}

const users: ReadonlyMap<string, DavPrincipal> = new Map([
  ['alice:one', { user: 'alice', credential: credentialIdOf(randomBytes(16)) }],
  ['alice:two', { user: 'alice', credential: credentialIdOf(randomBytes(16)) }],
  ['bob:one', { user: 'bob', credential: credentialIdOf(randomBytes(16)) }],
]);

export function basic(userAndPassword: string): string {
  return `Basic ${Buffer.from(userAndPassword).toString('base64')}`;
}

/** The same vault, but for some methods. */
export function overriding(files: FilesPort, methods: Partial<FilesPort>): FilesPort {
  return new Proxy(files, {
    get: (target, key) => {
      if (Object.hasOwn(methods, key)) return Reflect.get(methods, key);
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** A small server on loopback over simulated storage: alice holds `files` and `documents`, bob holds `files`. */
export class TestServer {
  readonly app: FastifyInstance;
  readonly disk: MemoryDisk = new MemoryDisk();
  readonly accesses: DavAccess<DavPrincipal>[] = [];
  readonly vaults: Map<string, FilesVault> = new Map();
  nowMs: number = Date.UTC(2026, 0, 2, 3, 4, 5);
  readonly #journal = new JournalMemory().start();
  readonly #agent = new Agent({ keepAlive: true });
  readonly #options: TestServerOptions;
  #port = 0;

  private constructor(options: TestServerOptions) {
    this.#options = options;
    this.app = fastify();
  }

  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const server = new TestServer(options);
    for (const name of ['alice/files', 'alice/documents', 'bob/files'])
      server.vaults.set(name, await server.#newVault());
    server.#serve();
    deferContinue(server.app.server, (target) => target.startsWith('/dav/'));
    await server.app.listen({ port: 0, host: '127.0.0.1' });
    server.#port = (server.app.server.address() as AddressInfo).port;
    return server;
  }

  #newVault(): Promise<FilesVault> {
    const secret = new Secret(randomBytes(32));
    const keys = VaultKeys.unlock(vaultIdOf(randomBytes(16)), secret, [
      { epoch: 1, inboxPublic: new Uint8Array(32), previous: null },
    ]);
    return FilesVault.open({
      keys,
      journal: this.#journal,
      chunks: new ChunkFiles(this.disk.start()),
      clock: { nowMs: () => this.nowMs },
      random: { bytes: randomBytes },
      quotaBytes: () => this.#options.quotaBytes,
    });
  }

  #serve(): void {
    davFace<DavPrincipal>(this.app, {
      mostUploads: 64,
      arriving: new Gate(96 * 1024 * 1024),
      leaving: new Leaving(128 * 1024 * 1024, { nowMs: () => this.nowMs }),
      authenticate: async ({ headers }) => {
        if (headers.authorization === 'Basic throttled') return 'throttled';
        const text = Buffer.from((headers.authorization ?? '').replace('Basic ', ''), 'base64').toString();
        return users.get(text) ?? 'unauthenticated';
      },
      open: async (principal, user, vault) => {
        const files = user === principal.user ? this.vaults.get(`${user}/${vault}`) : undefined;
        return files === undefined
          ? undefined
          : { files: this.#options.wrap?.(files) ?? files, credential: principal.credential };
      },
      vaultNames: ({ user }) =>
        [...this.vaults.keys()].flatMap((name) => (name.startsWith(`${user}/`) ? [name.slice(user.length + 1)] : [])),
      trace: (access) => this.accesses.push(access),
      clock: { nowMs: () => this.nowMs },
    });
  }

  get port(): number {
    return this.#port;
  }

  get files(): FilesVault {
    return present(this.vaults.get('alice/files'), 'vault');
  }

  /** `path` is below alice's files unless it starts with a slash; it is sent as it is. */
  send(method: string, path: string, { headers = {}, body, as = 'alice:one' }: Sent = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        port: this.#port,
        host: '127.0.0.1',
        method,
        path: path.startsWith('/') ? path : `/dav/alice/files/${path}`,
        agent: this.#agent,
        headers: {
          ...(as !== null && { authorization: as.includes(':') ? basic(as) : `Basic ${as}` }),
          ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
          ...headers,
        },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, text: bytes.toString() });
        });
      });
      request.end(body);
    });
  }

  async close(): Promise<void> {
    this.#agent.destroy();
    await this.app.close();
    for (const vault of this.vaults.values()) await vault.close();
  }
}
