// Files of real formats, made by chance that is always the same: photos (PNG, TIFF), videos (AVI), music (WAV, MP3) and
// documents (PDF, ODT, EML, CSV). Any program that knows the format opens them.
import { type Cipheriv, createCipheriv, createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

export interface RealFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly mtimeMs: number;
}

/** Bytes from a seed: a stream cipher over zeros. */
class Noise {
  readonly #stream: Cipheriv;

  constructor(seed: string) {
    this.#stream = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), Buffer.alloc(16));
  }

  bytes(length: number): Buffer {
    return this.#stream.update(Buffer.alloc(length));
  }

  below(limit: number): number {
    return this.bytes(6).readUIntBE(0, 6) % limit;
  }
}

type Make = (noise: Noise, title: string) => Buffer;

const kinds: readonly { readonly folder: string; readonly name: string; readonly make: Make }[] = [
  { folder: 'Photos/2024', name: 'IMG.png', make: png },
  { folder: 'Photos/Été 2025', name: 'DSC.tif', make: tiff },
  { folder: 'Photos/2024', name: 'Scan.png', make: png },
  { folder: 'Videos', name: 'Clip.avi', make: avi },
  { folder: 'Music/Live', name: 'Take.wav', make: wav },
  { folder: 'Music/Albums', name: 'Track.mp3', make: mp3 },
  { folder: 'Documents/Taxes', name: 'Letter.pdf', make: pdf },
  { folder: 'Documents', name: 'Report.odt', make: odt },
  { folder: 'Documents/Mail', name: 'Message.eml', make: eml },
  { folder: 'Documents', name: 'Table.csv', make: csv },
];

/** So many files of one person, kinds in turn. */
export function* realFiles(person: string, count: number): Generator<RealFile> {
  for (let index = 0; index < count; index += 1) {
    const kind = kinds[index % kinds.length];
    if (kind === undefined) return;
    const [stem = '', ending = ''] = kind.name.split('.');
    const title = `${stem} ${String(index).padStart(5, '0')}.${ending}`;
    const noise = new Noise(`${person}/${index}`);
    yield {
      path: `${kind.folder}/${title}`,
      bytes: kind.make(noise, `${title} of ${person}`),
      mtimeMs: Date.UTC(2024, 0, 1) + noise.below(600 * 24 * 3600) * 1000,
    };
  }
}

