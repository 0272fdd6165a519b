import {
  type Agent,
  type ClientRequestArgs,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { Fault } from '#base/fault.ts';

/** Where a router answers: a literal address, never a name. */
export interface Endpoint {
  readonly scheme: 'http' | 'https';
  readonly address: string;
  readonly port: number;
}

export interface RouterAnswer {
  readonly status: number;
  readonly body: string;
}

export interface Pinned {
  readonly endpoint: Endpoint;
  /** SHA-256 of the certificate, lower-case hex; undefined: whichever answers, which is told to `sees`. */
  readonly fingerprint: string | undefined;
  readonly sees?: (fingerprint: string) => void;
}

const silenceMs = 20_000;
const maxAnswerBytes: number = 8 * 1024 * 1024;

/**
 * One request to a router. The certificate is compared before the first byte of the request goes out: it holds a password.
 * @throws Fault `bad-key` when another certificate answers, `unavailable` when nobody does.
 */
export function pinnedRequest(
  pinned: Pinned,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
): Promise<RouterAnswer> {
  const { scheme, address, port } = pinned.endpoint;
  const options: ClientRequestArgs = {
    host: address,
    port,
    path,
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    timeout: silenceMs,
    agent: scheme === 'https' ? pinningAgent(pinned) : new HttpAgent({ keepAlive: false }),
  };
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => {
      const message = `The router at ${address} does not answer: ${cause.message}. See that it is on and in this network.`;
      reject(cause instanceof Fault ? cause : new Fault('unavailable', message, { cause }));
    };
    const outgoing = (scheme === 'https' ? httpsRequest : httpRequest)(options, (response) => {
      readAll(response).then((text) => resolve({ status: response.statusCode ?? 0, body: text }), failed);
    });
    outgoing.on('error', failed);
    outgoing.on('timeout', () => outgoing.destroy(new Error('it was silent for too long')));
    outgoing.end(body);
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > maxAnswerBytes) throw new Fault('unavailable', 'The router answers with more than can be right.');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

type Created = (error: Error | null, stream: Duplex) => void;

/** Routers sign their certificates themselves: what counts is that it is the one that was seen when it was adopted. */
function pinningAgent({ endpoint, fingerprint, sees }: Pinned): Agent {
  const agent = new HttpsAgent({ keepAlive: false });
  const create = (_options: ClientRequestArgs, created?: Created): Duplex => {
    const socket = connectTls({ host: endpoint.address, port: endpoint.port, rejectUnauthorized: false });
    socket.once('error', (error) => created?.(error, socket));
    socket.once('secureConnect', () => {
      const seen = (socket.getPeerX509Certificate()?.fingerprint256 ?? '').replaceAll(':', '').toLowerCase();
      if (fingerprint !== undefined && seen !== fingerprint) {
        const wrong = otherCertificate(endpoint.address, seen);
        socket.destroy();
        created?.(wrong, socket);
        return;
      }
      sees?.(seen);
      created?.(null, socket);
    });
    // Undefined makes the agent wait for the callback, so nothing is written before the certificate was compared.
    return undefined as unknown as Duplex;
  };
  agent.createConnection = create;
  return agent;
}

function otherCertificate(address: string, seen: string): Fault {
  return new Fault(
    'bad-key',
    `Something else answers at ${address}: its certificate is ${seen}. No password was sent. If you set the router up anew, ` +
      `forget it (\`coffre home forget\`) and adopt it again.`,
  );
}
