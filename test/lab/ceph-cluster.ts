// A real Ceph cluster for a lab run: one monitor, one manager, three storage daemons on files, one S3 gateway; all on loopback,
// in a folder of its own. Its programs are Debian's, installed as root, without their services being started (.ci/run shows how):
//
//   apt-get install --no-install-recommends ceph-mon ceph-mgr ceph-osd radosgw
import { strict as assert } from 'node:assert';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const storageDaemons = 3;
const gigabyte = 1024 ** 3;
const upWithinMs = 120_000;

/** Where a user of the gateway signs in. */
export interface CephUser {
  readonly name: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export class CephCluster {
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'coffre-ceph-'));
  readonly #daemons: Map<string, ChildProcess> = new Map();
  #gatewayPort = 0;

  get gatewayPort(): number {
    return this.#gatewayPort;
  }

  async start(report: (line: string) => void): Promise<void> {
    const [monitorPort, gatewayPort] = [await freePort(), await freePort()];
    this.#gatewayPort = gatewayPort;
    const fsid = randomUUID();
    writeFileSync(join(this.#folder, 'ceph.conf'), configuration(this.#folder, fsid, monitorPort, gatewayPort));
    for (const name of ['mon', 'mgr', 'rgw', 'run', 'log']) mkdirSync(join(this.#folder, name));
    const monmap = join(this.#folder, 'monmap');
    execFileSync('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', `[v1:127.0.0.1:${monitorPort}]`, monmap]);
    this.#run('ceph-mon', ['-i', 'a', '--mkfs', '--monmap', monmap]);
    this.#spawn('mon', 'ceph-mon', ['-i', 'a', '-f']);
    await this.#until('the monitor', () => this.#ceph('mon', 'stat').includes('1 mons'));
    this.#spawn('mgr', 'ceph-mgr', ['-i', 'x', '-f']);
    for (let id = 0; id < storageDaemons; id++) this.#startStorage(id);
    await this.#until('the storage daemons', () => this.#ceph('osd', 'stat').includes(`${storageDaemons} up`));
    this.#spawn('rgw', 'radosgw', ['-n', 'client.rgw', '-f']);
    await this.#until('the gateway', async () => (await fetch(`http://127.0.0.1:${gatewayPort}/`)).ok);
    report(`${this.#ceph('--version').trim()}: ${this.#ceph('osd', 'stat').trim()}`);
  }

  addUser(name: string): CephUser {
    const text = this.#run('radosgw-admin', [
      '-n',
      'client.rgw',
      'user',
      'create',
      `--uid=${name}`,
      `--display-name=${name}`,
    ]);
    const { keys } = JSON.parse(text.slice(text.indexOf('{'))) as {
      keys: { access_key: string; secret_key: string }[];
    };
    const [key] = keys;
    assert.ok(key !== undefined, 'the gateway gives a new user a key');
    return { name, accessKeyId: key.access_key, secretAccessKey: key.secret_key };
  }

  /** For a test that ends it. */
  storagePid(id: number): number {
    const pid = this.#daemons.get(`osd${id}`)?.pid;
    assert.ok(pid !== undefined, `storage daemon ${id} runs`);
    return pid;
  }

  storageUp(): string {
    return this.#ceph('osd', 'stat').trim();
  }

  async stop(): Promise<void> {
    const ended = [...this.#daemons.values()].map((daemon) => {
      if (daemon.exitCode !== null || daemon.signalCode !== null) return undefined;
      return new Promise((resolve) => {
        daemon.once('exit', resolve);
        daemon.kill('SIGKILL');
      });
    });
    await Promise.all(ended);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #startStorage(id: number): void {
    const uuid = randomUUID();
    mkdirSync(join(this.#folder, `osd${id}`));
    this.#ceph('osd', 'new', uuid, String(id));
    this.#ceph('osd', 'crush', 'add', `osd.${id}`, '1.0', 'root=default', 'host=here');
    this.#run('ceph-osd', ['-i', String(id), '--mkfs', '--osd-uuid', uuid]);
    this.#spawn(`osd${id}`, 'ceph-osd', ['-i', String(id), '-f']);
  }

  #ceph(...args: string[]): string {
    return this.#run('ceph', ['--connect-timeout', '5', ...args]);
  }

  #run(program: string, args: readonly string[]): string {
    return execFileSync(program, ['-c', join(this.#folder, 'ceph.conf'), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', openSync(join(this.#folder, 'log', 'commands'), 'a')],
      timeout: 60_000,
    });
  }

  #spawn(name: string, program: string, args: readonly string[]): void {
    const out = openSync(join(this.#folder, 'log', `${name}.out`), 'a');
    const user = ['--setuser', 'root', '--setgroup', 'root'];
    const daemon = spawn(program, ['-c', join(this.#folder, 'ceph.conf'), ...user, ...args], {
      stdio: ['ignore', out, out],
    });
    this.#daemons.set(name, daemon);
  }

  async #until(what: string, isUp: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + upWithinMs;
    for (;;) {
      try {
        if (await isUp()) return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
      const dead = [...this.#daemons].find(([, { exitCode }]) => exitCode !== null);
      if (dead !== undefined) assert.fail(`${dead[0]} ended: ${this.#lastWords(dead[0])}`);
      assert.ok(Date.now() < deadline, `${what} is up within ${upWithinMs / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  #lastWords(name: string): string {
    return readFileSync(join(this.#folder, 'log', `${name}.out`), 'utf8').slice(-2000);
  }
}

/** Two copies of everything, one is enough to go on; a daemon that ends is noticed at once. No login between the daemons. */
function configuration(folder: string, fsid: string, monitorPort: number, gatewayPort: number): string {
  return `[global]
fsid = ${fsid}
mon_host = 127.0.0.1:${monitorPort}
mon_initial_members = a
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr2 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
auth_allow_insecure_global_id_reclaim = false
run_dir = ${folder}/run
admin_socket = ${folder}/run/$name.asok
pid_file = ${folder}/run/$name.pid
log_file = ${folder}/log/$name.log
crash_dir = ${folder}/run
mon_data = ${folder}/mon/a
mgr_data = ${folder}/mgr/$id
osd_data = ${folder}/osd$id
osd_objectstore = bluestore
osd_class_update_on_start = false
osd_crush_update_on_start = false
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 2
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_heartbeat_grace = 6
osd_memory_target = ${gigabyte}
bluestore_block_size = ${4 * gigabyte}
bluestore_cache_autotune = false
bluestore_cache_size = ${gigabyte / 16}
mon_osd_min_down_reporters = 1
mon_max_pg_per_osd = 1000
mon_data_avail_warn = 1
mon_data_avail_crit = 1
mgr_initial_modules =
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:${gatewayPort}
rgw_data = ${folder}/rgw
rgw_enable_apis = s3, admin
rgw_thread_pool_size = 32
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(address !== null && typeof address === 'object', 'the system gives a port');
  return address.port;
}
