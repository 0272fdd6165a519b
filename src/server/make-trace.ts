import { Trace } from '../rights/trace.ts';
import type { Core } from './core.ts';
import { realClock, realRandomness } from './real-world.ts';

export function makeTrace({ disk, instance }: Pick<Core, 'disk' | 'instance'>, keepDays: number): Trace {
  return new Trace({
    disk,
    clock: realClock,
    random: realRandomness,
    instanceKey: () => instance.traceKey,
    inboxOf: (vault) => {
      const newest = instance.view.vault(vault)?.epochs.at(-1);
      return newest === undefined ? undefined : { epoch: newest.epoch, publicKey: newest.inboxPublic };
    },
    keepDays,
  });
}
