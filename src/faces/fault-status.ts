import { unreachable } from '#base/assert.ts';
import type { Fault, FaultCode } from '#base/fault.ts';

/** The one table from what can go wrong with the world to how HTTP says it. */
export function faultAnswer({ code }: Fault): {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
} {
  const status = statusOf(code);
  return { status, headers: status === 503 ? { 'retry-after': '10' } : {} };
}

function statusOf(code: FaultCode): number {
  switch (code) {
    case 'disk-full':
      return 507;
    // Sync clients take it for maintenance, keep what they have, and come again.
    case 'read-only':
    case 'in-use':
    case 'unavailable':
    // The process stops and recovers; until then nothing is acknowledged.
    case 'sync-failed':
      return 503;
    case 'io':
    case 'damaged':
    case 'missing':
    case 'newer-format':
    case 'bad-key':
    case 'bad-config':
    case 'no-consent':
      return 500;
    default:
      return unreachable(code);
  }
}
