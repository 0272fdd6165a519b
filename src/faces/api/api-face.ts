import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Unlocked } from '#accounts/proofs.ts';
import type { WebSession } from '#accounts/web-sessions.ts';
import { isFault } from '#base/fault.ts';
import { admit } from './admit.ts';
import { type Endpoint, personalBase } from './endpoint.ts';
import { accountEndpoints } from './endpoints/account.ts';
import { addTickets, contentEndpoints } from './endpoints/content.ts';
import { escrowEndpoints } from './endpoints/escrow.ts';
import { eventEndpoints } from './endpoints/events.ts';
import { fileEndpoints } from './endpoints/files.ts';
import { historyEndpoints } from './endpoints/history.ts';
import { incidentEndpoints } from './endpoints/incidents.ts';
import { invitationEndpoints } from './endpoints/invitations.ts';
import { kitEndpoints } from './endpoints/kit.ts';
import { linkEndpoints } from './endpoints/links.ts';
import { lostDeviceEndpoints } from './endpoints/lost-device.ts';
import { operatorEndpoints } from './endpoints/operator.ts';
import { deskEndpoints } from './endpoints/operator-desk.ts';
import { passkeyEndpoints } from './endpoints/passkeys.ts';
import { photoEndpoints } from './endpoints/photos.ts';
import { addReceiving, receivedEndpoints } from './endpoints/received.ts';
import { safeEndpoints } from './endpoints/safe.ts';
import { addSharedContent, sharedEndpoints } from './endpoints/shared.ts';
import { signInEndpoints } from './endpoints/sign-in.ts';
import { timeEndpoints } from './endpoints/time.ts';
import { describeApi } from './openapi.ts';
import type { ApiParts } from './parts.ts';
import { ApiProblem, faultProblem, notFound } from './problem.ts';
import { addUploads } from './uploads.ts';

export const endpoints: readonly Endpoint[] = [
  ...signInEndpoints,
  ...accountEndpoints,
  ...kitEndpoints,
  ...fileEndpoints,
  ...contentEndpoints,
  ...historyEndpoints,
  ...eventEndpoints,
  ...passkeyEndpoints,
  ...escrowEndpoints,
  ...lostDeviceEndpoints,
  ...invitationEndpoints,
  ...incidentEndpoints,
  ...deskEndpoints,
  ...linkEndpoints,
  ...sharedEndpoints,
  ...safeEndpoints,
  ...operatorEndpoints,
  ...photoEndpoints,
  ...timeEndpoints,
  ...receivedEndpoints,
];

const maxTargetLength = 1000;
const maxBodyBytes: number = 1024 * 1024;

/** Serves `/api/…`: JSON in, JSON out, problems as RFC 9457. */
export function apiFace(app: FastifyInstance, parts: ApiParts): void {
  const callers = new WeakMap<FastifyRequest, Unlocked>();
  void app.register(
    async (scope) => {
      scope.addHook('onResponse', (request, reply, next) => {
        noteAccess(parts, callers.get(request), request, reply);
        next();
      });
      scope.setErrorHandler((error: FastifyError, request, reply) => sendProblem(error, request, reply));
      scope.setNotFoundHandler((request, reply) => sendProblem(notFound(), request, reply));
      for (const endpoint of endpoints) {
        scope.route({
          method: endpoint.method,
          url: endpoint.who === 'anyone' ? endpoint.path : `${personalBase}${endpoint.path}`,
          bodyLimit: maxBodyBytes,
          handler: (request, reply) => serve(parts, callers, endpoint, request, reply),
        });
      }
      addTickets(scope, parts);
      addUploads(scope, parts, callers);
      addSharedContent(scope, parts);
      addReceiving(scope, parts);
      scope.get('/openapi.json', async () => describeApi(endpoints, parts.version));
    },
    { prefix: '/api' },
  );
}

/** What an owner finds in their trace: every access, and every attempt that is known to be at their account. */
function noteAccess(parts: ApiParts, caller: Unlocked | undefined, request: FastifyRequest, reply: FastifyReply): void {
  const { kind } = request.params as { readonly kind?: string };
  const vault =
    caller === undefined
      ? undefined
      : parts.instance.view.vaultsOf(caller.account.id).find((each) => each.kind === (kind ?? 'files'))?.id;
  parts.trace({
    account: caller?.account.id,
    credential: caller?.credential.id,
    action: request.method,
    target: request.url.slice(0, maxTargetLength),
    vault,
    node: undefined,
    status: reply.statusCode,
    address: request.ip,
  });
}

async function serve(
  parts: ApiParts,
  callers: WeakMap<FastifyRequest, Unlocked>,
  endpoint: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  // Nothing personal stays in a cache, whatever the answer is.
  reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
  const session = endpoint.who === 'anyone' ? undefined : admit(parts, endpoint.who, request);
  if (session !== undefined) callers.set(request, session.unlocked);
  const params = request.params as Readonly<Record<string, string>>;
  const call = {
    parts,
    request,
    reply,
    params,
    query: checked(endpoint.query, request.query, 'query'),
    body: checked(endpoint.body, request.body, 'body'),
    // Only endpoints for everybody are called without one, and those do not look at it.
    session: session as WebSession,
  };
  // Compared once more, by the application: an answer for somebody else is not shown.
  if (session !== undefined) reply.header('coffre-account', session.unlocked.account.tag);
  const answer = await endpoint.run(call);
  if (reply.sent) return reply;
  return answer === undefined ? reply.code(204).send() : reply.send(answer);
}

function checked(schema: Endpoint['query'], value: unknown, where: string): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? where : `${where}: ${issue.path.join('.')}`;
  throw new ApiProblem(400, 'bad-request', `${place}: ${issue?.message ?? 'not valid'}. Nothing was changed.`);
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error);
  if (problem === undefined) throw error;
  for (const [name, value] of Object.entries(problem.headers)) reply.header(name, value);
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .header('content-type', 'application/problem+json')
    .send(
      JSON.stringify({ status: problem.status, code: problem.code, detail: problem.message, instance: request.id }),
    );
}

/** Undefined for a mistake of the program. */
function problemOf(error: unknown): ApiProblem | undefined {
  if (error instanceof ApiProblem) return error;
  if (isFault(error)) return faultProblem(error);
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status < 400 || status >= 500) return undefined;
  return new ApiProblem(status, 'bad-request', `${(error as Error).message}. Nothing was changed.`);
}
