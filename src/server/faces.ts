import { totalmem } from 'node:os';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import type { LinkVisits } from '../accounts/link-visits.ts';
import type { Session, Sessions } from '../accounts/sessions.ts';
import type { Throttle } from '../accounts/throttle.ts';
import type { WebSessions } from '../accounts/web-sessions.ts';
import { apiFace } from '../faces/api/api-face.ts';
import { Challenges } from '../faces/api/challenges.ts';
import type { FileTicket } from '../faces/api/endpoints/content.ts';
import type { SharedTicket } from '../faces/api/endpoints/shared.ts';
import type { OperatorDesk } from '../faces/api/parts.ts';
import { Receiving } from '../faces/api/receiving.ts';
import { Tickets } from '../faces/api/tickets.ts';
import { Gate } from '../faces/content/gate.ts';
import { Leaving } from '../faces/content/leaving.ts';
import { type DavAccess, type DavPrincipal, davFace, type OpenedForDav } from '../faces/dav/dav-face.ts';
import { deferContinue } from '../faces/dav/expectation.ts';
import { trustFace } from '../faces/web/trust-face.ts';
import { webFace } from '../faces/web/web-face.ts';
import { pieceSizeBytes } from '../format/frame.ts';
import { vaultKinds } from '../format/instance-operations.ts';
import type { Trace } from '../rights/trace.ts';
import { maintenanceText } from '../store/journal/write-gate.ts';
import { parseBasic } from './basic-auth.ts';
import { isLoopback } from './config.ts';
import type { CopyControl } from './control-copies.ts';
import { copiesPart } from './copies-part.ts';
import type { Core } from './core.ts';
import type { Health, HealthProblem } from './health.ts';
import { incidentRows } from './incident-alarm.ts';
import type { KeyChanges } from './key-changes.ts';
import type { Metrics } from './metrics.ts';
import { withoutOlderListings } from './older-listings.ts';
import type { OwnerErrands } from './owner-errands.ts';
import { ownerLosses } from './owner-losses.ts';
import { programVersion } from './program-version.ts';
import { realClock, realRandomness } from './real-world.ts';
import { StoredBytes } from './stored-bytes.ts';
import { ownRoot } from './tls-files.ts';
import { readWebFiles } from './web-files.ts';

export interface FaceParts {
  readonly core: Core;
  readonly sessions: Sessions;
  readonly trace: Trace;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly webSessions: WebSessions;
  readonly links: LinkVisits;
  readonly throttle: Throttle;
  readonly keys: KeyChanges;
  readonly copies: CopyControl;
  readonly errands: Pick<OwnerErrands, 'bringsBack'>;
  /** Of the link that the start prints while nobody has an account. */
  readonly firstRunToken: string;
  readonly operatorDesk: OperatorDesk;
}

/** Content on its way in and out, over all faces and connections. */
interface Flow {
  readonly arriving: Gate;
  readonly leaving: Leaving;
}

const arrivingBytes: number = 96 * 1024 * 1024;
const leavingBytes: number = 128 * 1024 * 1024;

export function addFaces(app: FastifyInstance, parts: FaceParts): void {
  answerMistakes(app);
  deferContinue(app.server, (target) => target.startsWith('/dav/'));
  addMeasures(app, parts.metrics);
  addOperations(app, parts);
  const flow = { arriving: new Gate(arrivingBytes), leaving: new Leaving(leavingBytes, realClock) };
  addDav(app, parts, flow);
  addApi(app, parts, flow);
  trustFace(app, { authority: () => ownRoot(parts.core.places.dataFolder) });
  webFace(app, {
    files: readWebFiles(),
    styleNonce: () => Buffer.from(realRandomness.bytes(16)).toString('base64url'),
  });
}

/** A mistake of the program itself: the log has it whole, the answer says only what matters to the person. */
function answerMistakes(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 500;
    if (status === 500) request.log.error({ err: error }, 'a request met a mistake of the program');
    const message =
      status === 500
        ? 'The server made a mistake. What was acknowledged before is safe; this was not done. Its log says more.'
        : error.message;
    return reply.code(status).header('content-type', 'text/plain; charset=utf-8').send(`${message}\n`);
  });
}

