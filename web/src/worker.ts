// The service worker: with it the application can be installed, and opens on a device whose server does not answer.
// It keeps the files that are the same for everybody, and nothing else: an answer of the API never goes through it.

interface LaterEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface FetchEvent extends Event {
  readonly request: globalThis.Request;
  respondWith(answer: Promise<Response>): void;
}

/** Filled in when it is built: the files of the first page, and a digest of their names. */
const shell: readonly string[] = JSON.parse('__SHELL_FILES__') as readonly string[];
const cacheName = 'coffre-__SHELL_DIGEST__';
const page = '/';

const scope = globalThis as unknown as {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: LaterEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
};

scope.addEventListener('install', (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll([page, ...shell])));
  void scope.skipWaiting();
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(dropOlder().then(() => scope.clients.claim()));
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== scope.location.origin) return;
  if (pathname.startsWith('/assets/')) event.respondWith(keptOrFetched(request));
  else if (request.mode === 'navigate' && isInside(pathname)) event.respondWith(pageOrKept(request));
});

async function dropOlder(): Promise<void> {
  for (const name of await caches.keys()) if (name !== cacheName) await caches.delete(name);
}

/** Other faces of the server answer for themselves. */
function isInside(pathname: string): boolean {
  return !/^\/(api|dav|remote\.php|index\.php|ocs|health|metrics)(\/|$)/.test(pathname);
}

/** A file has its hash in its name: what was kept is what would come. */
async function keptOrFetched(request: globalThis.Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(request);
  if (kept !== undefined) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

/** The page of the server as it is now; the kept one only when it does not answer. */
async function pageOrKept(request: globalThis.Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(cacheName)).match(page);
    if (kept === undefined) throw error;
    return kept;
  }
}
