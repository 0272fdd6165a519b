import { it } from 'node:test';
import { bitFlips } from './bit-flips.ts';

it('a flipped bit anywhere in a data folder is never served: it is refused, reported, or harmless', async (t) => {
  await bitFlips({ small: 400, large: 80 }, (line) => t.diagnostic(line));
});
