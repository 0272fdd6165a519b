import { parseArgs } from 'node:util';
import { assert } from '#base/assert.ts';
import { closest } from './closest.ts';
import { type Failure, usage } from './failure.ts';
import { type FlagOption, type OptionName, optionSpecs, type TextOption } from './options.ts';

/** What of a command the parser needs. */
export interface ArgumentRules {
  readonly words: string;
  readonly options: readonly OptionName[];
  /** How many operands; `most` undefined is any number. */
  readonly least: number;
  readonly most: number | undefined;
  /** What the operands are, for messages: `ACCOUNT:PATH...`. */
  readonly operands: string;
}

/** Checked arguments of one command. Asking for an option that the command does not take is a programmer's mistake. */
export class Arguments {
  readonly operands: readonly string[];
  readonly #rules: ArgumentRules;
  readonly #values: ReadonlyMap<OptionName, readonly string[]>;

  constructor(rules: ArgumentRules, operands: readonly string[], values: ReadonlyMap<OptionName, readonly string[]>) {
    this.#rules = rules;
    this.operands = operands;
    this.#values = values;
  }

  takes(option: OptionName): boolean {
    return this.#rules.options.includes(option);
  }

  text(option: TextOption): string | undefined {
    assert(this.takes(option), `${this.#rules.words} takes no --${option}`);
    return this.#values.get(option)?.[0];
  }

  /** Of an option that may be given again and again. */
  texts(option: TextOption): readonly string[] {
    assert(this.takes(option) && optionSpecs[option].many === true, `${this.#rules.words} takes not many --${option}`);
    return this.#values.get(option) ?? [];
  }

  flag(option: FlagOption): boolean {
    assert(this.takes(option), `${this.#rules.words} takes no --${option}`);
    return this.#values.has(option);
  }

  /** @throws Failure `usage` when it is missing. */
  required(option: TextOption): string {
    const value = this.text(option);
    if (value === undefined)
      throw usage(
        `\`coffre ${this.#rules.words}\` needs --${option} ${optionSpecs[option].value}.`,
        helpHint(this.#rules),
      );
    return value;
  }

  /** A whole number from `least` to `most`. @throws Failure `usage`. */
  count(option: TextOption, least: number, most: number): number | undefined {
    const text = this.text(option);
    if (text === undefined) return undefined;
    const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most))
      throw usage(`--${option} wants a whole number from ${least} to ${most}, not \`${text}\`.`);
    return value;
  }

  operand(index: number): string {
    const value = this.operands[index];
    assert(value !== undefined, `${this.#rules.words} has no operand ${index}`);
    return value;
  }
}

/** @throws Failure `usage`, with a hint. */
export function parseArguments(rules: ArgumentRules, args: readonly string[]): Arguments {
  const options = Object.fromEntries(
    rules.options.map((name) => {
      const { kind, short } = optionSpecs[name];
      const type = kind === 'text' ? ('string' as const) : ('boolean' as const);
      return [name, short === undefined ? { type } : { type, short }];
    }),
  );
  // Not strict: what node would refuse is refused here, in our words.
  const { tokens } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false, tokens: true });
  const operands: string[] = [];
  const values = new Map<OptionName, readonly string[]>();
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    else if (token.kind === 'option') setOption(rules, values, token);
  }
  if (!values.has('help')) checkOperands(rules, operands);
  return new Arguments(rules, operands, values);
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function setOption(rules: ArgumentRules, values: Map<OptionName, readonly string[]>, token: OptionToken): void {
  const name = rules.options.find((each) => each === token.name);
  if (name === undefined) throw unknownOption(rules, token);
  const spec = optionSpecs[name];
  if (values.has(name) && spec.many !== true) throw usage(`${token.rawName} is given twice.`, helpHint(rules));
  if (spec.kind === 'flag') {
    if (token.value !== undefined) throw usage(`${token.rawName} takes no value.`, helpHint(rules));
    values.set(name, []);
    return;
  }
  if (token.value === undefined || token.value === '')
    throw usage(`${token.rawName} needs a value: ${spec.value}.`, helpHint(rules));
  // `--password-file --json` is a forgotten value more often than a file called --json. A lone - is standard input.
  if (token.inlineValue !== true && token.value.startsWith('-') && token.value !== '-') {
    throw usage(
      `${token.rawName} needs a value, and \`${token.value}\` looks like an option.`,
      `if it is meant, write ${token.rawName}=${token.value}`,
    );
  }
  values.set(name, [...(values.get(name) ?? []), token.value]);
}

function unknownOption(rules: ArgumentRules, token: OptionToken): Failure {
  const message = `\`coffre ${rules.words}\` has no option ${token.rawName}.`;
  const similar = closest(token.name, rules.options);
  if (similar !== undefined && token.rawName.startsWith('--')) return usage(message, `did you mean --${similar}?`);
  // A name that starts with a dash is an operand only behind --.
  return usage(message, `${helpHint(rules)}; a name that starts with - goes behind --`);
}

function checkOperands(rules: ArgumentRules, operands: readonly string[]): void {
  if (operands.length >= rules.least && (rules.most === undefined || operands.length <= rules.most)) return;
  const wanted = rules.operands === '' ? 'nothing more' : rules.operands;
  const extra =
    rules.most !== undefined && operands.length > rules.most ? `; \`${operands[rules.most]}\` is too much` : '';
  throw usage(`\`coffre ${rules.words}\` wants ${wanted}${extra}.`, helpHint(rules));
}

function helpHint(rules: ArgumentRules): string {
  return `see \`coffre help ${rules.words}\``;
}
