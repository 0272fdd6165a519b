import { z } from 'zod';
import { assert } from '#base/assert.ts';
import { Fault } from '#base/fault.ts';
import { type Pinned, pinnedRequest } from './pinned-request.ts';

/**
 * JSON-RPC of OpenWrt's uhttpd (uhttpd `ubus.c`), in the form of one call for each request. Every answer is a 200; what went
 * wrong stands in the body: an `error` of uhttpd, or a ubus status as first item of `result`.
 */
export type UbusAnswer =
  | { readonly kind: 'ok'; readonly data: unknown }
  /** uhttpd -32002: the session ran out, or it may not call this; uhttpd does not tell which. */
  | { readonly kind: 'denied' }
  /** uhttpd -32000: this router does not have the object. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'status'; readonly status: UbusStatus };

/** libubus `enum ubus_msg_status`. */
export type UbusStatus = keyof typeof statusNames;
const statusNames = {
  1: 'invalid command',
  2: 'invalid argument',
  3: 'no such method',
  4: 'not found',
  5: 'no data',
  6: 'permission denied',
  7: 'timeout',
  8: 'not supported',
  9: 'unknown error',
  10: 'connection failed',
} as const;

export const noData: UbusStatus = 5;
const permissionDenied: UbusStatus = 6;

/** uhttpd `ubus.c`: UH_UBUS_MAX_POST_SIZE. A longer request is cut and answered as a parse error. */
const maxRequestBytes: number = 65_536;
const noSession = '0'.repeat(32);

const answerSchema = z.union([
  z.object({ result: z.tuple([z.number().int().min(0).max(255)]).rest(z.unknown()) }),
  z.object({ error: z.object({ code: z.number().int(), message: z.string().max(1000) }) }),
]);

const loginSchema = z.object({
  ubus_rpc_session: z.string().regex(/^[0-9a-f]{32}$/),
  timeout: z.number().int(),
  acls: z.record(z.string(), z.record(z.string(), z.array(z.string()))),
});

/** By scope and object, which functions a session may use. */
export type Rights = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export interface Login {
  readonly session: string;
  readonly rights: Rights;
}

export async function ubusCall(
  pinned: Pinned,
  session: string | undefined,
  object: string,
  method: string,
  args: Readonly<Record<string, unknown>>,
): Promise<UbusAnswer> {
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'call',
    params: [session ?? noSession, object, method, args],
  });
  if (Buffer.byteLength(body) > maxRequestBytes)
    throw new Fault('bad-config', 'This is more than the router takes in one request. Nothing was changed.');
  const answer = await pinnedRequest(pinned, '/ubus', { 'content-type': 'application/json' }, body);
  if (answer.status !== 200) throw notUbus(pinned, `it answers ${answer.status}`);
  const parsed = answerSchema.safeParse(parsedJson(answer.body));
  if (!parsed.success) throw notUbus(pinned, 'it answers something else');
  if ('error' in parsed.data) {
    const { code, message } = parsed.data.error;
    if (code === -32002 || code === -32001) return { kind: 'denied' };
    if (code === -32000) return { kind: 'absent' };
    throw notUbus(pinned, message);
  }
  const [status, data] = parsed.data.result;
  if (status === 0) return { kind: 'ok', data: data ?? {} };
  return { kind: 'status', status: isStatus(status) ? status : 9 };
}

/** Undefined when the name or the password is wrong (rpcd `session.c`: status 6). */
export async function login(
  pinned: Pinned,
  username: string,
  password: string,
  timeoutSeconds: number,
): Promise<Login | undefined> {
  const answer = await ubusCall(pinned, undefined, 'session', 'login', {
    username,
    password,
    timeout: timeoutSeconds,
  });
  if (answer.kind !== 'ok') {
    if (answer.kind === 'status' && answer.status === permissionDenied) return undefined;
    throw notUbus(pinned, 'it lets nobody sign in');
  }
  const data = loginSchema.safeParse(answer.data);
  if (!data.success) throw notUbus(pinned, 'its answer to a login cannot be read');
  return { session: data.data.ubus_rpc_session, rights: data.data.acls };
}

/** The data of a call that has to work. @throws Fault `unavailable`. */
export function dataOf(answer: UbusAnswer, what: string): unknown {
  if (answer.kind === 'ok') return answer.data;
  throw new Fault('unavailable', `The router refused to ${what}: ${reasonOf(answer)}. Nothing was changed by that.`);
}

export function reasonOf(answer: Exclude<UbusAnswer, { kind: 'ok' }>): string {
  switch (answer.kind) {
    case 'denied':
      return 'access denied (has its ACL file been changed?)';
    case 'absent':
      return 'it does not have that';
    case 'status':
      return statusNames[answer.status];
  }
}

function isStatus(status: number): status is UbusStatus {
  assert(status !== 0, 'zero is no failure');
  return Object.hasOwn(statusNames, status);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notUbus({ endpoint }: Pinned, why: string): Fault {
  return new Fault(
    'unavailable',
    `What answers at ${endpoint.scheme}://${endpoint.address}:${endpoint.port} is no OpenWrt router with ubus over HTTP: ` +
      `${why}. On the router, the packages uhttpd-mod-ubus and rpcd are needed (LuCI brings them).`,
  );
}
