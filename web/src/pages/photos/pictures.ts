import { admit, personalUrl, sessionHeaders } from '../../api/client.ts';
import { onSessionEnd } from '../../api/session.ts';

type Size = 'small' | 'large';

interface Wanted {
  readonly key: string;
  readonly node: string;
  readonly size: Size;
  readonly waiters: Set<(url: string | undefined) => void>;
}

const mostAtOnce = 5;
const mostKept = 800;

/** Addresses of pictures in this window's memory, the least recently used first. They never stay anywhere else. */
const kept = new Map<string, string>();
/** What came last is loaded first: it is what is being looked at. */
const waiting = new Map<string, Wanted>();
const underWay = new Map<string, AbortController>();

onSessionEnd(() => {
  for (const url of kept.values()) URL.revokeObjectURL(url);
  kept.clear();
  waiting.clear();
  for (const controller of underWay.values()) controller.abort();
});

function keyOf(node: string, version: string, size: Size): string {
  return `${node}-${version}-${size}`;
}

export function knownPicture(node: string, version: string, size: Size): string | undefined {
  return kept.get(keyOf(node, version, size));
}

/** Calls back once with the address of the picture, or with undefined when there is none. @returns not wanted any more. */
export function wantPicture(
  node: string,
  version: string,
  size: Size,
  give: (url: string | undefined) => void,
): () => void {
  const key = keyOf(node, version, size);
  const known = kept.get(key);
  if (known !== undefined) {
    kept.delete(key);
    kept.set(key, known);
    give(known);
    return () => undefined;
  }
  const wanted = waiting.get(key) ?? { key, node, size, waiters: new Set() };
  waiting.delete(key);
  waiting.set(key, wanted);
  wanted.waiters.add(give);
  // Those that scroll by within this turn are not asked for at all.
  setTimeout(loadMore, 0);
  return () => {
    wanted.waiters.delete(give);
    if (wanted.waiters.size > 0) return;
    waiting.delete(key);
    underWay.get(key)?.abort();
  };
}

function loadMore(): void {
  const next = [...waiting.values()].filter(({ key }) => !underWay.has(key)).toReversed();
  for (const wanted of next.slice(0, Math.max(0, mostAtOnce - underWay.size))) void load(wanted);
}

async function load(wanted: Wanted): Promise<void> {
  const controller = new AbortController();
  underWay.set(wanted.key, controller);
  let url: string | undefined;
  try {
    const address = personalUrl(`/vaults/files/photos/${wanted.node}/picture?size=${wanted.size}`);
    const response = await fetch(address, { headers: sessionHeaders(), cache: 'no-store', signal: controller.signal });
    admit(response);
    if (response.ok) url = keep(wanted.key, await response.blob());
  } catch {
    // Scrolled out of sight, or no connection: asked for again when it is seen again.
  }
  underWay.delete(wanted.key);
  // Wanted anew while this was given up: that is another one.
  if (waiting.get(wanted.key) === wanted) waiting.delete(wanted.key);
  for (const give of wanted.waiters) give(url);
  loadMore();
}

function keep(key: string, picture: Blob): string {
  const url = URL.createObjectURL(picture);
  kept.set(key, url);
  for (const [oldest, old] of kept) {
    if (kept.size <= mostKept) break;
    URL.revokeObjectURL(old);
    kept.delete(oldest);
  }
  return url;
}
