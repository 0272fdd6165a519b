import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { destination, type Logger, pino } from 'pino';
import { LinkVisits } from '../accounts/link-visits.ts';
import { Sessions } from '../accounts/sessions.ts';
import { Throttle } from '../accounts/throttle.ts';
import { WebSessions } from '../accounts/web-sessions.ts';
import { toHex } from '../base/bytes.ts';
import { Fault, isFault } from '../base/fault.ts';
import { KeptLines } from '../copies/kept-lines.ts';
import { CourteousPace } from '../copies/pace.ts';
import type { ProofSettings } from '../copies/proof-status.ts';
import { Results } from '../copies/results.ts';
import { RollingVerify } from '../copies/rolling-verify.ts';
import type { Incidents } from '../rights/incidents.ts';
import type { Trace } from '../rights/trace.ts';
import type { GateStatus } from '../store/journal/write-gate.ts';
import type { MassDeletionNotice } from '../vault/files/removal-count.ts';
import { type Config, readConfig, type ServeOptions } from './config.ts';
import { makeControl } from './control.ts';
import { CopyControl } from './control-copies.ts';
import { type ControlSocket, serveControl } from './control-socket.ts';
import { Tickets } from './control-tickets.ts';
import { CopyWatch } from './copy-watch.ts';
import { placesOf } from './data-folder.ts';
import { addFaces } from './faces.ts';
import { GateWatch, gateLines } from './gate-watch.ts';
import { Health } from './health.ts';
import { makeHttp } from './http.ts';
import { makeIncidents } from './incident-alarm.ts';
import { KeyChanges } from './key-changes.ts';
import { makeTrace } from './make-trace.ts';
import { type Metrics, makeMetrics } from './metrics.ts';
import { DeletionList, makeOperatorDesk } from './operator-desk.ts';
import { OwnerErrands } from './owner-errands.ts';
import { realClock, realElapsedMs, realRandomness, realSleep } from './real-world.ts';
import { RequestCount } from './request-count.ts';
import { RunningTime } from './running-time.ts';
import { openThreadedCore, type ThreadedCore, type ThreadedOptions } from './threaded-core.ts';

const traceFlushMs = 1000;
const tidyMs = 60_000;
const verifyMs = 60_000;
const stopWithinMs = 10_000;
const dayMs: number = 24 * 60 * 60_000;
/** After a failed fsync: time for the message. */
const failWithinMs = 200;

interface RunningServer {
  readonly url: string;
  readonly core: ThreadedCore;
  readonly app: FastifyInstance;
  readonly gateStatus: GateStatus;
  readonly firstRunToken: string;
  stop(): Promise<void>;
}

/** Runs the server until it is told to stop. @throws Fault when it cannot start, or `sync-failed` when it had to stop. */
export async function serve(options: ServeOptions): Promise<void> {
  const config = await readConfig(options, process.env);
  let tellStop: (why: Fault | undefined) => void = () => undefined;
  const stopped = new Promise<Fault | undefined>((resolve) => {
    tellStop = resolve;
  });
  const log = pino({ level: config.logLevel, base: null }, destination({ dest: 2, sync: true }));
  const server = await startServer(config, log, (why) => tellStop(new Fault('sync-failed', why)));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => tellStop(undefined));
  process.stdout.write(greeting(config, server));
  const why = await stopped;
  // What cannot be stopped in time is cut off: nothing of it was acknowledged.
  const cut = setTimeout(() => process.exit(), why === undefined ? stopWithinMs : failWithinMs);
  cut.unref();
  if (why !== undefined) {
    // The disk does not keep its word: not one more answer, and nothing more is written. The other threads are not asked.
    process.exitCode = 1;
    log.fatal({ code: why.code }, why.message);
    server.app.server.close();
    server.app.server.closeAllConnections();
    throw why;
  }
  await server.stop();
  clearTimeout(cut);
}

function announceDeletions(metrics: Metrics, log: Logger, list: DeletionList): (notice: MassDeletionNotice) => void {
  return (notice) => {
    metrics.massDeletions.inc();
    list.note(notice);
    log.warn(
      notice,
      'a credential took away many files within an hour; all of it is kept, and the owner can take it back',
    );
  };
}

/** Who hears of an alarm, from when there is somebody. */
interface Told {
  watch?: GateWatch;
  health?: Health;
  incidents?: Incidents;
  errands?: OwnerErrands;
}

