import type { ActivityEntry } from '#faces/api/contract/time.ts';
import { call } from '../../api/client.ts';

/** A moment that is looked at: the state after the entry `sequence`. */
export interface Instant {
  readonly sequence: number;
  readonly timeMs: number;
}

export async function instantAt(timeMs: number): Promise<Instant> {
  const { sequence } = await call<{ readonly sequence: number }>('GET', '/vaults/files/past/instant', {
    query: { timeMs: Math.max(0, Math.floor(timeMs)) },
  });
  return { sequence, timeMs };
}

/** How it was right before a change. */
export function beforeEntry({ sequence, timeMs }: ActivityEntry): Instant {
  return { sequence: sequence - 1, timeMs };
}

/** What a `datetime-local` field holds: the wall clock of whoever looks. */
export function localText(timeMs: number): string {
  const here = new Date(timeMs - new Date(timeMs).getTimezoneOffset() * 60_000);
  return here.toISOString().slice(0, 16);
}
