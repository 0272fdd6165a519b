import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#base/clock.ts';
import type { CredentialId } from '#base/ids.ts';
import type { FilesPort } from '#vault/files/port.ts';
import type { Path } from '#vault/files/types.ts';
import type { Gate } from '../content/gate.ts';
import type { Leaving } from '../content/leaving.ts';
import type { Mount } from './paths.ts';
import type { UploadsAtOnce } from './uploads-at-once.ts';

/** One request to an opened vault. Other faces that speak DAV make their own, with their own mount. */
export interface Exchange {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** For its body; nothing else of it is looked at. */
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly mount: Mount;
  readonly path: Path;
  readonly files: FilesPort;
  readonly by: CredentialId;
  readonly user: string;
  /** RFC 5397: the address of whoever is signed in. */
  readonly principalHref: string;
  readonly clock: Clock;
  /** Content on its way in, over all requests. */
  readonly arriving: Gate;
  readonly uploads: UploadsAtOnce;
  /** Content on its way out. */
  readonly leaving: Leaving;
}

/** The first value of a header that HTTP allows once only. */
export function header(exchange: Pick<Exchange, 'headers'>, name: string): string | undefined {
  const value = exchange.headers[name];
  return typeof value === 'string' ? value : value?.join(', ');
}
