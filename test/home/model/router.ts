// A modelled router: what a hub sees of OpenWrt through uhttpd. Derived from OpenWrt's published sources, not a real device:
//   openwrt/uhttpd ubus.c (JSON-RPC, its errors, its limit), openwrt/rpcd session.c, uci.c, uci.h (sessions, access lists,
//   apply with its timer), openwrt/luci rpcd ucode `luci` and rpcd-mod-luci luci.c (mounts,
//   leases, host hints), openwrt/cgi-io main.c (upload), openwrt/rpcd file.c (exec), base-files validate_firmware_image, procd system.c (board, info, reboot). Its clock is moved by hand.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { factoryConfigs } from './factory.ts';
import { type AclFile, Sessions } from './sessions.ts';
import { type Reply, Uci } from './uci.ts';

/** uhttpd ubus.c: UH_UBUS_MAX_POST_SIZE and json_errors. */
const maxPostBytes = 65_536;
const errors = {
  parse: [-32700, 'Parse error'],
  method: [-32601, 'Method not found'],
  object: [-32000, 'Object not found'],
  access: [-32002, 'Access denied'],
} as const;

export interface ModelOptions {
  readonly certificate?: { readonly key: string; readonly cert: string };
}

export class ModelledRouter {
  readonly #server: Server;
  #nowMs = 1_000_000;
  #bootedAtMs = 0;
  readonly uci: Uci;
  readonly sessions: Sessions;
  readonly board: string = 'modelled,router';
  readonly macAddress: string = '02:00:00:00:00:01';
  reboots = 0;
  /** Requests that reached it, by object and method. */
  readonly calls: string[] = [];
  readonly files: Map<string, Buffer> = new Map();
  /** What an image does to the house once it runs: from its modelled marker. */
  running: Marker = {};
  /** Called before a request is answered; a test may kill the hub here. */
  onCall: (name: string) => Promise<void> | void = () => undefined;
  /** Called after a request took effect and before its answer goes out. */
  afterCall: (name: string) => Promise<void> | void = () => undefined;

  constructor({ certificate }: ModelOptions = {}) {
    this.sessions = new Sessions(
      () => this.#nowMs,
      (id) => this.uci.purge(id),
    );
    this.uci = new Uci(
      () => this.#nowMs,
      () => this.sessions,
    );
    this.uci.powerGoes = () => this.restart();
    for (const [name, content] of Object.entries(factoryConfigs())) this.uci.configs.set(name, content);
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#handle(request, response).catch(() => response.destroy());
    };
    this.#server = certificate === undefined ? createServer(handle) : createTlsServer(certificate, handle);
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Time passes on the router: sessions run out, and so does the timer of a change. */
  pass(seconds: number): void {
    this.#nowMs += seconds * 1000;
    this.sessions.expire();
    this.uci.tick();
  }

  /** What is in RAM is gone: sessions, what was staged, the timer of a change and what it would have put back. */
  restart(): void {
    this.reboots += 1;
    this.#bootedAtMs = this.#nowMs;
    this.uci.restart();
    this.sessions.expireAll();
  }

