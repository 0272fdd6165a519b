import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { it } from 'node:test';
import { commands } from './commands.ts';
import { helpText, usageLine } from './help.ts';
import { optionSpecs } from './options.ts';
import { run } from './program.ts';
import { Terminal } from './terminal.ts';

interface Spoken {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function speak(...argv: readonly string[]): Promise<Spoken> {
  const spoken = { out: '', err: '' };
  const into = (which: 'out' | 'err'): Writable =>
    new Writable({
      write: (part: Buffer, _encoding, done) => {
        spoken[which] += part.toString();
        done();
      },
    });
  const err = into('err');
  const code = await run(argv, {
    terminal: new Terminal({ out: into('out'), err }),
    keyboard: { on: () => undefined, off: () => undefined, resume: () => undefined, pause: () => undefined },
    screen: err,
    environment: {},
    stopping: new AbortController().signal,
    onStop: () => () => undefined,
    ownsSignals: () => undefined,
  });
  return { code, ...spoken };
}

it('shows help for everything there is, with an example that parses as the command it is of', async () => {
  const { code, out } = await speak('help');
  assert.equal(code, 0);
  for (const command of commands) {
    assert.ok(out.includes(command.words), command.words);
    const help = await speak('help', ...command.words.split(' '));
    assert.equal(help.code, 0);
    assert.ok(help.out.startsWith(`usage: coffre ${command.words}`));
    assert.equal((await speak(...command.words.split(' '), '--help')).out, `${helpText(command)}\n`);
    assert.ok(command.example.startsWith(`coffre ${command.words}`), command.example);
    assert.equal(typeof (await command.load()), 'function');
  }
});

it('stays within 120 columns', () => {
  for (const command of commands) {
    for (const line of helpText(command).split('\n')) assert.ok(line.length <= 120, line);
  }
});

it('takes every option somewhere, and short ones for one thing only', () => {
  for (const name of Object.keys(optionSpecs))
    assert.ok(
      commands.some(({ options }) => options.some((each) => each === name)),
      name,
    );
  const shorts = Object.values(optionSpecs).flatMap(({ short }) => short ?? []);
  assert.equal(new Set(shorts).size, shorts.length);
});

it('has every command in the manual', () => {
  const manual = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8');
  const lines = manual.split('\n').map((line) => line.split(/ {2,}/));
  for (const command of commands) {
    const usage = usageLine(command).replace(' [OPTIONS]', '');
    assert.ok(
      lines.some(([first, second]) => first === usage && second === command.summary),
      usage,
    );
  }
});

it('names the command that was probably meant', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['lss', 'a:'], /did you mean `coffre ls`/],
    [['imprt', 'x', 'a:'], /did you mean `coffre import`/],
    [['account', 'creat', 'alice'], /did you mean `coffre account create`/],
    [['account'], /coffre account create, coffre account list/],
    [['frobnicate'], /see `coffre help`/],
    [['--data', 'x', 'ls'], /options go behind it/],
    [['help', 'nothing'], /There is no command/],
  ];
  for (const [argv, expected] of cases) {
    const { code, out, err } = await speak(...argv);
    assert.equal(code, 2, argv.join(' '));
    assert.equal(out, '');
    assert.match(err, expected);
  }
});

it('shows the commands, as a mistake, when it is asked for nothing', async () => {
  const { code, out, err } = await speak();
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /usage: coffre COMMAND/);
});

it('says its version, which is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    readonly version: string;
  };
  for (const argv of ['version', '--version'])
    assert.deepEqual(await speak(argv), { code: 0, out: `coffre ${version}\n`, err: '' });
});

it('refuses to read from a data folder that is not there, instead of making one', async () => {
  const { code, err } = await speak('account', 'list', '--data', '/nonexistent/coffre-data');
  assert.equal(code, 3);
  assert.match(err, /There is no data of Coffre in \/nonexistent\/coffre-data/);
});

it('wants a proof, and only one', async () => {
  const none = await speak('ls', 'alice:');
  assert.equal(none.code, 2);
  assert.match(none.err, /there is no terminal to ask at/);
  const two = await speak('ls', 'alice:', '--password-file', 'a', '--kit-file', 'b');
  assert.equal(two.code, 2);
  assert.match(two.err, /Give one proof: --password-file or --kit-file/);
});
