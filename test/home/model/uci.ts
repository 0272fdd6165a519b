// Modelled: the object `uci` of rpcd, from openwrt/rpcd uci.c (2024), function names in the comments.
import type { Sessions } from './sessions.ts';

export type Value = string | string[];
export interface Section {
  name: string;
  type: string;
  anonymous: boolean;
  options: Record<string, Value>;
}
type Package = Section[];
type Args = Readonly<Record<string, unknown>>;

/** A ubus status, and what is answered with it. */
export type Reply = readonly [status: number, data?: Record<string, unknown>];

const invalidArgument: Reply = [2];
const notFound: Reply = [4];
const noData: Reply = [5];
const permissionDenied: Reply = [6];
/** rpcd uci.h: RPC_APPLY_TIMEOUT. */
const applyTimeoutSeconds = 60;

interface Pending {
  readonly session: string;
  readonly files: ReadonlyMap<string, Package>;
  readonly deltas: ReadonlyMap<string, Package>;
  readonly dueAtMs: number;
}

export class Uci {
  readonly configs: Map<string, Package> = new Map();
  /** Per session what it sees of a configuration that it has changed and not applied; in RAM (/var/run/rpcd/uci-SID). */
  readonly #staged: Map<string, Map<string, Package>> = new Map();
  #pending: Pending | undefined;
  /** In RAM too (/var/run/rpcd/snapshot-files): what `apply` may take back. */
  #snapshots: boolean = false;
  readonly #nowMs: () => number;
  readonly #sessions: () => Sessions;
  #anonymous = 0;
  /** Counts down with every configuration that is committed; the power goes when it gets to 0. */
  cutAfterCommits: number | undefined;
  powerGoes: () => void = () => undefined;

  constructor(nowMs: () => number, sessions: () => Sessions) {
    this.#nowMs = nowMs;
    this.#sessions = sessions;
  }

  get isPending(): boolean {
    this.tick();
    return this.#pending !== undefined;
  }

  purge(session: string): void {
    this.#staged.delete(session);
  }

  /** The timer of `apply` and what was staged are in RAM; what was committed is on flash. */
  restart(): void {
    this.#pending = undefined;
    this.#snapshots = false;
    this.#staged.clear();
  }

  /** rpc_uci_apply_timeout. */
  tick(): void {
    const pending = this.#pending;
    if (pending !== undefined && pending.dueAtMs <= this.#nowMs()) this.#rollBack(pending, undefined);
  }

  call(session: string, method: string, args: Args): Reply {
    this.tick();
    switch (method) {
      case 'get':
        return this.#get(session, args);
      case 'add':
      case 'set':
      case 'delete':
      case 'order':
        return this.#change(session, method, args);
      case 'apply':
        return this.#apply(session, args);
      case 'confirm':
        return this.#confirm(session);
      case 'rollback':
        return this.#rollback(session);
      default:
        return [3];
    }
  }

  /** rpc_uci_getcommon; a session sees what it has staged. */
  #get(session: string, args: Args): Reply {
    const config = args['config'];
    if (typeof config !== 'string') return invalidArgument;
    if (!this.#sessions().allows(session, 'uci', config, 'read')) return permissionDenied;
    const found = this.#seen(session, config);
    if (found === undefined) return notFound;
    const entries = found.map(({ name, type, anonymous, options }, index) => [
      name,
      { '.anonymous': anonymous, '.type': type, '.name': name, '.index': index, ...options },
    ]);
    return [0, { values: Object.fromEntries(entries) }];
  }

  #seen(session: string, config: string): Package | undefined {
    return this.#staged.get(session)?.get(config) ?? this.configs.get(config);
  }

  #change(session: string, method: string, args: Args): Reply {
    const config = args['config'];
    if (typeof config !== 'string') return invalidArgument;
    if (!this.#sessions().allows(session, 'uci', config, 'write')) return permissionDenied;
    const seen = this.#seen(session, config);
    if (seen === undefined) return notFound;
    const changed = structuredClone(seen);
    const reply = this.#changed(changed, method, args);
    const staged = this.#staged.get(session) ?? new Map<string, Package>();
    staged.set(config, changed);
    this.#staged.set(session, staged);
    return reply;
  }

