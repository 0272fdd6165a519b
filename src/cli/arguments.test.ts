import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type ArgumentRules, type Arguments, parseArguments } from './arguments.ts';
import { Failure } from './failure.ts';

const rules: ArgumentRules = {
  words: 'get',
  operands: 'ACCOUNT:PATH...',
  least: 1,
  most: 2,
  options: ['output', 'force', 'limit', 'password-file', 'help'],
};

const parse = (...args: readonly string[]): Arguments => parseArguments(rules, args);

function refusal(...args: readonly string[]): Failure {
  try {
    parse(...args);
  } catch (error) {
    assert.ok(error instanceof Failure);
    assert.equal(error.ending, 'usage');
    return error;
  }
  return assert.fail('it was not refused');
}

it('takes options before, between and behind operands, in each way of writing them', () => {
  for (const args of [
    ['a:/x', '--output', 'o', '--force'],
    ['--force', '-o', 'o', 'a:/x'],
    ['-oo', 'a:/x', '--force'],
    ['--output=o', '--force', 'a:/x'],
  ]) {
    const parsed = parse(...args);
    assert.deepEqual(
      [parsed.operands, parsed.text('output'), parsed.flag('force')],
      [['a:/x'], 'o', true],
      args.join(' '),
    );
  }
  assert.equal(parse('a:/x').text('output'), undefined);
  assert.equal(parse('a:/x').flag('force'), false);
});

it('takes a lone dash as a value, and what stands behind -- as operands', () => {
  assert.equal(parse('a:/x', '-o', '-').text('output'), '-');
  assert.deepEqual(parse('--', '--force', '-o').operands, ['--force', '-o']);
});

it('refuses an unknown option with the one that was probably meant', () => {
  assert.equal(refusal('a:/x', '--ouput', 'o').hint, 'did you mean --output?');
  assert.equal(refusal('a:/x', '--forced').hint, 'did you mean --force?');
  const far = refusal('a:/x', '--recursive');
  assert.match(far.message, /has no option --recursive/);
  assert.match(far.hint ?? '', /coffre help get/);
  assert.match(refusal('a:/x', '-z').message, /has no option -z/);
});

it('refuses a prefix of an option: a release that adds another would change what it means', () => {
  assert.match(refusal('a:/x', '--pass', 'f').message, /has no option --pass/);
});

it('refuses options that are given twice, without their value, or with one too many', () => {
  assert.match(refusal('a:/x', '-o', 'p', '--output', 'q').message, /--output is given twice/);
  assert.match(refusal('a:/x', '--output').message, /needs a value: FILE\|DIR\|-/);
  assert.match(refusal('a:/x', '--output=').message, /needs a value/);
  assert.match(refusal('a:/x', '--force=yes').message, /takes no value/);
});

it('refuses an option in the place of a value, unless it is written so that it is meant', () => {
  assert.match(refusal('a:/x', '--password-file', '--force').hint ?? '', /--password-file=--force/);
  assert.equal(parse('a:/x', '--password-file=--force').text('password-file'), '--force');
});

it('refuses too few and too many operands, and says which is too much', () => {
  assert.match(refusal().message, /wants ACCOUNT:PATH\.\.\./);
  assert.match(refusal('a:', 'b:', 'c:').message, /`c:` is too much/);
});

it('lets --help stand without operands', () => {
  assert.equal(parse('--help').flag('help'), true);
  assert.equal(parse('-h').flag('help'), true);
});

it('reads whole numbers within bounds, and nothing else', () => {
  assert.equal(parse('a:', '--limit', '7').count('limit', 1, 10), 7);
  assert.equal(parse('a:').count('limit', 1, 10), undefined);
  for (const wrong of ['0', '11', '1.5', '1e1', '0x5', ' 5', '99999999999999999999']) {
    assert.throws(() => parse('a:', `--limit=${wrong}`).count('limit', 1, 10), /whole number from 1 to 10/, wrong);
  }
});

it('does not let a command read an option that it does not take', () => {
  assert.throws(() => parse('a:').text('label'), /takes no --label/);
  assert.throws(() => parse('a:').required('output'), /needs --output FILE\|DIR\|-/);
});
