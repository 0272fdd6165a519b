import type { NodeInfo } from '#vault/files/types.ts';
import { mediaTypeOf } from './media-types.ts';

/**
 * Types that a browser shows and that cannot hold anything that runs. Everything else is given out as bytes to keep: no SVG,
 * no HTML, no XML, whatever its name or its uploader says.
 */
const inertTypes: ReadonlySet<string> = new Set([
  'audio/aac',
  'audio/flac',
  'audio/mp4',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'image/avif',
  'image/bmp',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/webp',
  'text/plain',
  'video/mp4',
  'video/ogg',
  'video/quicktime',
  'video/webm',
  'video/x-m4v',
]);

/** Whatever a file is, it does not run as a page of ours. */
const harmless: Readonly<Record<string, string>> = {
  'content-security-policy': "sandbox; default-src 'none'",
  'referrer-policy': 'no-referrer',
};

/** @param as `shown`: where a browser can show it without running anything; `kept`: always to keep. */
export function fileHeaders(info: Pick<NodeInfo, 'name' | 'type'>, as: 'shown' | 'kept'): Record<string, string> {
  const [essence = ''] = mediaTypeOf(info).split(';', 1);
  const type = essence.trim().toLowerCase();
  const isShown = as === 'shown' && inertTypes.has(type);
  const shownType = type === 'text/plain' ? 'text/plain; charset=utf-8' : type;
  return {
    ...harmless,
    'content-type': inertTypes.has(type) ? shownType : 'application/octet-stream',
    'content-disposition': disposition(isShown ? 'inline' : 'attachment', info.name),
  };
}

export function archiveHeaders(name: string): Record<string, string> {
  return {
    ...harmless,
    'content-type': 'application/zip',
    'content-disposition': disposition('attachment', `${name}.zip`),
  };
}

/** RFC 6266 §4.1, RFC 8187: the name as it is, and one for programs that know ASCII only. */
function disposition(kind: 'inline' | 'attachment', name: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const whole = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${whole}`;
}
