import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { WebFile } from '../faces/web/web-face.ts';

const built: string = join(import.meta.dirname, '..', '..', 'web', 'dist');

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/** The built application, a few megabytes: read once, so that a new build beside a running server mixes nothing. */
export function readWebFiles(): ReadonlyMap<string, WebFile> {
  const bytes = new Map(filesBelow(built).map((path) => [path, new Uint8Array(readFileSync(join(built, path)))]));
  const files = new Map<string, WebFile>();
  for (const [path, plain] of bytes) {
    const type = types[extname(path)];
    if (type === undefined) continue;
    files.set(`/${path}`, { type, plain, brotli: bytes.get(`${path}.br`), gzip: bytes.get(`${path}.gz`) });
  }
  return files;
}

/** Without a build there is no application; the other faces are served all the same. */
function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
