import type { ArgumentRules, Arguments } from './arguments.ts';
import type { Ending } from './exit-codes.ts';
import type { Keyboard } from './prompt.ts';
import type { Output, Terminal } from './terminal.ts';

/** What a command has to work with. */
export interface Context {
  readonly args: Arguments;
  readonly terminal: Terminal;
  readonly keyboard: Keyboard;
  /** Where questions are asked. */
  readonly screen: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C and SIGTERM: what runs long takes nothing new. */
  readonly stopping: AbortSignal;
  /** Runs when the command is stopped by a signal; returns how to take it back. */
  onStop(run: () => Promise<void>): () => void;
}

type Run = (context: Context) => Promise<Ending>;

/** A row of the table in commands.ts. */
export interface Command extends ArgumentRules {
  /** One line, after the name in the list of commands. */
  readonly summary: string;
  /** What else is to be known; a line of help each. */
  readonly details: readonly string[];
  readonly example: string;
  /** The server stops by itself on signals. */
  readonly ownsSignals?: true;
  /** Loaded when it runs, so that each command starts with what it needs only. */
  readonly load: () => Promise<Run>;
}
