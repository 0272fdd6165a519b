/** What owners call their files. */
export type FileKind = 'photo' | 'video' | 'music' | 'document' | 'other';

const endings: Readonly<Record<Exclude<FileKind, 'other'>, string>> = {
  photo: 'jpg jpeg png gif webp heic heif avif tif tiff bmp svg dng cr2 cr3 nef arw orf rw2 raf psd xcf',
  video: 'mp4 m4v mov avi mkv webm mpg mpeg mts m2ts 3gp wmv flv ogv',
  music: 'mp3 m4a aac ogg oga opus flac wav wma aif aiff mid midi',
  document:
    'pdf txt md rtf csv tex epub doc docx odt xls xlsx ods ppt pptx odp pages numbers key html htm eml ics vcf json xml',
};

const kindOfEnding: ReadonlyMap<string, FileKind> = new Map(
  (Object.keys(endings) as Exclude<FileKind, 'other'>[]).flatMap((kind) =>
    endings[kind].split(' ').map((ending) => [ending, kind] as const),
  ),
);

const kindOfMedia: ReadonlyMap<string, FileKind> = new Map([
  ['image', 'photo'],
  ['video', 'video'],
  ['audio', 'music'],
  ['text', 'document'],
]);

/** By the media type that the client gave, otherwise by the ending of the name. */
export function fileKind(name: string, type: string | undefined): FileKind {
  const byType = kindOfMedia.get(type?.split('/', 1)[0] ?? '') ?? (type === 'application/pdf' ? 'document' : undefined);
  const dot = name.lastIndexOf('.');
  return byType ?? (dot < 0 ? undefined : kindOfEnding.get(name.slice(dot + 1).toLowerCase())) ?? 'other';
}
