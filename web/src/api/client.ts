import type { ProblemBody } from '#faces/api/contract/problem.ts';
import { isProblem, Problem } from './problem.ts';
import { currentSession, endSession } from './session.ts';

/** The header with this browser's half of the session. */
const keyHeader = 'coffre-session';
/** The stamp of an answer: whose it is. */
const stampHeader = 'coffre-account';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Request {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** A proof other than the session's. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

type Prove = () => Promise<boolean>;
let prove: Prove = async () => false;

/** The dialog that asks for the password once more, when something sensitive wants it. */
export function askForProofWith(ask: Prove): void {
  prove = ask;
}

/** An address for everybody, below `/api`. @throws Problem */
export async function callOpen<Answer>(method: Method, path: string, request: Request = {}): Promise<Answer> {
  return answerOf<Answer>(await send(method, `/api${path}`, request, request.headers ?? {}));
}

/**
 * An address of the account that is signed in, below `/api/@TAG`. Asks for the password when that is needed and tries
 * once more. An answer that is somebody else's ends the session, and nothing of it is given out. @throws Problem
 */
export async function call<Answer>(method: Method, path: string, request: Request = {}): Promise<Answer> {
  try {
    return await callOnce<Answer>(method, path, request);
  } catch (error) {
    if (!isProblem(error, 'not-fresh') || !(await prove())) throw error;
    return await callOnce<Answer>(method, path, request);
  }
}

async function callOnce<Answer>(method: Method, path: string, request: Request): Promise<Answer> {
  const response = await send(method, personalUrl(path), request, sessionHeaders());
  admit(response);
  return answerOf<Answer>(response);
}

/** The whole address, for what does not go through `call`: uploads, pictures. @throws Problem when nobody is signed in. */
export function personalUrl(path: string): string {
  return `/api/@${signedIn().tag}${path}`;
}

export function sessionHeaders(): Readonly<Record<string, string>> {
  return { [keyHeader]: signedIn().key };
}

function signedIn(): NonNullable<ReturnType<typeof currentSession>> {
  const session = currentSession();
  if (session === undefined) throw new Problem(401, 'unauthenticated', 'Nobody is signed in.');
  return session;
}

/** Lets an answer through when it is for the account that is signed in. @throws Problem `stranger`, `unauthenticated`. */
export function admit(response: Response): void {
  const stamp = response.headers.get(stampHeader);
  const tag = currentSession()?.tag;
  // A refusal has no stamp, and nothing of anybody's; what is done always has one.
  const isForSomebodyElse = stamp === null ? response.ok : stamp !== tag;
  if (isForSomebodyElse) {
    endSession('stranger');
    throw new Problem(0, 'stranger', 'An answer came that was not for this account.');
  }
}

async function send(
  method: Method,
  path: string,
  { query, body, signal }: Request,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const given = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  try {
    return await fetch(`${path}${search}`, {
      method,
      cache: 'no-store',
      credentials: 'same-origin',
      headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new Problem(0, 'no-connection', 'The server did not answer.');
  }
}

async function answerOf<Answer>(response: Response): Promise<Answer> {
  if (!response.ok) throw await problemOf(response);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

/** What a refusal says. A session that is over ends here too. */
export async function problemOf(response: Response): Promise<Problem> {
  const body = await bodyOf(response);
  const problem = new Problem(
    response.status,
    body.code ?? 'unknown',
    body.detail ?? response.statusText,
    Number(response.headers.get('retry-after')) || undefined,
  );
  if (problem.code === 'unauthenticated' && currentSession() !== undefined) endSession('expired');
  return problem;
}

async function bodyOf(response: Response): Promise<Partial<ProblemBody>> {
  try {
    return (await response.json()) as Partial<ProblemBody>;
  } catch {
    return {};
  }
}
