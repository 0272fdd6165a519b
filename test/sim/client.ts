import type { CredentialId, VaultId } from '#base/ids.ts';
import { pieceSizeBytes } from '#format/frame.ts';
import type { VaultKind } from '#format/instance-operations.ts';
import type { Conditions, Path } from '#vault/files/types.ts';
import type { Chance } from './chance.ts';
import type { Command, CommandName } from './commands.ts';
import { anyContent, type ContentName } from './contents.ts';
import { Knowledge } from './knowledge.ts';
import type { Profile } from './profile.ts';

export interface ClientParts {
  readonly account: number;
  readonly name: string;
  readonly appPassword: string;
  readonly credential: CredentialId;
  readonly vaults: ReadonlyMap<VaultKind, VaultId>;
  readonly canary: string;
}

/** A device with an app password, and what it does next. */
export class Client {
  readonly parts: ClientParts;
  readonly #chance: Chance;
  readonly #profile: Profile;
  readonly #knowledge = new Map<VaultKind, Knowledge>();

  constructor(parts: ClientParts, profile: Profile, chance: Chance) {
    this.parts = parts;
    this.#profile = profile;
    this.#chance = chance;
  }

  knowledge(kind: VaultKind): Knowledge {
    const known = this.#knowledge.get(kind) ?? new Knowledge();
    this.#knowledge.set(kind, known);
    return known;
  }

  anyKind(): VaultKind {
    return this.#chance.oneOf([...this.parts.vaults.keys()]);
  }