  #nextAnonymous(): number {
    this.#anonymous += 1;
    return this.#anonymous;
  }

  #changed(config: Package, method: string, args: Args): Reply {
    const values = (args['values'] ?? {}) as Record<string, Value>;
    const section = config.find(({ name }) => name === args['section']);
    switch (method) {
      case 'add': {
        const name =
          typeof args['name'] === 'string' ? args['name'] : `cfg${this.#nextAnonymous().toString(16).padStart(6, '0')}`;
        const anonymous = typeof args['name'] !== 'string';
        const there = config.find((each) => each.name === name);
        const added = there ?? { name, type: String(args['type']), anonymous, options: {} };
        added.type = String(args['type']);
        if (there === undefined) config.push(added);
        merge(added, values);
        return [0, { section: name }];
      }
      case 'set':
        // uci_lookup_ptr finds nothing: rpc_uci_merge_set leaves it, and the status is that of the last look-up.
        if (section === undefined) return notFound;
        merge(section, values);
        return [0];
      case 'delete': {
        if (section === undefined) return notFound;
        const options = args['options'];
        if (Array.isArray(options)) for (const each of options) delete section.options[String(each)];
        else config.splice(config.indexOf(section), 1);
        return [0];
      }
      default: {
        const order = (args['sections'] as string[]).flatMap((name) => config.find((each) => each.name === name) ?? []);
        const rest = config.filter((each) => !order.includes(each));
        config.splice(0, config.length, ...order, ...rest);
        return [0];
      }
    }
  }

  /** rpc_uci_apply. */
  #apply(session: string, args: Args): Reply {
    const rollback = args['rollback'] === true;
    if (this.#pending !== undefined && rollback) return permissionDenied;
    // The snapshots are purged before it is looked whether somebody waits for a confirmation.
    this.#snapshots = false;
    if (this.#pending !== undefined) return [0];
    const staged = this.#staged.get(session);
    if (staged === undefined || staged.size === 0) return noData;
    for (const config of staged.keys())
      if (!this.#sessions().allows(session, 'uci', config, 'write')) return permissionDenied;
    const files = new Map<string, Package>();
    const deltas = new Map(staged);
    for (const [config, content] of staged) {
      files.set(config, this.configs.get(config) ?? []);
      if (!this.#commit(config, content)) return [0];
    }
    this.#staged.delete(session);
    if (rollback) {
      const seconds = typeof args['timeout'] === 'number' ? args['timeout'] : applyTimeoutSeconds;
      this.#pending = { session, files, deltas, dueAtMs: this.#nowMs() + seconds * 1000 };
      this.#snapshots = true;
    }
    return [0];
  }

  /** rpc_uci_apply_config: one file after the other, so a power cut may come between. */
  #commit(config: string, content: Package): boolean {
    if (this.cutAfterCommits === 0) {
      this.cutAfterCommits = undefined;
      this.powerGoes();
      return false;
    }
    if (this.cutAfterCommits !== undefined) this.cutAfterCommits -= 1;
    // libuci numbers anonymous sections anew when it reads a file.
    this.configs.set(
      config,
      content.map((each, index) =>
        each.anonymous ? { ...each, name: `cfg${(index + 1).toString(16).padStart(2, '0')}${hashOf(each)}` } : each,
      ),
    );
    return true;
  }

  /** rpc_uci_confirm. */
  #confirm(session: string): Reply {
    if (this.#pending === undefined) return noData;
    if (this.#pending.session !== session) return permissionDenied;
    this.#pending = undefined;
    this.#snapshots = false;
    return [0];
  }

  /** rpc_uci_rollback: the session gets back what it had staged. */
  #rollback(session: string): Reply {
    if (this.#pending === undefined) return noData;
    if (this.#pending.session !== session) return permissionDenied;
    this.#rollBack(this.#pending, session);
    return [0];
  }

  /** rpc_uci_do_rollback. */
  #rollBack({ files, deltas }: Pending, session: string | undefined): void {
    this.#pending = undefined;
    if (!this.#snapshots) return;
    this.#snapshots = false;
    for (const [config, content] of files) this.configs.set(config, content);
    if (session !== undefined) this.#staged.set(session, new Map(deltas));
  }
}

/** rpc_uci_merge_set; an empty string sets nothing (rpc_uci_format_blob). */
function merge(section: Section, values: Readonly<Record<string, Value>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (Array.isArray(value)) section.options[name] = value.filter((each) => each !== '');
    else if (value !== '') section.options[name] = String(value);
  }
}

function hashOf({ type }: Section): string {
  return type.length.toString(16).padStart(4, '0');
}
