import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { it } from 'node:test';
import { kitFacts } from '#accounts/kit-facts.ts';
import { Secret } from '#base/secret.ts';
import { findIdentity } from '#format/identity.ts';
import { readQr } from '../../test/e2e/read-qr.ts';
import { Failure } from './failure.ts';
import { accountKit, kitText, saveKit } from './kit.ts';
import { kitPage, qrSvg } from './kit-page.ts';
import { Terminal } from './terminal.ts';

const keyBytes = Uint8Array.from({ length: 32 }, (_, index) => (index * 37) & 255);
const facts = kitFacts(new Secret(keyBytes));
const subject = accountKit('alice');

it('writes a kit that is read back, and whose other lines are comments for age', () => {
  const text = kitText(subject, facts, '2026-11-20');
  assert.deepEqual(findIdentity(text), keyBytes);
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  assert.deepEqual(lines, [facts.identity]);
  assert.ok(text.includes(facts.words.join(' ')));
});

it('writes a page that is one file without scripts, and is a kit itself', () => {
  const page = kitPage({ ...subject, title: 'Kit of <b>"alice"</b>' }, facts, '2026-11-20');
  assert.deepEqual(findIdentity(page), keyBytes);
  assert.ok(!/<script|href=|src=|url\(/.test(page));
  assert.ok(!page.includes('<b>'));
  for (const word of facts.words) assert.ok(page.includes(`<li>${word}</li>`));
});

it('shows a kit that cannot be saved, loudly, rather than losing it', async () => {
  const shown: string[] = [];
  const terminal = new Terminal({ out: sink(shown), err: sink(shown) });
  const nowhere = { text: '/nonexistent/kit.txt', page: undefined };
  await assert.rejects(
    saveKit({ terminal }, nowhere, subject, facts),
    (error: unknown) => error instanceof Failure && error.ending === 'io',
  );
  assert.deepEqual(findIdentity(shown.join('')), keyBytes);
  assert.match(shown.join(''), /THE KIT COULD NOT BE SAVED/);
});

function sink(into: string[]): Writable {
  return new Writable({
    write: (part: Buffer, _encoding, done) => {
      into.push(part.toString());
      done();
    },
  });
}

it('draws a QR code that a reader takes the identity from', () => {
  const svg = qrSvg(facts.identity);
  const side = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1]);
  const dark = new Set([...svg.matchAll(/M(\d+) (\d+)h1v1h-1z/g)].map((match) => `${match[1]},${match[2]}`));
  const quiet = 4;
  const isDark = (row: number, column: number): boolean => dark.has(`${column + quiet},${row + quiet}`);
  assert.deepEqual(readQr(side - 2 * quiet, isDark), { mode: 'alphanumeric', text: facts.identity });
});
