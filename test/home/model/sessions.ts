// Modelled: sessions and access lists of rpcd, from openwrt/rpcd session.c (2024), function names in the comments.
import { randomBytes } from 'node:crypto';

export type Rights = Record<string, Record<string, string[]>>;
type Scope = readonly string[] | Readonly<Record<string, readonly string[]>>;
export type AclFile = Readonly<Record<string, Readonly<Record<string, string | Readonly<Record<string, Scope>>>>>>;

export interface LoginSection {
  readonly username: string;
  readonly password: string;
  readonly read: readonly string[];
  readonly write: readonly string[];
}

export interface Session {
  readonly id: string;
  readonly timeoutMs: number;
  readonly rights: Rights;
  expiresAtMs: number;
}

/** rpcd session.h: RPC_DEFAULT_SESSION_TIMEOUT. */
const defaultTimeoutSeconds = 300;

export class Sessions {
  readonly #sessions: Map<string, Session> = new Map();
  readonly #nowMs: () => number;
  readonly #destroyed: (id: string) => void;
  readonly acls: AclFile[] = [];
  readonly logins: LoginSection[] = [];

  constructor(nowMs: () => number, destroyed: (id: string) => void) {
    this.#nowMs = nowMs;
    this.#destroyed = destroyed;
  }

  /** rpc_handle_login: undefined is UBUS_STATUS_PERMISSION_DENIED. */
  login(username: unknown, password: unknown, timeoutSeconds: unknown): Session | undefined {
    const login = this.logins.find((each) => each.username === username && each.password === password);
    if (login === undefined) return undefined;
    const timeoutMs = (typeof timeoutSeconds === 'number' ? timeoutSeconds : defaultTimeoutSeconds) * 1000;
    const id = randomBytes(16).toString('hex');
    const session = { id, timeoutMs, rights: this.#rightsOf(login), expiresAtMs: this.#nowMs() + timeoutMs };
    this.#sessions.set(id, session);
    return session;
  }

  /** rpc_session_get: looking at a session makes it live on (rpc_touch_session); one that ran out is gone. */
  get(id: string): Session | undefined {
    this.expire();
    const session = this.#sessions.get(id);
    if (session !== undefined) session.expiresAtMs = this.#nowMs() + session.timeoutMs;
    return session;
  }

  /** rpc_session_timeout. */
  expire(): void {
    for (const [id, { expiresAtMs }] of this.#sessions) if (expiresAtMs <= this.#nowMs()) this.destroy(id);
  }

  /** Sessions are in RAM. */
  expireAll(): void {
    this.#sessions.clear();
  }

  /** rpc_session_destroy: its callbacks purge what the session had not applied (rpc_uci_purge_savedir_cb). */
  destroy(id: string): void {
    if (this.#sessions.delete(id)) this.#destroyed(id);
  }

  /** rpc_session_access. A pattern in an access list is a shell pattern; here only `*` at the end is used. */
  allows(id: string, scope: string, object: string, method: string): boolean {
    // The session of all zeros may look and log in (unauthenticated.json).
    if (/^0+$/.test(id)) return scope === 'ubus' && object === 'session' && (method === 'login' || method === 'access');
    const rights = this.get(id)?.rights[scope] ?? {};
    return Object.entries(rights).some(
      ([pattern, methods]) => matches(pattern, object) && methods.some((each) => matches(each, method)),
    );
  }

  /** rpc_login_setup_acls: from the files that are there at the moment of the login. Write implies read. */
  #rightsOf(login: LoginSection): Rights {
    const rights: Rights = {};
    const grant = (scope: string, object: string, method: string): void => {
      const objects = rights[scope] ?? {};
      rights[scope] = objects;
      objects[object] = [...new Set([...(objects[object] ?? []), method])];
    };
    for (const file of this.acls) {
      for (const [group, body] of Object.entries(file)) {
        for (const permission of ['read', 'write'] as const) {
          const groups = permission === 'read' ? [...login.read, ...login.write] : login.write;
          const scopes = body[permission];
          if (typeof scopes !== 'object' || !groups.some((each) => matches(each, group))) continue;
          for (const [scope, objects] of Object.entries(scopes)) grantScope(grant, scope, objects, permission);
          grant('access-group', group, permission);
        }
      }
    }
    return rights;
  }
}

/** rpc_login_setup_acl_scope: a list of objects gets the permission as function. */
function grantScope(
  grant: (scope: string, object: string, method: string) => void,
  scope: string,
  objects: Scope,
  permission: string,
): void {
  if (isList(objects)) for (const object of objects) grant(scope, object, permission);
  else for (const [object, methods] of Object.entries(objects)) for (const each of methods) grant(scope, object, each);
}

function isList(scope: Scope): scope is readonly string[] {
  return Array.isArray(scope);
}

function matches(pattern: string, text: string): boolean {
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : pattern === text;
}
