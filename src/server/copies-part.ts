import type { CopiesPart, CopiesStatus } from '../faces/api/copies-part.ts';
import type { CopyControl } from './control-copies.ts';
import { realClock } from './real-world.ts';

/** How long an answer of the places is good for everybody who asks. */
const goodMs = 5000;

/** The copies for the JSON API: the same that the command line has. */
export function copiesPart(control: CopyControl): CopiesPart {
  let last: { readonly timeMs: number; readonly status: Promise<CopiesStatus> } | undefined;
  return {
    status: () => {
      const timeMs = realClock.nowMs();
      if (last === undefined || timeMs - last.timeMs > goodMs) last = { timeMs, status: control.status() };
      return last.status;
    },
    add: async (copy) => {
      const added = await control.add({ ...copy });
      last = undefined;
      if (added.kind === 'refused') return added;
      const { record, joined, sharesFateWithData } = added;
      return { kind: 'added', copy: record.copy, isTakenUp: joined === 'taken-up', sharesFateWithData };
    },
  };
}
