import type { Listing } from '#vault/files/port.ts';
import type { Answer } from '../content/answer.ts';
import type { Exchange } from './exchange.ts';
import { encodeSegment, hrefOf } from './paths.ts';
import { escapeAttribute, escapeText } from './xml-write.ts';

/** For somebody who opens a folder's address in a browser: names and links, nothing that runs. */
export function folderPage(exchange: Exchange, { self, children }: Listing): Answer {
  const base = hrefOf(exchange.mount, exchange.path, true);
  const title = escapeText(exchange.path.at(-1) ?? exchange.mount.segments.at(-1) ?? '');
  const up = exchange.path.length === 0 ? '' : '<li><a href="../">..</a></li>\n';
  const items = children.map(({ name, isFolder }) => {
    const slash = isFolder ? '/' : '';
    return `<li><a href="${escapeAttribute(base + encodeSegment(name) + slash)}">${escapeText(name)}${slash}</a></li>\n`;
  });
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      etag: `"${self.etag}"`,
    },
    body: `<!doctype html>\n<html><head><meta charset="utf-8"><title>${title}</title></head>\n<body><h1>${title}</h1>\n<ul>\n${up}${items.join('')}</ul></body></html>\n`,
    node: self.id,
  };
}
