import { AsyncLocalStorage } from 'node:async_hooks';
import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net, { isIP } from 'node:net';
import { Fault } from '#base/fault.ts';

/** What a piece of work may reach, while it runs. */
interface Permission {
  readonly kind: 'stream' | 'datagram';
  /** A name may be looked up while this is allowed, and no other name. */
  readonly host: string;
  readonly port: number;
}

/** Something that wanted out and was stopped. */
export interface Stopped {
  readonly what: 'connection' | 'datagram' | 'look-up';
  readonly to: string;
}

export interface Guard {
  /** Connections to this address of the home network are let through from here on: a router that was adopted. */
  adopt(address: string, port: number): void;
  /** Lets exactly this through, for this work and what it starts. */
  during<Result>(permission: Permission, work: () => Promise<Result>): Promise<Result>;
  /** Puts everything back as it was; for tests. */
  uninstall(): void;
}

type Anything = (this: unknown, ...args: readonly unknown[]) => unknown;
type Members = Record<string, unknown>;

let isInstalled = false;

/**
 * From here on nothing of this process opens a connection, sends a datagram or asks for a name, but to adopted addresses of
 * the home network and within `during`. It stands at the lowest place that all of Node's own clients (http, https, http2,
 * tls, fetch, WebSocket) go through. It catches mistakes and careless libraries, not somebody who wants to get around it:
 * against that stands the rule of the operating system in the unit.
 */
export function installGuard(stopped: (attempt: Stopped) => void): Guard {
  if (isInstalled) throw new Fault('in-use', 'The guard of this process is there already.');
  isInstalled = true;
  const rules = new Rules(stopped);
  const undo = [guardStreams(rules), guardDatagrams(rules), guardNames(rules)];
  syncBuiltinESMExports();
  return {
    adopt: (address, port) => rules.adopt(address, port),
    during: (permission, work) => rules.current.run(permission, work),
    uninstall: () => {
      for (const each of undo) each();
      syncBuiltinESMExports();
      isInstalled = false;
    },
  };
}

class Rules {
  readonly current: AsyncLocalStorage<Permission> = new AsyncLocalStorage();
  readonly #adopted: Set<string> = new Set();
  readonly #stopped: (attempt: Stopped) => void;

  constructor(stopped: (attempt: Stopped) => void) {
    this.#stopped = stopped;
  }

  adopt(address: string, port: number): void {
    this.#adopted.add(`${address} ${port}`);
  }

  /** @throws Fault `no-consent`. */
  stream(host: string, port: number): void {
    const allowed = this.current.getStore();
    if (allowed?.kind === 'stream' && allowed.host === host && allowed.port === port) return;
    // A name is no address: whoever answers for it decides where it goes.
    if (isIP(host) !== 0 && this.#adopted.has(`${host} ${port}`)) return;
    throw this.#refusal({ what: 'connection', to: `${host}:${port}` });
  }

  /** @throws Fault `no-consent`. */
  datagram(host: string, port: number): void {
    const allowed = this.current.getStore();
    if (allowed?.kind === 'datagram' && allowed.host === host && allowed.port === port) return;
    throw this.#refusal({ what: 'datagram', to: `${host}:${port}` });
  }

  /** @throws Fault `no-consent`. */
  name(name: string, way: string): void {
    // A `lookup` of a literal address asks nobody; the others do.
    if (way === 'lookup' && isIP(name) !== 0) return;
    if (this.current.getStore()?.host === name) return;
    throw this.#refusal({ what: 'look-up', to: name });
  }

  #refusal(attempt: Stopped): Fault {
    this.#stopped(attempt);
    return new Fault(
      'no-consent',
      `A ${attempt.what} to ${attempt.to} was stopped: nobody agreed to it. Nothing was sent; it is in the ledger.`,
    );
  }
}

/** Replaces a member; returns how to put it back. */
function replace(holder: object, name: string, wrap: (original: Anything) => Anything): () => void {
  const members = holder as Members;
  const original = members[name];
  if (typeof original !== 'function') return () => undefined;
  members[name] = wrap(original as Anything);
  return () => {
    members[name] = original;
  };
}

function all(undo: readonly (() => void)[]): () => void {
  return () => {
    for (const each of undo) each();
  };
}

function guardStreams(rules: Rules): () => void {
  return replace(net.Socket.prototype, 'connect', (original) => {
    return function (this: unknown, ...args) {
      const { host, port, path } = streamTarget(args);
      // A socket file: a local resolver or proxy may be behind it.
      if (typeof path === 'string') rules.stream(path, 0);
      else rules.stream(host ?? 'localhost', Number(port));
      return Reflect.apply(original, this, args);
    };
  });
}

interface StreamTarget {
  readonly host?: string;
  readonly port?: number | string;
  readonly path?: string | null;
}

/** The forms of `socket.connect`; `net.connect` passes what it has read already as an array. */
function streamTarget(args: readonly unknown[]): StreamTarget {
  const [first, second] = args;
  if (Array.isArray(first)) return streamTarget(first);
  if (typeof first === 'object' && first !== null) return first;
  const isPath = typeof first === 'string' && !/^[0-9]+$/.test(first);
  if (isPath) return { path: first };
  return { port: Number(first), ...(typeof second === 'string' ? { host: second } : {}) };
}

function guardDatagrams(rules: Rules): () => void {
  const connected = new WeakSet<object>();
  const connect = replace(dgram.Socket.prototype, 'connect', (original) => {
    return function (this: unknown, ...args) {
      rules.datagram(typeof args[1] === 'string' ? args[1] : 'localhost', Number(args[0]));
      if (typeof this === 'object' && this !== null) connected.add(this);
      return Reflect.apply(original, this, args);
    };
  });
  const send = replace(dgram.Socket.prototype, 'send', (original) => {
    return function (this: unknown, ...args) {
      const isConnected = typeof this === 'object' && this !== null && connected.has(this);
      if (!isConnected) rules.datagram(...datagramTarget(args));
      return Reflect.apply(original, this, args);
    };
  });
  return all([connect, send]);
}

/** `send(message, [offset, length,] port, [address,] [callback])`. */
function datagramTarget(args: readonly unknown[]): [host: string, port: number] {
  const rest = args.slice(1).filter((each) => typeof each !== 'function');
  const address = rest.findLast((each) => typeof each === 'string');
  const numbers = rest.filter((each) => typeof each === 'number');
  return [typeof address === 'string' ? address : 'localhost', numbers.at(-1) ?? 0];
}

const asksForNames = /^(lookup|resolve|reverse)/;

function guardNames(rules: Rules): () => void {
  const holders: readonly object[] = [
    dns,
    dns.promises,
    dns.Resolver.prototype,
    dns.promises.Resolver.prototype,
    Object.getPrototypeOf(dns.Resolver.prototype) as object,
  ];
  const undo = holders.flatMap((holder) =>
    Object.getOwnPropertyNames(holder)
      .filter((name) => asksForNames.test(name))
      .map((name) =>
        replace(holder, name, (original) => {
          return function (this: unknown, ...args) {
            rules.name(String(args[0]), name);
            return Reflect.apply(original, this, args);
          };
        }),
      ),
  );
  return all(undo);
}
