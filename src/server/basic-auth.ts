import { fromUtf8 } from '../base/bytes.ts';

export interface BasicCredentials {
  readonly name: string;
  readonly password: string;
}

const maxHeaderLength = 1024;

/** RFC 7617, charset UTF-8. Undefined for anything that is not one well-formed Basic credential of a sane size. */
export function parseBasic(header: string | undefined): BasicCredentials | undefined {
  if (header === undefined || header.length > maxHeaderLength) return undefined;
  const match = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header);
  if (match?.[1] === undefined) return undefined;
  let text: string;
  try {
    text = fromUtf8(Buffer.from(match[1], 'base64'));
  } catch {
    return undefined;
  }
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { name: text.slice(0, colon).toLowerCase(), password: text.slice(colon + 1) };
}