/** Gradients with grain: it compresses as a photo does. */
function pixels(noise: Noise, width: number, height: number): Buffer {
  const grain = noise.bytes(width * height * 3);
  const [red, green, blue] = [noise.below(256), noise.below(256), noise.below(256)];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 3;
      grain[at] = (red + x + ((grain[at] ?? 0) >> 3)) & 255;
      grain[at + 1] = (green + y + ((grain[at + 1] ?? 0) >> 3)) & 255;
      grain[at + 2] = (blue + x + y + ((grain[at + 2] ?? 0) >> 3)) & 255;
    }
  }
  return grain;
}

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** W3C PNG, true colour of 8 bits. */
function png(noise: Noise, title: string): Buffer {
  const [width, height] = [160 + noise.below(160), 120 + noise.below(120)];
  const rgb = pixels(noise, width, height);
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y += 1) rgb.copy(rows, y * (width * 3 + 1) + 1, y * width * 3, (y + 1) * width * 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('tEXt', Buffer.from(`Title\0${title}`, 'latin1')),
    pngChunk('IDAT', deflateSync(rows, { level: 1 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** TIFF 6.0 §3: baseline, RGB, one strip. */
function tiff(noise: Noise): Buffer {
  const [width, height] = [160 + noise.below(100), 120 + noise.below(80)];
  const data = pixels(noise, width, height);
  const tags: readonly (readonly [tag: number, type: number, count: number, value: number])[] = [
    [256, 4, 1, width],
    [257, 4, 1, height],
    [258, 3, 3, 8 + data.length],
    [259, 3, 1, 1],
    [262, 3, 1, 2],
    [273, 4, 1, 8],
    [277, 3, 1, 3],
    [278, 4, 1, height],
    [279, 4, 1, data.length],
  ];
  const directory = Buffer.alloc(2 + tags.length * 12 + 4);
  directory.writeUInt16LE(tags.length, 0);
  tags.forEach(([tag, type, count, value], index) => {
    const at = 2 + index * 12;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(count, at + 4);
    directory.writeUInt32LE(value, at + 8);
  });
  const header = Buffer.alloc(8);
  header.write('II', 0, 'latin1');
  header.writeUInt16LE(42, 2);
  header.writeUInt32LE(8 + data.length + 6, 4);
  return Buffer.concat([header, data, Buffer.from([8, 0, 8, 0, 8, 0]), directory]);
}

function riff(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const out = Buffer.alloc(8 + body.length + (body.length & 1));
  out.write(type, 0, 'latin1');
  out.writeUInt32LE(body.length, 4);
  body.copy(out, 8);
  return out;
}

function words(...values: readonly number[]): Buffer {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    out.writeUInt32LE(value, index * 4);
  });
  return out;
}

const tag = (text: string): Buffer => Buffer.from(text, 'latin1');

/** RIFF AVI: uncompressed frames of 24 bits. */
function avi(noise: Noise): Buffer {
  const [width, height, frames] = [96, 64, 12 + noise.below(12)];
  const frameBytes = width * height * 3;
  const header = words(40_000, frameBytes * 25, 0, 0, frames, 0, 1, frameBytes, width, height, 0, 0, 0, 0);
  const stream = Buffer.concat([tag('vidsDIB '), words(0, 0, 0, 1, 25, 0, frames, frameBytes, 0, 0), words(0, 0)]);
  const format = Buffer.concat([
    words(40, width, height),
    Buffer.from([1, 0, 24, 0]),
    words(0, frameBytes, 0, 0, 0, 0),
  ]);
  const pictures = Array.from({ length: frames }, () => riff('00db', pixels(noise, width, height)));
  return riff(
    'RIFF',
    tag('AVI '),
    riff(
      'LIST',
      tag('hdrl'),
      riff('avih', header),
      riff('LIST', tag('strl'), riff('strh', stream), riff('strf', format)),
    ),
    riff('LIST', tag('movi'), ...pictures),
  );
}

/** RIFF WAVE: mono, 16 bits, 22,050 Hz. */
function wav(noise: Noise): Buffer {
  const samples = 40_000 + noise.below(60_000);
  const data = Buffer.alloc(samples * 2);
  const grain = noise.bytes(samples);
  const pitch = 200 + noise.below(600);
  for (let at = 0; at < samples; at += 1) {
    const tone = Math.sin((at / 22_050) * pitch * 2 * Math.PI) * 12_000;
    data.writeInt16LE(Math.round(tone) + (grain[at] ?? 0) - 128, at * 2);
  }
  const format = Buffer.concat([Buffer.from([1, 0, 1, 0]), words(22_050, 44_100), Buffer.from([2, 0, 16, 0])]);
  return riff('RIFF', tag('WAVE'), riff('fmt ', format), riff('data', data));
}

/** MPEG-1 layer III frames of 128 kbit/s, 44.1 kHz: decoders play them as noise or silence. */
function mp3(noise: Noise, title: string): Buffer {
  const frames = 150 + noise.below(300);
  const text = Buffer.from(`\0${title}`, 'latin1');
  const titleFrame = Buffer.concat([tag('TIT2'), Buffer.from([0, 0, 0, text.length, 0, 0]), text]);
  const id3 = Buffer.concat([tag('ID3'), Buffer.from([3, 0, 0, 0, 0, 0, titleFrame.length]), titleFrame]);
  const parts = [id3];
  for (let frame = 0; frame < frames; frame += 1) {
    const sound = Buffer.alloc(417);
    sound.set([0xff, 0xfb, 0x90, 0xc4]);
    noise.bytes(381).copy(sound, 36);
    parts.push(sound);
  }
  return Buffer.concat(parts);
}

/** ISO 32000: one page of text, with an attachment of noise so that no two are alike. */
function pdf(noise: Noise, title: string): Buffer {
  const text = Buffer.from(`BT /F1 18 Tf 72 720 Td (${title}) Tj ET`, 'latin1');
  const attachment = deflateSync(Buffer.concat([tag(title), noise.bytes(2000 + noise.below(200_000))]), { level: 1 });
  const objects = [
    tag('<</Type/Catalog/Pages 2 0 R>>'),
    tag('<</Type/Pages/Kids[3 0 R]/Count 1>>'),
    tag('<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>'),
    Buffer.concat([tag(`<</Length ${text.length}>>stream\n`), text, tag('\nendstream')]),
    tag('<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>'),
    Buffer.concat([
      tag(`<</Type/EmbeddedFile/Filter/FlateDecode/Length ${attachment.length}>>stream\n`),
      attachment,
      tag('\nendstream'),
    ]),
  ];
  const parts = [tag('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n')];
  const offsets: number[] = [];
  let at = parts[0]?.length ?? 0;
  objects.forEach((object, index) => {
    const whole = Buffer.concat([tag(`${index + 1} 0 obj\n`), object, tag('\nendobj\n')]);
    offsets.push(at);
    at += whole.length;
    parts.push(whole);
  });
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const count = objects.length + 1;
  const end = `trailer<</Size ${count}/Root 1 0 R>>\nstartxref\n${at}\n%%EOF\n`;
  return Buffer.concat([...parts, tag(`xref\n0 ${count}\n0000000000 65535 f \n${rows}${end}`)]);
}

/** A ZIP of stored members (APPNOTE 4.3), the first one saying what it is, as OpenDocument wants it. */
function odt(noise: Noise, title: string): Buffer {
  const lines = Array.from(
    { length: 20 + noise.below(200) },
    () => `<text:p>${noise.bytes(60).toString('base64')}</text:p>`,
  );
  const content = `<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3"><office:body><office:text><text:h>${title}</text:h>${lines.join('')}</office:text></office:body></office:document-content>`;
  const type = 'application/vnd.oasis.opendocument.text';
  const manifest = `<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="${type}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`;
  return zip([
    { name: 'mimetype', data: Buffer.from(type) },
    { name: 'content.xml', data: Buffer.from(content) },
    { name: 'META-INF/manifest.xml', data: Buffer.from(manifest) },
  ]);
}

function zip(members: readonly { readonly name: string; readonly data: Buffer }[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, data } of members) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x5a21, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    const local = Buffer.concat([tag('PK\x03\x04'), common, tag(name), data]);
    directory.push(Buffer.concat([tag('PK\x01\x02'), Buffer.from([20, 0]), common, tail, tag(name)]));
    parts.push(local);
    at += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(
    directory.reduce((sum, each) => sum + each.length, 0),
    12,
  );
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

/** RFC 5322. */
function eml(noise: Noise, title: string): Buffer {
  const body = noise
    .bytes(500 + noise.below(30_000))
    .toString('base64')
    .replace(/.{76}/g, '$&\r\n');
  return Buffer.from(
    `From: aunt@example.org\r\nTo: family@example.org\r\nSubject: ${title}\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n${body}\r\n`,
  );
}

function csv(noise: Noise, title: string): Buffer {
  const rows = Array.from(
    { length: 100 + noise.below(3000) },
    (_, row) => `${row},${noise.below(100_000) / 100},${noise.bytes(6).toString('hex')}`,
  );
  return Buffer.from(`row,amount,${title}\n${rows.join('\n')}\n`);
}
