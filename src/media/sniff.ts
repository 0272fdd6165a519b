/** What bytes are, by their first ones: a name says nothing about what a parser will meet. */
export type Sniffed = 'image' | 'heif' | 'mov' | 'matroska' | 'avi' | 'mpeg' | 'mpegts' | 'flv' | 'asf' | 'other';

const images: readonly (readonly number[])[] = [
  [0xff, 0xd8, 0xff],
  [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  [0x47, 0x49, 0x46, 0x38],
  [0x49, 0x49, 0x2a, 0x00],
  [0x4d, 0x4d, 0x00, 0x2a],
];

const heifBrands: ReadonlySet<string> = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1']);

export function sniff(bytes: Uint8Array): Sniffed {
  const starts = (magic: readonly number[], at = 0): boolean => magic.every((byte, i) => bytes[at + i] === byte);
  const ascii = (at: number, length: number): string => String.fromCharCode(...bytes.subarray(at, at + length));
  if (images.some((magic) => starts(magic))) return 'image';
  if (ascii(0, 4) === 'RIFF') return ascii(8, 4) === 'WEBP' ? 'image' : ascii(8, 4) === 'AVI ' ? 'avi' : 'other';
  if (ascii(4, 4) === 'ftyp') {
    const brand = ascii(8, 4);
    return heifBrands.has(brand) ? 'heif' : brand === 'avif' || brand === 'avis' ? 'image' : 'mov';
  }
  if (['moov', 'mdat', 'wide', 'free', 'skip'].includes(ascii(4, 4))) return 'mov';
  if (starts([0x1a, 0x45, 0xdf, 0xa3])) return 'matroska';
  if (starts([0x00, 0x00, 0x01, 0xba])) return 'mpeg';
  if (bytes[0] === 0x47 && bytes[188] === 0x47) return 'mpegts';
  if (bytes[4] === 0x47 && bytes[196] === 0x47) return 'mpegts';
  if (ascii(0, 3) === 'FLV') return 'flv';
  if (starts([0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11])) return 'asf';
  return 'other';
}
