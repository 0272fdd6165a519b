import type { Command } from './command.ts';
import { sections } from './commands.ts';
import { type OptionName, optionSpecs } from './options.ts';
import { table } from './table.ts';

export function overview(): string {
  const lines = [
    'coffre: a personal cloud whose server keeps only sealed bytes.',
    '',
    'usage: coffre COMMAND [OPTIONS]',
  ];
  const width = Math.max(...sections.flatMap(({ commands }) => commands.map(({ words }) => words.length)));
  for (const { title, commands } of sections) {
    lines.push('', `${title}:`, ...commands.map(({ words, summary }) => `  ${words.padEnd(width)}  ${summary}`));
  }
  lines.push(
    '',
    '`coffre help COMMAND` says more. Things in a vault are named ACCOUNT:PATH, like alice:/photos/x.jpg.',
  );
  return lines.join('\n');
}

export function usageLine(command: Command): string {
  return ['coffre', command.words, command.operands, '[OPTIONS]'].filter((part) => part !== '').join(' ');
}

export function helpText(command: Command): string {
  const lines = [
    `usage: ${usageLine(command)}`,
    '',
    `${capital(command.summary)}.`,
    ...command.details,
    '',
    'options:',
  ];
  lines.push(...table(command.options.map(optionCells)).map((line) => `  ${line}`));
  lines.push('', `example: ${command.example}`);
  return lines.join('\n');
}

function optionCells(name: OptionName): readonly string[] {
  const { short, value, help } = optionSpecs[name];
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return [short === undefined ? `    ${long}` : `-${short}, ${long}`, help];
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
