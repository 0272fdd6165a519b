import { readFileSync } from 'node:fs';

export function programVersion(): string {
  const about: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const known = typeof about === 'object' && about !== null && 'version' in about ? about.version : undefined;
  return String(known ?? 'unknown');
}
