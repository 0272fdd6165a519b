import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Throttle } from '#accounts/throttle.ts';
import { makeControl } from '#server/control.ts';
import type { ControlAnswer } from '#server/control-calls.ts';
import { openLocalCore } from '#server/core.ts';
import { placesOf } from '#server/data-folder.ts';
import { realClock } from '#server/real-world.ts';
import { freePort, type Started, start, untilReady } from './processes.ts';

export interface Running {
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly pid: number;
  /** From the start of the process to its first answer. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

export interface Server {
  readonly name: string;
  /** Why it cannot be measured here; undefined when it can. */
  readonly missing: string | undefined;
  readonly canList: boolean;
  /** In a fresh folder, on a free port of this machine. */
  start(folder: string): Promise<Running>;
}

const root = join(import.meta.dirname, '..');
const modules = '/usr/lib';

function missingPrograms(names: readonly string[], packages: string): string | undefined {
  return names.every((name) => existsSync(name)) ? undefined : `not installed (apt install ${packages})`;
}

async function running(url: string, log: string, started: Started, path = ''): Promise<Running> {
  try {
    const readyMs = await untilReady(`${url}${path}`, log);
    return { url, pid: started.pid, readyMs, stop: () => started.stop() };
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/** What a program must say about itself to serve a folder without any account. Peers neither encrypt nor fsync. */
const rclone: Server = {
  name: 'rclone',
  missing: missingPrograms(['/usr/bin/rclone'], 'rclone'),
  canList: true,
  start: async (folder) => {
    const port = await freePort();
    const files = join(folder, 'files');
    mkdirSync(files);
    const log = join(folder, 'log');
    // An empty configuration: nothing of whoever runs this takes part.
    const args = ['serve', 'webdav', files, '--addr', `127.0.0.1:${port}`, '--config', join(folder, 'none.conf')];
    return running(`http://127.0.0.1:${port}/`, log, start('/usr/bin/rclone', args, log));
  },
};

const isRoot: boolean = process.getuid?.() === 0;

/** Apache and nginx refuse to work as root; then files belong to this user. */
function worker(): { readonly name: string; readonly uid: number; readonly gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'www-data'], { encoding: 'utf8' }));
  return { name: 'www-data', uid: id('-u'), gid: id('-g') };
}

function workerFolder(folder: string): string {
  const files = join(folder, 'files');
  mkdirSync(files);
  if (isRoot) {
    const { uid, gid } = worker();
    chownSync(folder, uid, gid);
    chownSync(files, uid, gid);
    chmodSync(join(folder, '..'), 0o755);
  }
  return files;
}

const apacheModules = ['mpm_event', 'authz_core', 'dav', 'dav_fs'];

const apache: Server = {
  name: 'apache mod_dav',
  missing: missingPrograms(['/usr/sbin/apache2', `${modules}/apache2/modules/mod_dav.so`], 'apache2-bin'),
  canList: true,
  start: async (folder) => {
    const port = await freePort();
    const files = workerFolder(folder);
    const log = join(folder, 'log');
    const config = join(folder, 'apache.conf');
    const user = isRoot ? `User ${worker().name}\nGroup ${worker().name}\n` : '';
    writeFileSync(
      config,
      `ServerRoot ${folder}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
${user}${apacheModules.map((name) => `LoadModule ${name}_module ${modules}/apache2/modules/mod_${name}.so`).join('\n')}
DocumentRoot ${files}
DavLockDB ${folder}/locks
LimitRequestBody 0
KeepAlive On
MaxKeepAliveRequests 0
<Directory ${files}>
  Dav On
  DavDepthInfinity On
  Require all granted
</Directory>
`,
    );
    const started = start('/usr/sbin/apache2', ['-f', config, '-D', 'FOREGROUND'], log);
    return running(`http://127.0.0.1:${port}/`, log, started);
  },
};

const nginxList = `${modules}/nginx/modules/ngx_http_dav_ext_module.so`;

const nginx: Server = {
  name: 'nginx dav',
  missing: missingPrograms(['/usr/sbin/nginx'], 'nginx-light libnginx-mod-http-dav-ext'),
  canList: existsSync(nginxList),
  start: async (folder) => {
    const port = await freePort();
    const files = workerFolder(folder);
    const log = join(folder, 'log');
    const config = join(folder, 'nginx.conf');
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    writeFileSync(
      config,
      `${existsSync(nginxList) ? `load_module ${nginxList};` : ''}
daemon off;
pid ${folder}/pid;
error_log ${folder}/error.log;
${isRoot ? `user ${worker().name};` : ''}
worker_processes auto;
events {}
http {
  access_log off;
  sendfile on;
  client_max_body_size 0;
  ${temporary.join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    root ${files};
    dav_methods PUT DELETE MKCOL COPY MOVE;
    ${existsSync(nginxList) ? 'dav_ext_methods PROPFIND OPTIONS;' : ''}
    keepalive_requests 1000000;
  }
}
`,
    );
    return running(`http://127.0.0.1:${port}/`, log, start('/usr/sbin/nginx', ['-p', folder, '-c', config], log));
  },
};

const name = 'bench';
export const ownPassword = 'a password that only measures';

function value(answer: ControlAnswer): Readonly<Record<string, unknown>> {
  if (answer.kind !== 'done') throw new Error(`the command line refused: ${JSON.stringify(answer)}`);
  return answer.value as Readonly<Record<string, unknown>>;
}

/** Accounts with an app password each, made before the server starts. @returns the app passwords. */
export async function makeAccounts(data: string, names: readonly string[]): Promise<readonly string[]> {
  const core = await openLocalCore(placesOf(data));
  try {
    const control = makeControl({ core, throttle: new Throttle(realClock), sessions: undefined });
    const passwords: string[] = [];
    for (const name of names) {
      value(await control.run({ command: 'account.create', args: { name, password: ownPassword } }));
      const { ticket } = value(await control.run({ command: 'unlock', args: { name, password: ownPassword } }));
      const made = value(await control.run({ command: 'app-password.create', args: { ticket, label: 'bench' } }));
      passwords.push(String(made['appPassword']));
    }
    return passwords;
  } finally {
    await core.close();
  }
}

export interface Coffre extends Server {
  /** In a folder where `start` was before, or with other variables in its environment. */
  again(folder: string, environment?: Readonly<Record<string, string>>): Promise<Running>;
}

export const coffre: Coffre = {
  name: 'coffre',
  missing: undefined,
  canList: true,
  start: async (folder) => {
    const [password = ''] = await makeAccounts(join(folder, 'data'), [name]);
    return { ...(await coffre.again(folder)), user: name, password };
  },
  again: async (folder, environment = {}) => {
    const port = await freePort();
    const log = join(folder, 'log');
    const args = [join(root, 'bin', 'coffre.mjs'), 'serve', '--data', join(folder, 'data'), '--port', String(port)];
    const started = start(process.execPath, args, log, { ...process.env, COFFRE_LOG_LEVEL: 'warn', ...environment });
    const origin = `http://127.0.0.1:${port}`;
    const ready = await running(origin, log, started, '/health');
    return { ...ready, url: `${origin}/dav/${name}/files/` };
  },
};

export const servers: readonly Server[] = [coffre, rclone, apache, nginx];