/** Not personal: whether the server lives and takes writes, and what it counts. */
function addOperations(app: FastifyInstance, { core, metrics, health }: FaceParts): void {
  app.get('/health', async (_request, reply) => {
    const problem = (await health.problem()) ?? (await readOnlyProblem(core));
    return problem === undefined ? { status: 'ok' } : reply.code(503).send({ status: 'failing', ...problem });
  });
  app.get('/metrics', async (request, reply) => {
    // A reverse proxy on this machine is a loopback peer too: what came through one is not answered.
    const isLocal = isLoopback(request.socket.remoteAddress ?? '') && request.headers['x-forwarded-for'] === undefined;
    if (!isLocal) return reply.code(404).send();
    return reply.header('content-type', metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

async function readOnlyProblem(core: Core): Promise<HealthProblem | undefined> {
  const { everything, maintenance } = await core.gate.status();
  const message = maintenance === undefined ? everything : maintenanceText(maintenance);
  return message === undefined ? undefined : { reason: 'read-only', message };
}

function addMeasures(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', (request, reply, next) => {
    const { method } = request;
    const face = request.routeOptions.url?.split('/', 2)[1] ?? 'none';
    metrics.requests.inc({ face, method, status: String(reply.statusCode) });
    metrics.seconds.observe({ face, method }, reply.elapsedTime / 1000);
    request.log.debug({ method, face, status: reply.statusCode, ms: Math.round(reply.elapsedTime) });
    next();
  });
}

/** Each may hold a piece: at most an eighth of the machine's memory. */
const mostUploads: number = Math.max(64, Math.floor(totalmem() / 8 / pieceSizeBytes));

interface Principal extends DavPrincipal {
  readonly session: Session;
}

function addDav(app: FastifyInstance, parts: FaceParts, flow: Flow): void {
  const { core, sessions, trace } = parts;
  davFace<Principal>(app, {
    ...flow,
    clock: realClock,
    mostUploads,
    authenticate: async (request) => authenticate(sessions, request),
    open: async ({ session }, user, vault) => openForDav(parts, session, user, vault),
    vaultNames: ({ session }) =>
      [...session.unlocked.vaults.keys()].flatMap((id) => core.instance.view.vault(id)?.kind ?? []),
    trace: (access) => noteAccess(trace, access),
  });
}

function authenticate(sessions: Sessions, request: FastifyRequest): Principal | 'unauthenticated' | 'throttled' {
  const basic = parseBasic(request.headers.authorization);
  if (basic === undefined) return 'unauthenticated';
  const session = sessions.withAppPassword(basic.name, basic.password, request.ip);
  if (session === 'unauthenticated') return session;
  if ('waitMs' in session) return 'throttled';
  return { credential: session.unlocked.credential.id, user: session.unlocked.account.name, session };
}

function openForDav(
  { core, errands }: FaceParts,
  session: Session,
  user: string,
  vault: string,
): OpenedForDav | undefined {
  const kind = vaultKinds.find((each) => each === vault);
  if (kind === undefined || user !== session.unlocked.account.name) return undefined;
  const files = core.files(session.unlocked, kind);
  if (files === undefined) return undefined;
  return {
    files: withoutOlderListings(files, core.gate, () => errands.bringsBack(session.unlocked, kind, files)),
    credential: session.unlocked.credential.id,
  };
}

function noteAccess(trace: Trace, access: DavAccess<Principal>): void {
  trace.note(access.vault, {
    timeMs: realClock.nowMs(),
    account: access.principal?.session.unlocked.account.id,
    credential: access.principal?.credential,
    action: access.action,
    node: access.node,
    outcome: String(access.status),
    address: access.address,
    path: access.target,
  });
}

function addApi(app: FastifyInstance, parts: FaceParts, flow: Flow): void {
  const { core, webSessions, links, throttle, keys, copies, trace, firstRunToken, operatorDesk } = parts;
  const stored = new StoredBytes(core.journal, () => realClock.nowMs());
  const onStop = new Set<() => void>();
  app.addHook('preClose', async () => {
    for (const each of onStop) each();
  });
  apiFace(app, {
    ...flow,
    tickets: new Tickets<FileTicket>(realClock, realRandomness),
    onChanged: (listener) => core.onChanged(listener),
    onStop: (listener) => {
      onStop.add(listener);
      return () => onStop.delete(listener);
    },
    instance: core.instance,
    sessions: webSessions,
    links,
    receiving: new Receiving(realClock, realRandomness),
    deposits: { journal: core.journal, chunks: core.chunks, clock: realClock, random: realRandomness },
    storedBytes: (vault) => stored.of(vault),
    received: (vault) => core.received(vault),
    sharedTickets: new Tickets<SharedTicket>(realClock, realRandomness),
    throttle,
    challenges: new Challenges(realClock, realRandomness),
    clock: realClock,
    random: realRandomness,
    version: programVersion(),
    firstRunToken: () => (core.instance.view.accounts().length === 0 ? firstRunToken : undefined),
    files: (unlocked, vault) => core.files(unlocked, vault),
    losses: (unlocked, kind) => ownerLosses(core, unlocked, kind),
    inTurn: (work) => keys.inTurn(work),
    withNewKeys: (unlocked, vaults, change) => keys.inTurn(() => keys.withNewEpochs(unlocked, vaults, change)),
    copies: copiesPart(copies),
    isReadOnly: async () => (await readOnlyProblem(core)) !== undefined,
    incidents: () => incidentRows(core),
    operator: operatorDesk,
    maintenance: async () => (await core.gate.status()).maintenance ?? null,
    trace: ({ account, credential, action, node, status, address, target, vault }) =>
      trace.note(vault, {
        timeMs: realClock.nowMs(),
        account,
        credential,
        action,
        node,
        outcome: String(status),
        address,
        path: target,
      }),
  });
}
