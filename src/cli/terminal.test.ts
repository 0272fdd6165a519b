import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { it } from 'node:test';
import { table } from './table.ts';
import { count, type Output, sizeText, Terminal, visible } from './terminal.ts';

class Recorder extends Writable {
  text = '';
  readonly isTTY: boolean;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  override _write(part: Buffer, _encoding: string, done: () => void): void {
    this.text += part.toString();
    done();
  }
}

function terminalOn(isTTY: boolean): { readonly terminal: Terminal; readonly out: Recorder; readonly err: Recorder } {
  const out = new Recorder(isTTY);
  const err = new Recorder(isTTY);
  const streams: { out: Output; err: Output } = { out, err };
  return { terminal: new Terminal(streams), out, err };
}

it('keeps results and everything else apart', () => {
  const { terminal, out, err } = terminalOn(false);
  terminal.line('the result');
  terminal.note('by the way');
  terminal.hint('do this');
  terminal.json([1]);
  assert.equal(out.text, 'the result\n[\n  1\n]\n');
  assert.equal(err.text, 'coffre: by the way\ncoffre: hint: do this\n');
});

it('shows progress on a terminal only, cut to its width, and clears it before other lines', () => {
  const quiet = terminalOn(false);
  quiet.terminal.progress(() => assert.fail('nobody sees this'));
  assert.equal(quiet.err.text, '');
  const { terminal, err } = terminalOn(true);
  terminal.progress(() => 'x'.repeat(200));
  terminal.note('done');
  terminal.progressEnds();
  assert.equal(err.text, `\r\x1b[K${'x'.repeat(79)}\r\x1b[Kcoffre: done\n`);
});

it('makes names harmless for a terminal, and leaves ordinary ones alone', () => {
  assert.equal(visible('Été 2026 – 写真 🙂.jpg'), 'Été 2026 – 写真 🙂.jpg');
  assert.equal(visible('a\nb\tc'), 'a\\nb\\tc');
  assert.equal(visible('\x1b[2J\x07\u009b'), '\\x1b[2J\\x07\\x9b');
  assert.equal(visible('exe.\u202egpj'), 'exe.\\u{202e}gpj');
});

it('says sizes and counts as people do', () => {
  assert.deepEqual([0, 1023, 1024, 1536, 10 * 1024, 5 * 2 ** 30, 2 ** 50].map(sizeText), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '10 KiB',
    '5.0 GiB',
    '1.0 PiB',
  ]);
  assert.deepEqual([count(1, 'entry', 'entries'), count(1200, 'file')], ['1 entry', '1,200 files']);
});

it('aligns columns', () => {
  assert.deepEqual(
    table(
      [
        ['1 B', 'a', 'x'],
        ['100 B', 'bcd', ''],
      ],
      [0],
    ),
    ['  1 B  a    x', '100 B  bcd'],
  );
});
