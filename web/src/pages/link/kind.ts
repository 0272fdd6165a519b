import type { SharedItem } from '#faces/api/contract/links.ts';

type Kind = 'image' | 'video' | 'audio' | 'text' | 'other';

const endings: Readonly<Record<string, Kind>> = {
  jpg: 'image',
  jpeg: 'image',
  png: 'image',
  gif: 'image',
  webp: 'image',
  avif: 'image',
  mp4: 'video',
  m4v: 'video',
  webm: 'video',
  mov: 'video',
  mp3: 'audio',
  m4a: 'audio',
  ogg: 'audio',
  opus: 'audio',
  flac: 'audio',
  wav: 'audio',
  txt: 'text',
  md: 'text',
  csv: 'text',
  log: 'text',
};

/** What a browser can show by itself, without anything of the file being run. */
export function kindOf({ name }: Pick<SharedItem, 'name'>): Kind {
  return endings[name.slice(name.lastIndexOf('.') + 1).toLowerCase()] ?? 'other';
}