  /** Does what the owner does with the script that the hub prints: nothing of it is known here otherwise. */
  runSetup(script: string): void {
    const acl = /<<'EOF'\n([\s\S]*?)EOF\n/.exec(script)?.[1];
    const password = /uhttpd -m '([^']+)'/.exec(script)?.[1];
    const username = /rpcd\.coffre\.username='([^']+)'/.exec(script)?.[1];
    const list = (name: string): string[] =>
      [...script.matchAll(new RegExp(`add_list rpcd\\.coffre\\.${name}='([^']+)'`, 'g'))].map((each) => each[1] ?? '');
    if (acl === undefined || password === undefined || username === undefined) throw new Error('not a setup script');
    this.sessions.acls.push(JSON.parse(acl) as AclFile);
    this.sessions.logins.push({ username, password, read: list('read'), write: list('write') });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const body = Buffer.concat(parts);
    if (request.method === 'POST' && request.url === '/ubus') await this.#ubus(body, response);
    else if (request.method === 'POST' && request.url === '/cgi-bin/cgi-upload')
      await this.#upload(request, body, response);
    else response.writeHead(404).end();
  }

  async #ubus(body: Buffer, response: ServerResponse): Promise<void> {
    const rpc = body.length > maxPostBytes ? undefined : parsed(body.toString('utf8'));
    const answer = (part: Record<string, unknown>): void => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: rpc?.['id'] ?? null, ...part }));
    };
    const refuse = ([code, message]: readonly [number, string]): void => answer({ error: { code, message } });
    if (rpc === undefined) return refuse(errors.parse);
    if (rpc['method'] !== 'call') return refuse(errors.method);
    const [session, object, method, args] = (rpc['params'] ?? []) as [string, string, string, Record<string, unknown>];
    if (typeof args !== 'object') return refuse(errors.parse);
    const name = `${object} ${method}`;
    this.calls.push(name);
    await this.onCall(name);
    if (!objects.has(object)) return refuse(errors.object);
    // uh_ubus_allowed: a session that ran out and one that may not are the same to uhttpd.
    if (!this.sessions.allows(session, 'ubus', object, method)) return refuse(errors.access);
    const rebootsBefore = this.reboots;
    const [status, data] = this.#call(session, object, method, args);
    await this.afterCall(name);
    // The power went in the middle of it: nobody answers any more.
    if (this.reboots !== rebootsBefore && name !== 'system reboot' && name !== 'file exec')
      return void response.destroy();
    answer({ result: data === undefined ? [status] : [status, data] });
  }

  #call(session: string, object: string, method: string, args: Record<string, unknown>): Reply {
    switch (`${object} ${method}`) {
      case 'session login': {
        const made = this.sessions.login(args['username'], args['password'], args['timeout']);
        if (made === undefined) return [6];
        const { id, timeoutMs, rights } = made;
        const timeout = timeoutMs / 1000;
        return [
          0,
          { ubus_rpc_session: id, timeout, expires: timeout - 1, acls: rights, data: { username: args['username'] } },
        ];
      }
      case 'session destroy':
        this.sessions.destroy(session);
        return [0];
      case 'system board':
        return [
          0,
          {
            kernel: '6.6.73',
            hostname: 'OpenWrt',
            model: 'Modelled router',
            board_name: this.board,
            release: this.release,
          },
        ];
      case 'system info':
        return [
          0,
          { uptime: this.uptimeSeconds, load: [1000, 2000, 3000], memory: { total: 256_000_000, free: 128_000_000 } },
        ];
      case 'system reboot':
        this.restart();
        return [0];
      case 'system validate_firmware_image':
        return this.files.has(String(args['path'])) ? [0, this.#validated(String(args['path']))] : [4];
      case 'file exec':
        return this.#exec(session, String(args['command']), (args['params'] ?? []) as string[]);
      default:
        return object === 'uci' ? this.uci.call(session, method, args) : this.#network(object, method);
    }
  }

  release: Record<string, string> = { distribution: 'OpenWrt', version: '24.10.0', target: 'modelled/generic' };

  get uptimeSeconds(): number {
    return Math.floor((this.#nowMs - this.#bootedAtMs) / 1000);
  }

  #network(object: string, method: string): Reply {
    switch (`${object} ${method}`) {
      case 'network.interface dump':
        return [
          0,
          {
            interface: [
              {
                interface: 'wan',
                up: true,
                uptime: 500,
                device: 'eth0',
                'ipv4-address': [{ address: '192.0.2.77', mask: 24 }],
              },
              { interface: 'lan', up: true, uptime: 900, device: 'br-lan' },
            ],
          },
        ];
      case 'network.device status':
        return [
          0,
          {
            'br-lan': { macaddr: this.macAddress, statistics: { rx_bytes: 10, tx_bytes: 20 } },
            eth0: { macaddr: '02:00:00:00:00:02', statistics: { rx_bytes: 123_456, tx_bytes: 65_432 } },
          },
        ];
      case 'luci-rpc getDHCPLeases':
        return [
          0,
          {
            dhcp_leases: [{ expires: 3600, hostname: 'laptop', macaddr: '02:00:00:00:01:01', ipaddr: '192.168.1.101' }],
          },
        ];
      case 'luci-rpc getHostHints':
        return [
          0,
          {
            '02:00:00:00:01:01': { ipaddrs: ['192.168.1.101'], name: 'laptop' },
            '02:00:00:00:01:02': { ipaddrs: ['192.168.1.102'] },
          },
        ];
      case 'luci getMountPoints':
        return [
          0,
          {
            result: [
              { device: '/dev/root', mount: '/rom', size: 8_000_000, avail: 0, free: 0 },
              {
                device: '/dev/sda1',
                mount: '/mnt/sda1',
                size: 64_000_000_000,
                avail: 32_000_000_000,
                free: 32_000_000_000,
              },
            ],
          },
        ];
      default:
        return [3];
    }
  }

  /** A trailer of fwtool names the boards that an image is for. */
  #validated(path: string): Record<string, unknown> {
    const valid = markerOf(this.files.get(path))?.supported_devices?.includes(this.board) === true;
    return { tests: { fwtool_device_match: valid }, valid, forceable: valid, allow_backup: valid };
  }

  /** rpcd file.c: the list names the whole command line. What sysupgrade keeps are the settings; RAM is lost. */
  #exec(session: string, command: string, params: readonly string[]): Reply {
    if (!this.sessions.allows(session, 'file', [command, ...params].join(' '), 'exec')) return [6];
    const image = this.files.get(params[0] ?? '');
    if (command !== '/sbin/sysupgrade' || image === undefined) return [9];
    this.flash(image);
    return [0, { code: 0 }];
  }

  flash(image: Buffer): void {
    const marker = markerOf(image);
    this.release = { ...this.release, version: marker?.version?.version ?? 'unknown' };
    this.running = marker?.modelled ?? {};
    this.files.clear();
    this.restart();
  }

  /** cgi-io main.c: main_upload. The access list is asked for the upload and for the path. */
  async #upload(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const say = (answer: Record<string, unknown>): void => {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(JSON.stringify(answer));
    };
    this.calls.push('upload');
    await this.onCall('upload');
    const type = request.headers['content-type'] ?? '';
    const form = await new Response(Uint8Array.from(body), { headers: { 'content-type': type } }).formData();
    const [session, path, data] = [String(form.get('sessionid')), String(form.get('filename')), form.get('filedata')];
    if (!this.sessions.allows(session, 'cgi-io', 'upload', 'write'))
      return say({ message: 'Upload permission denied', failure: [1, 'Operation not permitted'] });
    if (!this.sessions.allows(session, 'file', path, 'write'))
      return say({ message: 'Access to path denied by ACL', failure: [1, 'Operation not permitted'] });
    if (data === null || typeof data === 'string')
      return say({ message: 'No file data received', failure: [22, 'Invalid argument'] });
    const bytes = Buffer.from(await data.arrayBuffer());
    this.files.set(path, bytes);
    await this.afterCall('upload');
    say({ size: bytes.length, sha256sum: createHash('sha256').update(bytes).digest('hex') });
  }
}

