import { programVersion } from '#server/program-version.ts';
import { parseArguments } from './arguments.ts';
import { closest } from './closest.ts';
import type { Command, Context } from './command.ts';
import { commands } from './commands.ts';
import { type Ending, exitCodes } from './exit-codes.ts';
import { endingOf, Failure, usage } from './failure.ts';
import { helpText, overview } from './help.ts';
import type { Terminal } from './terminal.ts';

export type World = Omit<Context, 'args' | 'terminal'> & {
  readonly terminal: Terminal;
  /** Whether the command in hand ends by itself on signals. */
  ownsSignals(): void;
};

/** Runs one command line. Never throws: everything that can happen is an exit code and a sentence. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  try {
    const ending = await dispatch(argv, world);
    return exitCodes[world.stopping.aborted && ending === 'ok' ? 'interrupted' : ending];
  } catch (error) {
    return exitCodes[explain(error, world.terminal)];
  }
}

async function dispatch(argv: readonly string[], world: World): Promise<Ending> {
  const { terminal } = world;
  const [first] = argv;
  if (first === undefined) {
    terminal.loud(overview());
    return 'usage';
  }
  if (first === 'help' || first === '--help' || first === '-h') return help(argv.slice(1), terminal);
  if (first === 'version' || first === '--version') {
    terminal.line(`coffre ${programVersion()}`);
    return 'ok';
  }
  const { command, rest } = findCommand(argv);
  const args = parseArguments(command, rest);
  if (args.flag('help')) {
    terminal.line(helpText(command));
    return 'ok';
  }
  if (command.ownsSignals === true) world.ownsSignals();
  const runCommand = await command.load();
  return runCommand({ ...world, args });
}

function help(words: readonly string[], terminal: Terminal): Ending {
  const wanted = words.filter((word) => !word.startsWith('-'));
  if (wanted.length === 0) {
    terminal.line(overview());
    return 'ok';
  }
  const name = wanted.join(' ');
  const found = commands.filter(({ words: each }) => each === name || each.startsWith(`${name} `));
  if (found.length === 0) throw noSuchCommand(wanted);
  terminal.line(found.map(helpText).join('\n\n\n'));
  return 'ok';
}

/** The command with most words that the line begins with. @throws Failure `usage`. */
function findCommand(argv: readonly string[]): { readonly command: Command; readonly rest: readonly string[] } {
  for (const length of [3, 2, 1]) {
    const words = argv.slice(0, length).join(' ');
    const command = commands.find((each) => each.words === words);
    if (command !== undefined) return { command, rest: argv.slice(length) };
  }
  throw noSuchCommand(argv.slice(0, 2));
}

function noSuchCommand(words: readonly string[]): Failure {
  const [first = '', second] = words;
  if (first.startsWith('-'))
    return usage(`${first} stands before the command.`, 'options go behind it: coffre COMMAND [OPTIONS]');
  const group = commands.filter((each) => each.words.startsWith(`${first} `)).map((each) => each.words);
  if (group.length > 0 && second === undefined)
    return usage(`\`coffre ${first}\` wants to know what.`, group.map((each) => `coffre ${each}`).join(', '));
  const all = [...new Set(commands.flatMap((each) => [each.words, each.words.split(' ', 1)[0] ?? '']))];
  const name = second === undefined ? first : `${first} ${second}`;
  const similar = closest(name, all) ?? closest(first, all);
  return usage(
    `There is no command \`coffre ${group.length > 0 ? name : first}\`.`,
    similar === undefined ? 'see `coffre help`' : `did you mean \`coffre ${similar}\`?`,
  );
}

/** Says what went wrong, in the words of whoever knew. */
function explain(error: unknown, terminal: Terminal): Ending {
  const ending = endingOf(error);
  if (ending === undefined) {
    terminal.note(
      `This is a mistake in the program: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    terminal.hint('nothing that was acknowledged is lost; please report this with the lines above');
    return 'bug';
  }
  terminal.note(error instanceof Error ? error.message : String(error));
  if (error instanceof Failure && error.hint !== undefined) terminal.hint(error.hint);
  return ending;
}