function makeAlarms(metrics: Metrics, log: Logger, told: Told): ThreadedOptions['alarms'] {
  return {
    onCopierEnded: (what) => {
      log.error({ err: what }, 'copies are not followed any more: a mistake of the program; restart the server');
    },
    onMediaFailure: (why) => {
      log.warn({ err: why }, 'photos were stored, but not looked into; it is tried again with the next one');
    },
    onMismatch: (wanted, got) => {
      metrics.mismatches.inc();
      log.error({ incident: 'stamp-mismatch', wanted, got }, 'an answer was made for somebody else and was held back');
      told.incidents?.note({ kind: 'stamp-mismatch', accounts: [wanted.account, got.account], address: '' });
    },
    onFault: async (vault, fault) => {
      told.health?.met(fault);
      if (!isFault(fault, 'damaged') && !isFault(fault, 'missing')) return;
      metrics.damaged.inc();
      log.error({ vault, code: fault.code }, fault.message);
      if (fault.code === 'missing') await told.watch?.missing();
    },
  };
}

async function startServer(config: Config, log: Logger, onStop: (why: string) => void): Promise<RunningServer> {
  const places = placesOf(config.data, config.keyFile);
  const metrics = makeMetrics();
  const requests = new RequestCount();
  const told: Told = {};
  const deletions = new DeletionList();
  const core = await openThreadedCore(places, {
    onStop,
    copying: {
      bytesPerSecond: config.copyBandwidth,
      requests: requests.shared,
      ...config.proof,
    },
    alarms: makeAlarms(metrics, log, told),
    onMassDeletion: announceDeletions(metrics, log, deletions),
    onOpened: (unlocked, kind, files) => told.errands?.opened(unlocked, kind, files),
  });
  let control: ControlSocket | undefined;
  try {
    const errands = makeErrands(core, config, log, onStop);
    told.errands = errands;
    const health = new Health(core.disk, realClock);
    const gateWatch = new GateWatch(core.gate, metrics, log);
    Object.assign(told, { health, watch: gateWatch });
    const gateStatus = await gateWatch.look();
    const trace = makeTrace(core, config.traceDays);
    const desk = makeIncidents(core, trace, metrics, log);
    told.incidents = desk;
    const proofs = await makeProofs(core, desk);
    const firstRunToken = toHex(realRandomness.bytes(16));
    const copies = new CopyControl(core, config.proof);
    const commands = makeControl({ core, ...proofs, copies });
    const operatorDesk = makeOperatorDesk(core, { control: commands, deletions, webSessions: proofs.webSessions });
    const socket = await serveControl(places.dataFolder, commands);
    control = socket;
    const app = makeHttp(config, log);
    requests.watch(app);
    addFaces(app, { core, ...proofs, trace, metrics, health, copies, errands, firstRunToken, operatorDesk });
    await listen(app, config);
    const running = await RunningTime.begin(core.journal, realElapsedMs);
    const copyWatch = new CopyWatch(core, metrics, log, config.proof);
    const watching = { watch: gateWatch, copyWatch, verify: rollingVerify(core, config.proof, requests), running };
    const timers = startTimers({ core, ...proofs, trace, metrics, log, ...watching, onStop });
    return {
      url: urlOf(app, config),
      core,
      app,
      gateStatus,
      firstRunToken,
      stop: async () => {
        for (const timer of timers) clearInterval(timer);
        errands.stop();
        await socket.close();
        app.server.closeIdleConnections();
        await app.close();
        await Promise.all([trace.flush(), running.note()]);
        await core.close();
      },
    };
  } catch (error) {
    // Whatever goes on would keep a program alive that does not serve.
    await control?.close();
    await core.close();
    throw error;
  }
}

/** What remembers that somebody proved who they are; all of it forgets when keys change. */
interface Proofs {
  readonly throttle: Throttle;
  readonly sessions: Sessions;
  readonly webSessions: WebSessions;
  readonly links: LinkVisits;
  readonly tickets: Tickets;
  readonly keys: KeyChanges;
}

async function makeProofs(core: ThreadedCore, desk: Incidents): Promise<Proofs> {
  const { instance } = core;
  const throttle = new Throttle(realClock);
  const webSessions = await WebSessions.open(instance, (incident) => desk.note(incident));
  const links = new LinkVisits(instance, throttle);
  const keys = new KeyChanges(core);
  keys.onChange((account) => webSessions.forget(account));
  keys.onChange((account) => links.forget(account));
  const sessions = new Sessions(instance, throttle);
  return { throttle, sessions, webSessions, links, tickets: new Tickets(realClock), keys };
}

