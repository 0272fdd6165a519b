import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { WebSession } from '#accounts/web-sessions.ts';
import type { ApiParts } from './parts.ts';

/** Below `/api`: the account's own tag is in every personal address. */
export const personalBase = '/@:tag';

/** `fresh`: an owner who proved who they are within the last minutes. */
export type Who = 'anyone' | 'owner' | 'fresh' | 'operator';

export interface Call<Query, Body> {
  readonly parts: ApiParts;
  readonly query: Query;
  readonly body: Body;
  readonly params: Readonly<Record<string, string>>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface OwnedCall<Query, Body> extends Call<Query, Body> {
  readonly session: WebSession;
}

/**
 * One address of the JSON API: what it takes, what it gives, and who may ask. The published contract is made from the same
 * schemas (openapi.ts). A personal one stands below `/api/@TAG`, so that no cache can mix two people.
 */
export interface Endpoint<Query = unknown, Body = unknown, Answer = unknown> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `:name` for parameters; of a personal endpoint what follows `/api/@TAG`. */
  readonly path: string;
  readonly who: Who;
  readonly summary: string;
  readonly query: z.ZodType<Query> | undefined;
  readonly body: z.ZodType<Body> | undefined;
  readonly answer: z.ZodType<Answer>;
  readonly run: (call: OwnedCall<Query, Body>) => Promise<Answer>;
}

interface Described<Query, Body, Answer> {
  readonly method: Endpoint['method'];
  readonly path: string;
  readonly summary: string;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly answer: z.ZodType<Answer>;
}

/** For everybody: no session is looked at. */
export function open<Query, Body, Answer>(
  described: Described<Query, Body, Answer> & { readonly run: (call: Call<Query, Body>) => Promise<Answer> },
): Endpoint {
  return { query: undefined, body: undefined, ...described, who: 'anyone' } as unknown as Endpoint;
}

export function personal<Query, Body, Answer>(
  described: Described<Query, Body, Answer> & {
    readonly who?: Exclude<Who, 'anyone'>;
    readonly run: (call: OwnedCall<Query, Body>) => Promise<Answer>;
  },
): Endpoint {
  // Each one is called with what its own schemas let through (api-face.ts).
  return { query: undefined, body: undefined, who: 'owner', ...described } as unknown as Endpoint;
}
