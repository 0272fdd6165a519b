// Why a test can not run here, for `skip`; false when it can.
import { spawnSync } from 'node:child_process';

export function needs(...tools: readonly string[]): string | false {
  if (process.platform !== 'linux') return 'needs Linux';
  const lacking = tools.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  return lacking.length === 0 ? false : `needs ${lacking.join(', ')}`;
}

export function needsRoot(...tools: readonly string[]): string | false {
  return process.getuid?.() === 0 ? needs(...tools) : 'needs root';
}
