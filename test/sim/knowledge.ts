import type { NodeId, VersionId } from '#base/ids.ts';
import type { NodeInfo, Path } from '#vault/files/types.ts';
import type { Chance } from './chance.ts';
import type { Command } from './commands.ts';
import type { Reply } from './perform.ts';

const maxKept = 24;

/** What a client remembers of a vault from the answers that it got: often out of date, as in life. */
export class Knowledge {
  readonly #paths: { readonly path: Path; readonly isFolder: boolean }[] = [];
  readonly #etags = new Map<string, string>();
  readonly #versions: { readonly path: Path; readonly version: VersionId }[] = [];
  readonly #trashed: NodeId[] = [];
  readonly #tokens: { readonly path: Path; readonly token: string }[] = [];
  readonly #sequences: number[] = [0];

  learn(command: Command, reply: Reply, sequence: number): void {
    keep(this.#sequences, sequence);
    const path = 'path' in command ? command.path : 'to' in command ? command.to : undefined;
    switch (reply.of) {
      case 'change':
        if (reply.value.kind === 'refused') return;
        if (command.do === 'trash') keep(this.#trashed, reply.value.node.id);
        else if (path !== undefined) this.#saw(path, reply.value.node);
        return;
      case 'lock':
        if (reply.value.kind === 'refused' || path === undefined) return;
        keep(this.#tokens, { path, token: reply.value.lock.token });
        this.#saw(path, reply.value.node);
        return;
      case 'stat':
        if (reply.value !== undefined && path !== undefined) this.#saw(path, reply.value);
        return;
      case 'list':
        for (const child of reply.value?.children ?? [])
          if (path !== undefined) this.#saw([...path, child.name], child);
        return;
      case 'versions':
        for (const each of reply.value ?? [])
          if (path !== undefined) keep(this.#versions, { path, version: each.version });
        return;
      case 'trashed':
        for (const each of reply.value) keep(this.#trashed, each.id);
        return;
      default:
        return;
    }
  }

  #saw(path: Path, info: NodeInfo): void {
    keep(this.#paths, { path, isFolder: info.isFolder });
    if (info.version === null) return;
    this.#etags.set(path.join('/'), info.etag);
    keep(this.#versions, { path, version: info.version });
  }

  path(chance: Chance): Path | undefined {
    return oneOf(chance, this.#paths)?.path;
  }

  folder(chance: Chance): Path {
    return (
      oneOf(
        chance,
        this.#paths.filter((each) => each.isFolder),
      )?.path ?? []
    );
  }

  etag(path: Path): string | undefined {
    return this.#etags.get(path.join('/'));
  }

  anyEtag(chance: Chance): string | undefined {
    return oneOf(chance, [...this.#etags.values()]);
  }

  version(chance: Chance): { readonly path: Path; readonly version: VersionId } | undefined {
    return oneOf(chance, this.#versions);
  }

  trashed(chance: Chance): NodeId | undefined {
    return oneOf(chance, this.#trashed);
  }

  token(chance: Chance): { readonly path: Path; readonly token: string } | undefined {
    return oneOf(chance, this.#tokens);
  }

  /** Tokens that it holds on a path or above it; a client submits them with its requests. */
  tokensFor(path: Path): readonly string[] {
    return this.#tokens
      .filter(
        (each) =>
          each.path.every((name, index) => path[index] === name) ||
          path.every((name, index) => each.path[index] === name),
      )
      .map((each) => each.token);
  }

  sequence(chance: Chance): number {
    return oneOf(chance, this.#sequences) ?? 0;
  }
}

function oneOf<T>(chance: Chance, items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : chance.oneOf(items);
}

function keep<T>(items: T[], item: T): void {
  items.push(item);
  if (items.length > maxKept) items.shift();
}
