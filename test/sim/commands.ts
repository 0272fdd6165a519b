import type { NodeId, VersionId } from '#base/ids.ts';
import type { Property } from '#format/file-operations.ts';
import type { Conditions, Path } from '#vault/files/types.ts';
import { type ContentName, describeContent } from './contents.ts';

/** What one request of a client asks of a vault. Plain data, so that it can be sent twice, and judged afterwards. */
export type Command = (Change | Question) & { readonly conditions: Conditions };

type Change =
  | {
      readonly do: 'put' | 'upload';
      readonly path: Path;
      readonly content: ContentName;
      readonly mtimeMs: number | undefined;
      readonly type: string | undefined;
      /** Declares a checksum: the right one, or one that must be refused. */
      readonly sum: 'none' | 'right' | 'wrong';
    }
  | { readonly do: 'folder'; readonly path: Path }
  | { readonly do: 'trash'; readonly path: Path }
  | {
      readonly do: 'move' | 'copy';
      readonly from: Path;
      readonly to: Path;
      readonly overwrite: boolean;
      readonly shallow: boolean;
    }
  | {
      readonly do: 'props';
      readonly path: Path;
      readonly set: readonly Property[];
      readonly remove: readonly Pick<Property, 'namespace' | 'name'>[];
    }
  | { readonly do: 'restore'; readonly node: NodeId; readonly to: Path | undefined }
  | { readonly do: 'end'; readonly nodes: readonly NodeId[] }
  | { readonly do: 'pick'; readonly path: Path; readonly version: VersionId }
  | { readonly do: 'rewind'; readonly path: Path; readonly sequence: number }
  | {
      readonly do: 'lock';
      readonly path: Path;
      readonly infinite: boolean;
      readonly exclusive: boolean;
      readonly timeoutMs: number;
    };

type Question =
  | { readonly do: 'refresh'; readonly path: Path; readonly timeoutMs: number }
  | { readonly do: 'unlock'; readonly path: Path; readonly token: string }
  | { readonly do: 'stat' | 'list' | 'versions' | 'properties' | 'childProperties' | 'locksOn'; readonly path: Path }
  | {
      readonly do: 'read';
      readonly path: Path;
      readonly version: VersionId | undefined;
      readonly onlyPiece: number | undefined;
    }
  | { readonly do: 'listAt'; readonly path: Path; readonly sequence: number }
  | { readonly do: 'trashed' | 'usage' }
  | { readonly do: 'activity'; readonly limit: number }
  | { readonly do: 'sequenceAt'; readonly timeMs: number };

export type CommandName = Command['do'];

export function describe(command: Command): string {
  const parts: string[] = [command.do];
  if ('path' in command) parts.push(show(command.path));
  if ('content' in command) parts.push(describeContent(command.content), `sum ${command.sum}`);
  if ('from' in command)
    parts.push(
      show(command.from),
      'to',
      show(command.to),
      command.overwrite ? 'overwrite' : '',
      command.shallow ? 'shallow' : '',
    );
  if ('node' in command)
    parts.push(command.node.toString(16), command.to === undefined ? '' : `to ${show(command.to)}`);
  if ('nodes' in command) parts.push(command.nodes.map((each) => each.toString(16)).join(','));
  if ('version' in command) parts.push(`version ${command.version?.toString(16) ?? 'current'}`);
  if ('sequence' in command) parts.push(`at ${command.sequence}`);
  if ('set' in command)
    parts.push(
      `set ${command.set.map((each) => each.name).join()} remove ${command.remove.map((each) => each.name).join()}`,
    );
  if ('exclusive' in command)
    parts.push(command.exclusive ? 'exclusive' : 'shared', command.infinite ? 'infinite' : 'this');
  if ('token' in command) parts.push(command.token.slice(9, 17));
  parts.push(showConditions(command.conditions));
  return parts.filter((part) => part !== '').join(' ');
}

function show(path: Path): string {
  return `/${path.map((name) => (name.length > 40 ? `${name.slice(0, 20)}…(${name.length})` : plainLetters(name))).join('/')}`;
}

/** Two names that look the same are told apart. */
function plainLetters(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16)}`);
}

function showConditions({ ifMatch, ifNoneMatch, tokens }: Conditions): string {
  const parts: string[] = [];
  if (ifMatch !== undefined) parts.push(`if-match ${typeof ifMatch === 'string' ? ifMatch : ifMatch.join()}`);
  if (ifNoneMatch !== undefined)
    parts.push(`if-none-match ${typeof ifNoneMatch === 'string' ? ifNoneMatch : ifNoneMatch.join()}`);
  if (tokens !== undefined && tokens.length > 0) parts.push(`tokens ${tokens.map((each) => each.slice(9, 17)).join()}`);
  return parts.join(' ');
}