  next(kind: VaultKind, nowMs: number): Command {
    const asked = new Asking(this.parts, this.knowledge(kind), this.#chance, this.#profile);
    return asked.command(this.#chance.weighted(weights), nowMs);
  }
}

const weights: readonly (readonly [number, CommandName])[] = [
  [26, 'put'],
  [7, 'upload'],
  [9, 'folder'],
  [8, 'trash'],
  [8, 'move'],
  [6, 'copy'],
  [5, 'props'],
  [5, 'restore'],
  [2, 'end'],
  [4, 'pick'],
  [4, 'rewind'],
  [4, 'lock'],
  [1, 'refresh'],
  [2, 'unlock'],
  [4, 'stat'],
  [4, 'list'],
  [9, 'read'],
  [3, 'versions'],
  [2, 'properties'],
  [1, 'childProperties'],
  [1, 'locksOn'],
  [3, 'listAt'],
  [3, 'trashed'],
  [1, 'usage'],
  [1, 'activity'],
  [1, 'sequenceAt'],
];

const types = ['text/plain', 'image/jpeg'];
const noConditions: Conditions = {};
const hour = 60 * 60_000;

class Asking {
  readonly #parts: ClientParts;
  readonly #known: Knowledge;
  readonly #chance: Chance;
  readonly #profile: Profile;

  constructor(parts: ClientParts, known: Knowledge, chance: Chance, profile: Profile) {
    this.#parts = parts;
    this.#known = known;
    this.#chance = chance;
    this.#profile = profile;
  }

  command(name: CommandName, nowMs: number): Command {
    const chance = this.#chance;
    switch (name) {
      case 'put':
      case 'upload':
        return this.#put(name);
      case 'folder':
        return this.#conditioned({ do: name, path: this.#newPath(), conditions: noConditions });
      case 'trash':
        return this.#conditioned({ do: name, path: this.#path(), conditions: noConditions });
      case 'move':
      case 'copy':
        return this.#transfer(name);
      case 'props':
        return this.#properties();
      case 'restore':
        return this.#restore();
      case 'end':
        return this.#end();
      case 'pick': {
        const known = this.#known.version(chance);
        const path = known === undefined || chance.percent(10) ? this.#path() : known.path;
        return known === undefined
          ? this.#put('put')
          : { do: name, path, version: known.version, conditions: this.#tokens(path) };
      }
      case 'rewind': {
        const path = chance.percent(60) ? this.#known.folder(chance) : this.#path();
        const sequence = this.#known.sequence(chance) + (chance.percent(5) ? 1000 : 0);
        return { do: name, path, sequence, conditions: this.#tokens(path) };
      }
      case 'lock': {
        const timeoutMs = chance.oneOf([1000, 60_000, hour]);
        return {
          do: name,
          path: this.#path(),
          infinite: chance.percent(30),
          exclusive: chance.percent(75),
          timeoutMs,
          conditions: noConditions,
        };
      }
      default:
        return this.#question(name, nowMs);
    }
  }

  #question(name: CommandName, nowMs: number): Command {
    const chance = this.#chance;
    const conditions = noConditions;
    switch (name) {
      case 'refresh': {
        const held = this.#known.token(chance);
        return {
          do: name,
          path: held?.path ?? this.#path(),
          timeoutMs: hour,
          conditions: { tokens: held === undefined ? [] : [held.token] },
        };
      }
      case 'unlock': {
        const held = this.#known.token(chance);
        return held === undefined ? { do: 'stat', path: this.#path(), conditions } : { do: name, ...held, conditions };
      }
      case 'read':
        return this.#read();
      case 'listAt':
        return { do: name, path: this.#known.folder(chance), sequence: this.#known.sequence(chance), conditions };
      case 'activity':
        return { do: name, limit: chance.oneOf([1, 5, 1000]), conditions };
      case 'sequenceAt':
        return { do: name, timeMs: nowMs - chance.pick(hour), conditions };
      case 'trashed':
      case 'usage':
        return { do: name, conditions };
      case 'list':
      case 'childProperties':
        return { do: name, path: this.#known.folder(chance), conditions };
      case 'versions':
      case 'properties':
      case 'locksOn':
        return { do: name, path: this.#path(), conditions };
      default:
        return { do: 'stat', path: this.#path(), conditions };
    }
  }

  #put(name: 'put' | 'upload'): Command {
    const chance = this.#chance;
    const wanted = anyContent(chance, this.#parts.account, name === 'upload' && this.#profile.largeContent);
    const content: ContentName =
      name === 'put' ? { ...wanted, sizeBytes: Math.min(wanted.sizeBytes, pieceSizeBytes) } : wanted;
    const path = chance.percent(35) ? this.#path() : this.#newPath();
    const mtimeMs = chance.percent(30) ? 1_000_000_000_000 + chance.pick(1000) : undefined;
    const type = chance.percent(30) ? chance.oneOf(types) : undefined;
    const sum = chance.weighted([
      [80, 'none'],
      [15, 'right'],
      [5, 'wrong'],
    ] as const);
    return this.#conditioned({ do: name, path, content, mtimeMs, type, sum, conditions: noConditions });
  }

  #transfer(name: 'move' | 'copy'): Command {
    const chance = this.#chance;
    const from = this.#path();
    const to = chance.percent(50) ? this.#path() : this.#newPath();
    const conditions = { tokens: [...this.#known.tokensFor(from), ...this.#known.tokensFor(to)] };
    return {
      do: name,
      from,
      to,
      overwrite: chance.percent(60),
      shallow: name === 'copy' && chance.percent(20),
      conditions,
    };
  }

  #properties(): Command {
    const chance = this.#chance;
    const property = (): { namespace: string; name: string; xml: string } => ({
      namespace: 'urn:x',
      name: chance.oneOf(['color', 'rank', 'note']),
      xml: `<c>${this.#parts.canary}${chance.pick(5)}</c>`,
    });
    const set = Array.from({ length: chance.pick(3) }, property);
    const remove = Array.from({ length: chance.pick(2) }, property).map(({ namespace, name }) => ({ namespace, name }));
    return this.#conditioned({ do: 'props', path: this.#path(), set, remove, conditions: noConditions });
  }

  #restore(): Command {
    const chance = this.#chance;
    const node = this.#known.trashed(chance);
    if (node === undefined) return { do: 'trashed', conditions: noConditions };
    return { do: 'restore', node, to: chance.percent(30) ? this.#newPath() : undefined, conditions: noConditions };
  }

  #end(): Command {
    const chance = this.#chance;
    const nodes = Array.from({ length: chance.between(1, 3) }, () => this.#known.trashed(chance)).flatMap(
      (node) => node ?? [],
    );
    return nodes.length === 0
      ? { do: 'trashed', conditions: noConditions }
      : { do: 'end', nodes, conditions: noConditions };
  }

  #read(): Command {
    const chance = this.#chance;
    const known = chance.percent(30) ? this.#known.version(chance) : undefined;
    const path = known?.path ?? this.#path();
    return {
      do: 'read',
      path,
      version: known?.version,
      onlyPiece: chance.percent(30) ? chance.pick(8) : undefined,
      conditions: noConditions,
    };
  }

  #path(): Path {
    const chance = this.#chance;
    const known = chance.percent(75) ? this.#known.path(chance) : undefined;
    if (known === undefined) return this.#newPath();
    // The other way to write the same name.
    return chance.percent(5) ? known.map((name) => name.normalize(chance.percent(50) ? 'NFC' : 'NFD')) : known;
  }

  #newPath(): Path {
    const chance = this.#chance;
    const folder = chance.percent(75) ? this.#known.folder(chance) : [];
    return [...folder.slice(0, 4), this.#name()];
  }

  #name(): string {
    const chance = this.#chance;
    const { canary } = this.#parts;
    return chance.weighted<string>([
      [70, `${canary}${chance.oneOf(['a', 'b', 'c', 'd', 'e.txt', 'f.jpg'])}`],
      [8, `${canary}é`],
      [5, `${canary}e\u0301`],
      [4, `${canary}A`],
      [4, `${canary}${'n'.repeat(255 - canary.length)}`],
      [2, `${canary}${'n'.repeat(256 - canary.length)}`],
      [1, '..'],
      [1, `${canary}/x`],
    ]);
  }

  #tokens(path: Path): Conditions {
    return this.#chance.percent(80) ? { tokens: this.#known.tokensFor(path) } : noConditions;
  }

  #conditioned<C extends Command & { readonly path: Path }>(command: C): C {
    const chance = this.#chance;
    const tokens = this.#tokens(command.path);
    if (!chance.percent(this.#profile.conditionsPercent)) return { ...command, conditions: tokens };
    const etag = chance.percent(85) ? this.#known.etag(command.path) : this.#known.anyEtag(chance);
    const conditions: Conditions = chance.percent(40)
      ? { ifNoneMatch: etag === undefined || chance.percent(70) ? '*' : [etag] }
      : { ifMatch: etag === undefined ? '*' : [etag] };
    return { ...command, conditions: { ...tokens, ...conditions } };
  }
}