/** What a modelled image does once it runs, beside what OpenWrt's own metadata says. */
export interface Marker {
  readonly needsAccount?: boolean;
  readonly sends?: readonly string[];
  readonly hides?: readonly string[];
}

interface ImageMarker {
  readonly supported_devices?: readonly string[];
  readonly version?: { readonly version?: string };
  readonly modelled?: Marker;
}

function markerOf(image: Buffer | undefined): ImageMarker | undefined {
  const json = /\{"supported_devices".*\}/.exec(image?.toString('latin1') ?? '')?.[0];
  return json === undefined ? undefined : (JSON.parse(json) as ImageMarker);
}

/** An image as OpenWrt builds them: the system, and fwtool's trailer (fwimage.h) with its metadata. */
export function modelledImage(version: string, modelled: Marker = {}, board: string = 'modelled,router'): Buffer {
  const about = { supported_devices: [board], version: { dist: 'OpenWrt', version }, modelled };
  const data = Buffer.concat([Buffer.alloc(8), Buffer.from(JSON.stringify(about))]);
  const trailer = Buffer.alloc(16);
  trailer.writeUInt32BE(0x46577830, 0);
  trailer.writeUInt8(1, 8);
  trailer.writeUInt32BE(data.length + 16, 12);
  return Buffer.concat([Buffer.from(`the system ${version}`), data, trailer]);
}

const objects: ReadonlySet<string> = new Set([
  'session',
  'uci',
  'system',
  'network.interface',
  'network.device',
  'luci-rpc',
  'luci',
  'file',
]);

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
