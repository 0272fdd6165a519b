// Photos for pictures of the application: landscapes that nobody took, drawn from a number, with a date in them.
import sharp from 'sharp';

/** Numbers between 0 and 1, always the same for a seed (mulberry32). */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Light {
  readonly sky: readonly [string, string, string];
  readonly sun: string;
  readonly hills: readonly [string, string];
  readonly stars: boolean;
}

const lights: readonly Light[] = [
  { sky: ['#2f6fb0', '#8fc0e6', '#e9f3f7'], sun: '#fff7d6', hills: ['#9dbfcf', '#1f5a4a'], stars: false },
  { sky: ['#35285c', '#c9546a', '#ffc27a'], sun: '#ffe9a8', hills: ['#b06a7d', '#2b1c3a'], stars: false },
  { sky: ['#f0a35e', '#f7cf95', '#fdf0d4'], sun: '#ffffff', hills: ['#d8a77d', '#6a4632'], stars: false },
  { sky: ['#0b1230', '#1d2c5e', '#4a5f96'], sun: '#eef2ff', hills: ['#31406f', '#0a0f22'], stars: true },
  { sky: ['#7fa6a0', '#c3d8d0', '#f2f6ef'], sun: '#ffffff', hills: ['#a9c2b3', '#38594a'], stars: false },
  { sky: ['#5b8fd0', '#bcd9f2', '#ffffff'], sun: '#fffbe6', hills: ['#d9e6f2', '#6f8fb0'], stars: false },
];

function mixed(one: string, other: string, part: number): string {
  const channel = (at: number): string => {
    const [a, b] = [one, other].map((each) => Number.parseInt(each.slice(at, at + 2), 16)) as [number, number];
    return Math.round(a + (b - a) * part)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}

const [width, height] = [1600, 1200];

/** One line of hills as a path that is closed at the bottom. */
function hills(draw: () => number, baseY: number, reach: number): string {
  const waves = [1, 2.3, 5.1, 11].map((frequency) => ({
    frequency: frequency * (0.7 + draw() * 0.6),
    phase: draw() * 7,
    size: (reach / frequency) * (0.6 + draw() * 0.8),
  }));
  const points = Array.from({ length: 101 }, (_, index) => {
    const x = (index / 100) * width;
    const lift = waves.reduce(
      (sum, { frequency, phase, size }) => sum + Math.sin((x / width) * 6.3 * frequency + phase) * size,
      0,
    );
    return `${x.toFixed(0)},${(baseY - lift).toFixed(1)}`;
  });
  return `M0,${height} L${points.join(' L')} L${width},${height} Z`;
}

function drawing(seed: number): string {
  const draw = draws(seed + 11);
  const light = lights[seed % lights.length] as Light;
  const [sunX, sunY] = [width * (0.15 + draw() * 0.7), height * (0.12 + draw() * 0.25)];
  const layers = 4 + Math.floor(draw() * 3);
  const hasWater = draw() < 0.45;
  const land = Array.from({ length: layers }, (_, index) => {
    const depth = index / (layers - 1);
    const path = hills(draw, height * (0.45 + depth * (hasWater ? 0.2 : 0.4)), 130 * (1 - depth * 0.55));
    return `<path d="${path}" fill="${mixed(light.hills[0], light.hills[1], depth)}"/>`;
  });
  const stars = Array.from(
    { length: light.stars ? 160 : 0 },
    () =>
      `<circle cx="${(draw() * width).toFixed(0)}" cy="${(draw() * height * 0.6).toFixed(0)}" r="${(0.6 + draw() * 1.8).toFixed(1)}" fill="#fff" opacity="${(0.3 + draw() * 0.7).toFixed(2)}"/>`,
  );
  const trees = Array.from({ length: hasWater ? 0 : 26 }, () => {
    const [x, tall] = [draw() * width, 40 + draw() * 130];
    const y = height * (0.9 + draw() * 0.12);
    return `<path d="M${x},${y - tall} l${tall * 0.22},${tall} l${-tall * 0.44},0 Z" fill="${mixed(light.hills[1], '#000000', 0.25 + draw() * 0.3)}"/>`;
  });
  const water = hasWater
    ? `<rect y="${height * 0.74}" width="${width}" height="${height * 0.26}" fill="url(#water)"/>${Array.from({ length: 30 }, () => `<rect x="${(sunX - 200 + draw() * 400).toFixed(0)}" y="${(height * (0.75 + draw() * 0.24)).toFixed(0)}" width="${(40 + draw() * 160).toFixed(0)}" height="3" rx="1.5" fill="${light.sun}" opacity="${(0.15 + draw() * 0.4).toFixed(2)}"/>`).join('')}`
    : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${light.sky[0]}"/><stop offset=".45" stop-color="${light.sky[1]}"/><stop offset=".8" stop-color="${light.sky[2]}"/></linearGradient>
<linearGradient id="water" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${light.sky[2]}"/><stop offset="1" stop-color="${mixed(light.sky[0], light.hills[1], 0.4)}"/></linearGradient>
<radialGradient id="glow"><stop offset="0" stop-color="${light.sun}" stop-opacity=".9"/><stop offset="1" stop-color="${light.sun}" stop-opacity="0"/></radialGradient></defs>
<rect width="${width}" height="${height}" fill="url(#sky)"/>${stars.join('')}
<circle cx="${sunX}" cy="${sunY}" r="330" fill="url(#glow)"/><circle cx="${sunX}" cy="${sunY}" r="${light.stars ? 46 : 64}" fill="${light.sun}"/>
${land.join('')}${water}${trees.join('')}</svg>`;
}

/** A JPEG of 1600 × 1200, or upright, that says when it was taken. */
export async function photoOf(seed: number, takenMs: number): Promise<Buffer> {
  const taken = new Date(takenMs).toISOString().slice(0, 19).replaceAll('-', ':').replace('T', ' ');
  const image = sharp(Buffer.from(drawing(seed)));
  const cut = seed % 5 === 3 ? image.extract({ left: 350, top: 0, width: 900, height: 1200 }) : image;
  return await cut
    .jpeg({ quality: 86 })
    .withExif({ IFD0: { Make: 'Coffre', Model: 'Drawn' }, IFD2: { DateTimeOriginal: taken } })
    .toBuffer();
}
