import { hash } from 'node:crypto';
import { pieceSizeBytes } from '#format/frame.ts';
import { maxDataBytes } from '#store/journal/journal.ts';
import { Chance } from './chance.ts';

/** Bytes of a file, made from a few numbers: the same ones are the same content, in whichever client or attempt. */
export interface ContentName {
  readonly account: number;
  readonly number: number;
  readonly sizeBytes: number;
  readonly isText: boolean;
}

interface Content {
  readonly bytes: Uint8Array;
  /** SHA-256 in hex. */
  readonly sum: string;
  readonly sha1: string;
}

const canaryEvery = 512;

/** Marks of an account: in every name, and at every half KiB of its content. None may show up with anybody else. */
export function canaryOf(seed: number, account: number): string {
  return `q${seed.toString(36)}x${'abc'[account] ?? 'z'}k`;
}

export class Contents {
  readonly #seed: number;
  readonly #made = new Map<string, Content>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  get(name: ContentName): Content {
    const key = describeContent(name);
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const bytes = this.#make(name, key);
    const made = { bytes, sum: hash('sha256', bytes), sha1: hash('sha1', bytes) };
    this.#made.set(key, made);
    return made;
  }

  #make(name: ContentName, key: string): Uint8Array {
    const chance = new Chance(this.#seed, key);
    const out = Buffer.alloc(name.sizeBytes);
    const mark = `<${canaryOf(this.#seed, name.account)}>`;
    if (name.isText) out.fill(`${mark} ${key} `);
    else for (let at = 0; at + 4 <= out.length; at += 4) out.writeUInt32LE(chance.pick(2 ** 32), at);
    for (let at = 0; at < out.length; at += canaryEvery) out.write(mark, at);
    return new Uint8Array(out);
  }
}

export function describeContent({ account, number, sizeBytes, isText }: ContentName): string {
  return `${isText ? 'text' : 'noise'} ${account}/${number} of ${sizeBytes} B`;
}

/** As the faces cut it: every piece has its own buffer. */
export function cut(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += pieceSizeBytes) pieces.push(bytes.slice(at, at + pieceSizeBytes));
  return pieces;
}

const numbersPerAccount = 5;

/** Few different ones, so that the same content comes again and again; of sizes on all sides of the limits. */
export function anyContent(chance: Chance, account: number, largeAllowed: boolean): ContentName {
  const number = chance.pick(numbersPerAccount);
  const isText = chance.percent(25);
  const sizes: readonly (readonly [number, number])[] = [
    [10, 0],
    [30, 1 + 37 * number],
    [20, maxDataBytes - 40 - number],
    [20, maxDataBytes + 500 * number],
    [8, Math.min(pieceSizeBytes, 4 * maxDataBytes) - number],
    [largeAllowed ? 8 : 0, pieceSizeBytes + number],
    [largeAllowed ? 4 : 0, 2 * pieceSizeBytes],
    // Enough pieces to be staged in several entries, where limits are small.
    [largeAllowed && pieceSizeBytes < 1024 * 1024 ? 5 : 0, 7 * pieceSizeBytes + 17],
  ];
  return { account, number, sizeBytes: chance.weighted(sizes), isText };
}
