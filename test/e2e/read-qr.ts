// Reads a QR code of version 4 without errors in it (ISO/IEC 18004), written from the standard and not from the library
// that draws them.

type IsDark = (row: number, column: number) => boolean;

const masks: readonly ((row: number, column: number) => boolean)[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

/** §7.9: what the fifteen format bits are combined with. */
const formatMask = 0b101010000010010;
const levelM = 0b00;
const sideOfVersion4 = 33;
/** Table 9: version 4, level M has two blocks of 32 data codewords. */
const blocks = 2;
const dataPerBlock = 32;
const alphanumericMode = 0b0010;
const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

export function readQr(side: number, isDark: IsDark): { readonly mode: 'alphanumeric'; readonly text: string } {
  if (side !== sideOfVersion4) throw new Error(`not version 4: ${side} modules`);
  const format = formatBits(isDark) ^ formatMask;
  if (format >> 13 !== levelM) throw new Error('not level M');
  const mask = masks[(format >> 10) & 7];
  if (mask === undefined) throw new Error('no mask');
  const bits: boolean[] = [];
  for (const [row, column] of dataModules(side)) bits.push(isDark(row, column) !== mask(row, column));
  return readText(deinterleaved(bits));
}

/** §7.9.1: along the upper left finder, the most significant bit first; row 8, then column 8 upwards. */
function formatBits(isDark: IsDark): number {
  const along = [0, 1, 2, 3, 4, 5, 7, 8].map((column) => isDark(8, column));
  const up = [7, 5, 4, 3, 2, 1, 0].map((row) => isDark(row, 8));
  return [...along, ...up].reduce((value, bit) => value * 2 + (bit ? 1 : 0), 0);
}

/** §7.7.3: two columns at a time from the right, upwards and downwards in turn, around the function patterns. */
function* dataModules(side: number): Generator<readonly [number, number]> {
  let up = true;
  for (let right = side - 1; right > 0; right -= 2) {
    if (right === 6) right -= 1;
    for (let step = 0; step < side; step += 1) {
      const row = up ? side - 1 - step : step;
      for (const column of [right, right - 1]) if (!isFunction(side, row, column)) yield [row, column];
    }
    up = !up;
  }
}

function isFunction(side: number, row: number, column: number): boolean {
  const nearFinder = (row < 9 && column < 9) || (row < 9 && column >= side - 8) || (row >= side - 8 && column < 9);
  // Annex E: version 4 has its one free alignment pattern around module 26.
  const inAlignment = Math.abs(row - 26) <= 2 && Math.abs(column - 26) <= 2;
  return nearFinder || row === 6 || column === 6 || inAlignment;
}

function deinterleaved(bits: readonly boolean[]): readonly boolean[] {
  const codewords = Array.from({ length: blocks * dataPerBlock }, (_, index) => bits.slice(index * 8, index * 8 + 8));
  return Array.from({ length: blocks }, (_, block) =>
    codewords.filter((_codeword, index) => index % blocks === block),
  ).flat(2);
}

function readText(bits: readonly boolean[]): { readonly mode: 'alphanumeric'; readonly text: string } {
  let at = 0;
  const take = (length: number): number => {
    const value = bits.slice(at, at + length).reduce((sum, bit) => sum * 2 + (bit ? 1 : 0), 0);
    at += length;
    return value;
  };
  if (take(4) !== alphanumericMode) throw new Error('not alphanumeric');
  // Table 3: nine bits count the characters in versions 1 to 9.
  const length = take(9);
  let text = '';
  while (text.length + 1 < length) {
    const pair = take(11);
    text += `${letters[Math.floor(pair / 45)]}${letters[pair % 45]}`;
  }
  if (text.length < length) text += letters[take(6)];
  return { mode: 'alphanumeric', text };
}
