import { escapeText } from './xml-write.ts';

/** Why a request gets no ordinary answer. The message tells a person what happened, what was not lost, and what to do. */
export class DavProblem extends Error {
  override name = 'DavProblem';
  readonly status: number;
  /** Precondition and postcondition elements (RFC 4918 §16), already XML. */
  readonly conditions: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, more: ProblemDetails = {}) {
    super(message);
    this.status = status;
    this.conditions = more.conditions ?? '';
    this.headers = more.headers ?? {};
  }
}

interface ProblemDetails {
  readonly conditions?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Names that sync clients show or look for beside the message. */
const exceptionNames: ReadonlyMap<number, string> = new Map([
  [400, 'BadRequest'],
  [401, 'NotAuthenticated'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [405, 'MethodNotAllowed'],
  [409, 'Conflict'],
  [412, 'PreconditionFailed'],
  [413, 'ContentTooLarge'],
  [414, 'UriTooLong'],
  [415, 'UnsupportedMediaType'],
  [416, 'RequestedRangeNotSatisfiable'],
  [423, 'Locked'],
  [429, 'TooManyRequests'],
  [502, 'BadGateway'],
  [503, 'Busy'],
  [507, 'InsufficientStorage'],
]);

export const xmlType = 'application/xml; charset=utf-8';
export const xmlDeclaration = '<?xml version="1.0" encoding="utf-8"?>\n';

export function errorBody(status: number, message: string, conditions: string): string {
  const exception = exceptionNames.get(status) ?? 'Exception';
  return `${xmlDeclaration}<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">${conditions}<s:exception>${exception}</s:exception><s:message>${escapeText(message)}</s:message></d:error>`;
}
