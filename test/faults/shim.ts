// The C file beside this one, built once, in the environment of a program.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from './commands.ts';

type ShimKind = 'short' | 'torn' | 'flip' | 'lost' | 'enospc' | 'eio' | 'kill';

export interface ShimFault {
  readonly kind: ShimKind;
  /** Part of the path of the files that are meant. */
  readonly path: string;
  /** Which of the matching calls, from 1. */
  readonly at: number;
  /** From there on all of them. */
  readonly andAfter?: boolean;
  /** Nothing counts before `open` was called. */
  readonly gated?: boolean;
}

export interface Armed {
  /** The environment in which the program meets the fault. */
  readonly env: Readonly<Record<string, string>>;
  readonly open: () => void;
  /** The paths of the calls that went wrong so far. */
  readonly struck: () => readonly string[];
}

export class Shim {
  readonly #scratch: string = mkdtempSync(join(tmpdir(), 'coffre-shim-'));
  readonly #library: string = join(this.#scratch, 'shim.so');
  #logs = 0;

  constructor() {
    const source = join(import.meta.dirname, 'fault-shim.c');
    command('gcc', '-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', this.#library, source, '-ldl');
  }

  arm(fault: ShimFault): Armed {
    this.#logs += 1;
    const log = join(this.#scratch, `log-${this.#logs}`);
    const gate = `${log}-gate`;
    return {
      env: {
        LD_PRELOAD: this.#library,
        FAULT_KIND: fault.kind,
        FAULT_PATH: fault.path,
        FAULT_AT: String(fault.at),
        FAULT_LOG: log,
        ...(fault.andAfter === true ? { FAULT_ON: '1' } : {}),
        ...(fault.gated === true ? { FAULT_GATE: gate } : {}),
      },
      open: () => writeFileSync(gate, ''),
      struck: () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : []),
    };
  }

  remove(): void {
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}
