import { isFault } from '../base/fault.ts';
import type { Methods } from './rpc.ts';

/** The same methods; `tell` hears of every failed fsync that one of them ran into, because then the process must end. */
export function tellingOfFailedSync(methods: Methods, tell: (why: string) => void): Methods {
  const out: Record<string, Methods[string]> = {};
  for (const [name, run] of Object.entries(methods)) {
    out[name] = async (...args: never[]) => {
      try {
        return await run(...args);
      } catch (error) {
        if (isFault(error, 'sync-failed')) tell(error.message);
        throw error;
      }
    };
  }
  return out;
}
