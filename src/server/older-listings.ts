import { Fault } from '../base/fault.ts';
import type { FilesPort } from '../vault/files/port.ts';
import type { GateLink } from './gate-link.ts';

/**
 * For clients that compare folders and take what is not listed for deleted. While a vault is behind what was acknowledged, or
 * what a copy holds, or a branch that was left is coming back, it lists nothing, and says of nothing that it is not there: they are told to come later, and keep what
 * they have. What is there can be read, file by file.
 */
export function withoutOlderListings(
  port: FilesPort,
  gate: Pick<GateLink, 'behind'>,
  bringsBack: () => Promise<boolean>,
): FilesPort {
  const assertCurrent = async (): Promise<void> => {
    if (await bringsBack()) {
      throw new Fault(
        'unavailable',
        'What copies hold of the branch that was left is coming back. Nothing was lost; come again in a minute.',
      );
    }
    const why = await gate.behind(port.id);
    if (why !== undefined) {
      const what = 'Folders are not listed meanwhile, so that no program takes an older state for deletions; ';
      throw new Fault('read-only', `${why} ${what}single files can be read.`);
    }
  };
  return {
    ...port,
    list: async (path) => {
      await assertCurrent();
      return port.list(path);
    },
    stat: async (path) => {
      const found = await port.stat(path);
      if (found === undefined) await assertCurrent();
      return found;
    },
    plan: async (path, wholeUpToBytes, version) => {
      const plan = await port.plan(path, wholeUpToBytes, version);
      if (plan.kind === 'refused') await assertCurrent();
      return plan;
    },
  };
}
