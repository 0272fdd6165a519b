import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '#base/clock.ts';
import type { CredentialId, NodeId, VaultId } from '#base/ids.ts';
import type { FilesPort } from '#vault/files/port.ts';
import type { Answer } from '../content/answer.ts';
import type { Gate } from '../content/gate.ts';
import type { Leaving } from '../content/leaving.ts';
import { CutOff } from './body.ts';
import { allowedMethods, dispatch, methodNotAllowed, optionsAnswer, problemAnswer } from './dispatch.ts';
import { addDavMethods, send, takeBodiesAsTheyAre } from './fastify-parts.ts';
import { encodeSegment, mountAt, parseTarget } from './paths.ts';
import { DavProblem } from './problem.ts';
import { notFound } from './refusals.ts';
import { propfindTree } from './tree.ts';
import { UploadsAtOnce } from './uploads-at-once.ts';

/** Who signed in. */
export interface DavPrincipal {
  readonly credential: CredentialId;
  /** The name that stands in this person's addresses. */
  readonly user: string;
}

export interface OpenedForDav {
  readonly files: FilesPort;
  readonly credential: CredentialId;
}

/** One access or attempt. */
export interface DavAccess<Principal> {
  readonly principal: Principal | undefined;
  readonly action: string;
  /** As it was asked for, at most 1,000 characters of it. */
  readonly target: string;
  /** Undefined when no vault was reached. */
  readonly vault: VaultId | undefined;
  readonly node: NodeId | undefined;
  /** 499 when the client went away before there was an answer. */
  readonly status: number;
  readonly address: string;
}

export interface DavParts<Principal extends DavPrincipal> {
  authenticate(request: FastifyRequest): Promise<Principal | 'unauthenticated' | 'throttled'>;
  /** Undefined when the path's user is not the principal, or the credential does not hold such a vault: both look alike. */
  open(principal: Principal, user: string, vault: string): Promise<OpenedForDav | undefined>;
  /** Names of the vaults that the credential holds. */
  vaultNames(principal: Principal): readonly string[];
  trace(access: DavAccess<Principal>): void;
  readonly clock: Clock;
  /** Content on its way into vaults, over all faces. */
  readonly arriving: Gate;
  /** And out of them. */
  readonly leaving: Leaving;
  /** How many uploads may be on their way at once, over all people. */
  readonly mostUploads: number;
}

const treeMethods = 'OPTIONS, PROPFIND';
const clientWentAway = 499;

/** Serves `/dav/USER/VAULT/…`, and above it what a client needs to find its way. */
export function davFace<Principal extends DavPrincipal>(app: FastifyInstance, parts: DavParts<Principal>): void {
  const face = new DavFace(parts);
  addDavMethods(app);
  void app.register(async (scope) => {
    takeBodiesAsTheyAre(scope);
    for (const url of ['/dav', '/dav/*']) {
      scope.route({
        method: app.supportedMethods,
        url,
        exposeHeadRoute: false,
        handler: (request, reply) => face.serve(request, reply),
      });
    }
  });
}

class DavFace<Principal extends DavPrincipal> {
  readonly #parts: DavParts<Principal>;
  readonly #uploads: UploadsAtOnce;

  constructor(parts: DavParts<Principal>) {
    this.#parts = parts;
    this.#uploads = new UploadsAtOnce(parts.mostUploads);
  }

  async serve(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const attempt: Attempt<Principal> = { principal: undefined, vault: undefined };
    try {
      attempt.principal = await this.#authenticate(request);
      const answer = await this.#answer(request, reply, attempt, attempt.principal);
      this.#trace(request, attempt, answer.status, answer.node);
      return send(request, reply, answer, () => this.#trace(request, attempt, 500, answer.node));
    } catch (error) {
      if (error instanceof CutOff) {
        this.#trace(request, attempt, clientWentAway, undefined);
        return reply.hijack();
      }
      const answer = problemAnswer(error);
      this.#trace(request, attempt, answer?.status ?? 500, undefined);
      if (answer === undefined) throw error;
      return send(request, reply, answer);
    }
  }

  async #authenticate(request: FastifyRequest): Promise<Principal> {
    const principal = await this.#parts.authenticate(request);
    if (principal === 'throttled') {
      throw new DavProblem(
        429,
        'Too many wrong passwords came from here. Nothing is locked for good; try again in a minute.',
        { headers: { 'retry-after': '60' } },
      );
    }
    if (principal === 'unauthenticated') {
      // RFC 7617 §2.1.
      throw new DavProblem(401, 'User name or app password are not right, or are missing.', {
        headers: { 'www-authenticate': 'Basic realm="Coffre", charset="UTF-8"' },
      });
    }
    return principal;
  }

  async #answer(
    request: FastifyRequest,
    reply: FastifyReply,
    attempt: Attempt<Principal>,
    principal: Principal,
  ): Promise<Answer> {
    const { method } = request;
    const [, user, vault, ...path] = parseTarget(request.raw.url ?? '');
    // The same everywhere below, so it says nothing about what is there.
    if (method === 'OPTIONS') return optionsAnswer(vault === undefined ? treeMethods : allowedMethods);
    if (user === undefined || vault === undefined) return this.#tree(request, reply, principal, user);
    const opened = await this.#parts.open(principal, user, vault);
    if (opened === undefined) throw notFound();
    attempt.vault = opened.files.id;
    return dispatch({
      method,
      headers: request.headers,
      request: request.raw,
      response: reply.raw,
      mount: mountAt('dav', user, vault),
      path,
      files: opened.files,
      by: opened.credential,
      user: principal.user,
      principalHref: principalHrefOf(principal),
      clock: this.#parts.clock,
      arriving: this.#parts.arriving,
      uploads: this.#uploads,
      leaving: this.#parts.leaving,
    });
  }

  async #tree(
    request: FastifyRequest,
    reply: FastifyReply,
    principal: Principal,
    user: string | undefined,
  ): Promise<Answer> {
    if (user !== undefined && user !== principal.user) throw notFound();
    if (request.method !== 'PROPFIND') throw methodNotAllowed(treeMethods);
    const principalHref = principalHrefOf(principal);
    return propfindTree({
      headers: request.headers,
      request: request.raw,
      response: reply.raw,
      href: user === undefined ? '/dav/' : principalHref,
      name: user ?? 'dav',
      principalHref,
      children:
        user === undefined
          ? [{ name: principal.user, isPrincipal: true }]
          : this.#parts.vaultNames(principal).map((name) => ({ name, isPrincipal: false })),
    });
  }

  #trace(
    request: FastifyRequest,
    { principal, vault }: Attempt<Principal>,
    status: number,
    node: NodeId | undefined,
  ): void {
    const target = (request.raw.url ?? '').slice(0, 1000);
    this.#parts.trace({ principal, action: request.method, target, vault, node, status, address: request.ip });
  }
}

/** What is known of a request so far, whatever becomes of it. */
interface Attempt<Principal> {
  principal: Principal | undefined;
  vault: VaultId | undefined;
}

function principalHrefOf(principal: DavPrincipal): string {
  return `/dav/${encodeSegment(principal.user)}/`;
}
