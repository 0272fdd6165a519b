/** What the usual endings of names mean; for files that came without a type. */
const byEnding: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '7z': 'application/x-7z-compressed',
    aac: 'audio/aac',
    avi: 'video/x-msvideo',
    avif: 'image/avif',
    bmp: 'image/bmp',
    bz2: 'application/x-bzip2',
    css: 'text/css',
    csv: 'text/csv',
    doc: 'application/msword',
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    epub: 'application/epub+zip',
    flac: 'audio/flac',
    gif: 'image/gif',
    gz: 'application/gzip',
    heic: 'image/heic',
    heif: 'image/heif',
    htm: 'text/html',
    html: 'text/html',
    ics: 'text/calendar',
    jpeg: 'image/jpeg',
    jpg: 'image/jpeg',
    js: 'text/javascript',
    json: 'application/json',
    m4a: 'audio/mp4',
    m4v: 'video/x-m4v',
    md: 'text/markdown',
    mjs: 'text/javascript',
    mkv: 'video/matroska',
    mov: 'video/quicktime',
    mp3: 'audio/mpeg',
    mp4: 'video/mp4',
    odp: 'application/vnd.oasis.opendocument.presentation',
    ods: 'application/vnd.oasis.opendocument.spreadsheet',
    odt: 'application/vnd.oasis.opendocument.text',
    oga: 'audio/ogg',
    ogg: 'audio/ogg',
    ogv: 'video/ogg',
    opus: 'audio/ogg',
    pdf: 'application/pdf',
    png: 'image/png',
    ppt: 'application/vnd.ms-powerpoint',
    pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    rar: 'application/vnd.rar',
    rtf: 'application/rtf',
    svg: 'image/svg+xml',
    tar: 'application/x-tar',
    tif: 'image/tiff',
    tiff: 'image/tiff',
    txt: 'text/plain',
    vcf: 'text/vcard',
    wav: 'audio/wav',
    weba: 'audio/webm',
    webm: 'video/webm',
    webp: 'image/webp',
    xls: 'application/vnd.ms-excel',
    xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    xml: 'application/xml',
    zip: 'application/zip',
  }),
);

const unknownType = 'application/octet-stream';

export function mediaTypeOf(file: { readonly name: string; readonly type: string | undefined }): string {
  // Stored by whichever face: what could not stand in a header is not put into one.
  if (file.type !== undefined && mediaType.test(file.type)) return file.type;
  const dot = file.name.lastIndexOf('.');
  return (dot < 0 ? undefined : byEnding.get(file.name.slice(dot + 1).toLowerCase())) ?? unknownType;
}

const mediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?:[ \t]*;[\x20-\x7e\t]*)?$/;

/** The type a client declared, when it says something: what cannot be read, or says nothing, is left to the name. */
export function declaredMediaType(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 255 || !mediaType.test(text)) return undefined;
  const isNothing =
    text.startsWith(unknownType) || text.startsWith('application/x-www-form-urlencoded') || text.startsWith('binary/');
  return isNothing ? undefined : text;
}
