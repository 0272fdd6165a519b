type Http = typeof import('node:http');
type Https = typeof import('node:https');

/**
 * Node's own modules, asked for instead of imported: an import looks at all that a module offers, and one lazy part of
 * `node:http` (WebSocket) takes 40 ms of processor time and memory at every start.
 */
export const http: Http = process.getBuiltinModule('node:http');
export const https: Https = process.getBuiltinModule('node:https');
