import {
  type Icon,
  IconFile,
  IconFileMusic,
  IconFileText,
  IconFileTypePdf,
  IconFileZip,
  IconFolder,
  IconMovie,
  IconPhoto,
} from '@tabler/icons-react';
import type { FileNode } from '#faces/api/contract/files.ts';

/** How a file can be looked at here. */
export type Kind =
  | 'folder'
  | 'image'
  | 'picture'
  | 'video'
  | 'audio'
  | 'pdf'
  | 'text'
  | 'markdown'
  | 'archive'
  | 'other';

/** `image` is what the browser shows by itself; of a `picture` the server has one that it can show. */
const byEnding: Readonly<Record<string, Kind>> = {
  ...each('image', 'avif bmp gif jpeg jpg png webp'),
  ...each('picture', 'heic heif tif tiff'),
  ...each('video', 'mp4 m4v mov webm ogv'),
  ...each('audio', 'mp3 m4a aac ogg oga opus flac wav weba'),
  ...each('pdf', 'pdf'),
  ...each('markdown', 'md markdown'),
  ...each(
    'text',
    'txt log csv tsv json xml yaml yml ini conf toml css js mjs ts tsx jsx html htm svg ics vcf py rb go rs c h cpp java sh sql',
  ),
  ...each('archive', 'zip 7z rar tar gz bz2 xz'),
};

function each(kind: Kind, endings: string): Record<string, Kind> {
  return Object.fromEntries(endings.split(' ').map((ending) => [ending, kind]));
}

/** By the ending of the name alone, so that what a file claims to be decides nothing. */
export function kindOf({ name, isFolder }: Pick<FileNode, 'name' | 'isFolder'>): Kind {
  if (isFolder) return 'folder';
  return byEnding[name.slice(name.lastIndexOf('.') + 1).toLowerCase()] ?? 'other';
}

const icons: Readonly<Record<Kind, Icon>> = {
  folder: IconFolder,
  image: IconPhoto,
  picture: IconPhoto,
  video: IconMovie,
  audio: IconFileMusic,
  pdf: IconFileTypePdf,
  text: IconFileText,
  markdown: IconFileText,
  archive: IconFileZip,
  other: IconFile,
};

export function iconOf(node: Pick<FileNode, 'name' | 'isFolder'>): Icon {
  return icons[kindOf(node)];
}