function makeErrands(core: ThreadedCore, config: Config, log: Logger, onStop: (why: string) => void): OwnerErrands {
  const sweepEveryMs = config.sweepDays === 0 ? undefined : config.sweepDays * dayMs;
  return new OwnerErrands({ core, log, sweepEveryMs, onStop });
}

async function listen(app: FastifyInstance, config: Config): Promise<void> {
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (cause) {
    throw new Fault(
      'bad-config',
      `Cannot listen on ${config.host} port ${config.port}: ${(cause as NodeJS.ErrnoException).code}. Choose another with --port.`,
      { cause },
    );
  }
}

interface Background extends Pick<Proofs, 'sessions' | 'tickets' | 'webSessions' | 'links'> {
  readonly core: ThreadedCore;
  readonly trace: Trace;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly watch: GateWatch;
  readonly copyWatch: CopyWatch;
  readonly verify: RollingVerify;
  readonly running: RunningTime;
  readonly onStop: (why: string) => void;
}

function startTimers({
  core,
  sessions,
  tickets,
  webSessions,
  links,
  trace,
  metrics,
  log,
  watch,
  copyWatch,
  verify,
  running,
  onStop,
}: Background): readonly NodeJS.Timeout[] {
  const report = (error: unknown): void => {
    if (isFault(error, 'sync-failed')) onStop(error.message);
    else log.error({ err: error }, 'a background task failed; it is tried again');
  };
  const flush = setInterval(() => void trace.flush().catch(report), traceFlushMs);
  const tidy = setInterval(() => {
    metrics.traceLost.set(trace.lost);
    sessions.forgetIdle();
    tickets.forgetIdle();
    links.forgetIdle();
    const dropping = core.readOnly === undefined ? dropOld(trace, core) : undefined;
    const tasks = [core.tidy(), dropping, watch.look(), copyWatch.look(), webSessions.tidy(), running.note()];
    Promise.all(tasks).catch(report);
  }, tidyMs);
  const verifying = setInterval(() => {
    if (core.readOnly === undefined) void verify.step().catch(report);
  }, verifyMs);
  return [flush, tidy, verifying];
}

/** What is kept for so long and no longer: accesses, and what was lost, verified and drilled. */
async function dropOld(trace: Trace, { disk }: ThreadedCore): Promise<void> {
  await trace.dropOld();
  await new KeptLines(disk).dropOld(realClock.nowMs());
}

function rollingVerify(
  { journal, chunks, disk, putBack }: ThreadedCore,
  { verifyPeriodMs }: ProofSettings,
  requests: RequestCount,
): RollingVerify {
  const pace = new CourteousPace(() => requests.now, realElapsedMs, realSleep);
  return new RollingVerify({
    journal,
    chunks,
    disk,
    results: new Results(new KeptLines(disk)),
    clock: realClock,
    periodMs: verifyPeriodMs,
    repair: putBack,
    pace: () => pace.rest(),
  });
}

function urlOf(app: FastifyInstance, config: Config): string {
  const { port } = app.server.address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  return `${config.tls === undefined ? 'http' : 'https'}://${host === '127.0.0.1' ? 'localhost' : host}:${port}`;
}

function greeting(config: Config, server: RunningServer): string {
  const { core } = server;
  const lines = [
    `Coffre is listening on ${server.url}`,
    `  data          ${core.places.dataFolder}`,
    `  instance key  ${core.places.keyFile} (keep a copy apart from the data)`,
  ];
  const [someone] = core.instance.view.accounts();
  const data = config.data === './data' ? '' : ` --data ${config.data}`;
  if (someone === undefined)
    lines.push(
      '',
      'Nobody has an account yet. Open this link in a browser to make the first one:',
      `  ${server.url}/first-run#${server.firstRunToken}`,
    );
  else
    lines.push(
      `  WebDAV        ${server.url}/dav/${core.instance.view.accounts().length === 1 ? someone.name : 'NAME'}/files/`,
    );
  if (someone !== undefined && !core.instance.operatorKitProven)
    lines.push(
      '',
      'No operator kit was kept yet. If the instance key is lost, nobody can sign in:',
      `  npx coffre operator-kit create FILE${data}`,
    );
  if (someone !== undefined && core.instance.view.copies().length === 0)
    lines.push(
      '',
      'No copy yet: whatever happens to the data folder happens to everything. On another disk or far away:',
      `  npx coffre copy add PLACE${data}`,
    );
  for (const line of gateLines(server.gateStatus)) lines.push('', `READ-ONLY: ${line}`);
  return `${lines.join('\n')}\n`;
}
