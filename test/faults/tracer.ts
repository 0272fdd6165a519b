// strace around the program: what it asks the kernel for, and answers that the kernel did not give.
import { readFileSync } from 'node:fs';

/** One libuv thread, so that file calls come one after the other and a count means the same call every time. */
export const oneFileThread: Readonly<Record<string, string>> = { UV_THREADPOOL_SIZE: '1' };

export interface Call {
  readonly name: string;
  readonly text: string;
  readonly result: string;
}

/** The calls of a file that `strace -f -o` wrote, calls that were interrupted by another thread's put together. */
export function readCalls(file: string): readonly Call[] {
  const unfinished = new Map<string, string>();
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
      if (rest.endsWith('<unfinished ...>')) {
        unfinished.set(thread, rest.slice(0, -'<unfinished ...>'.length));
        return [];
      }
      const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1];
      const text = resumed === undefined ? rest : (unfinished.get(thread) ?? '') + resumed;
      const [, name, result] = /^(\w+)\(.*\)\s+= (.*)$/.exec(text) ?? [];
      return name === undefined || result === undefined ? [] : [{ name, text, result }];
    });
}
