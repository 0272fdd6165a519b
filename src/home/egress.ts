import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Fault } from '#base/fault.ts';
import type { Consent, Consents } from './consents.ts';
import type { Guard } from './guard.ts';
import type { Ledger } from './ledger.ts';
import { type Origin, type PurposeName, requestLines } from './purposes.ts';

export interface EgressParts {
  readonly consents: Consents;
  readonly ledger: Ledger;
  readonly guard: Guard;
  /** One at a time may append: holds the lock of the folder around `work`, and for no longer. */
  readonly locked: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

export interface Outgoing {
  readonly purpose: PurposeName;
  readonly origin: Origin;
  /** Of the fields that the text of the purpose names. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** What may stand in a request: printable, so that no field can end a line and begin another. */
const fieldPattern = /^[\x21-\x7e]{1,1000}$/;
const silenceMs = 60_000;
const lookAgainEveryBytes: number = 1024 * 1024;

/**
 * The one way out of the home. It sends nothing without a consent that is live at that moment, and nothing that is not in
 * the ledger before. A redirect is not followed: the consent is for one host.
 * @throws Fault `no-consent`, `unavailable`.
 */
export async function egress<Result>(
  parts: EgressParts,
  outgoing: Outgoing,
  take: (answer: Answer) => Promise<Result>,
): Promise<Result> {
  const { origin, purpose } = outgoing;
  const lines = requestLines(purpose, origin, (field) => checkedField(outgoing, field));
  const payload = `${lines.join('\r\n')}\r\n\r\n`;
  const sent = await parts.locked(async () => {
    const consent = await parts.consents.live(purpose, origin);
    if (consent === undefined) {
      await parts.ledger.append({ what: 'stopped', by: 'consent', to: origin, why: `no consent for ${purpose}` });
      throw noConsent(purpose, origin);
    }
    return await noteSending(parts, consent, payload);
  });
  let receivedBytes = 0;
  const counted = async function* (body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let lookAgainAt = lookAgainEveryBytes;
    for await (const part of body) {
      receivedBytes += part.length;
      if (receivedBytes >= lookAgainAt) {
        if ((await parts.consents.live(purpose, origin)) === undefined) throw noConsent(purpose, origin);
        lookAgainAt += lookAgainEveryBytes;
      }
      yield part;
    }
  };
  try {
    const { hostname, port, protocol } = new URL(origin);
    const at = { kind: 'stream', host: unbracketed(hostname), port: portOf(port, protocol) } as const;
    const { status, result } = await parts.guard.during(at, async () => {
      const response = await ask(origin, lines);
      try {
        const code = response.statusCode ?? 0;
        return { status: code, result: await take({ status: code, body: counted(response) }) };
      } finally {
        response.destroy();
      }
    });
    await parts.locked(() => parts.ledger.append({ what: 'answered', of: sent, status, receivedBytes }));
    return result;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await parts.locked(() => parts.ledger.append({ what: 'failed', of: sent, why: why.slice(0, 1000) }));
    throw error;
  }
}

async function noteSending({ ledger }: EgressParts, consent: Consent, payload: string): Promise<number> {
  const { purpose, origin, n } = consent;
  const line = await ledger.append({
    what: 'sends',
    purpose,
    consent: n,
    to: origin,
    bytes: Buffer.byteLength(payload),
    payload,
  });
  return line.n;
}

function ask(origin: Origin, [request, ...headers]: readonly [string, ...string[]]): Promise<IncomingMessage> {
  const { hostname, port, protocol } = new URL(origin);
  const send = protocol === 'https:' ? httpsRequest : httpRequest;
  const pairs = headers.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const);
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void => {
      const message = `${origin} did not answer: ${cause.message}. Nothing here was changed.`;
      reject(cause instanceof Fault ? cause : new Fault('unavailable', message, { cause }));
    };
    const outgoing = send({
      hostname: unbracketed(hostname),
      port: portOf(port, protocol),
      path: request.split(' ')[1],
      // Only these, in this order: what Node would add by itself is in no consent.
      headers: Object.fromEntries(pairs),
      setHost: false,
      agent: false,
      timeout: silenceMs,
    });
    outgoing.on('response', resolve);
    outgoing.on('error', failed);
    outgoing.on('timeout', () => outgoing.destroy(new Error('it was silent for too long')));
    outgoing.end();
  });
}

function checkedField({ fields }: Outgoing, field: string): string {
  const value = fields[field] ?? '';
  if (!fieldPattern.test(value))
    throw new Fault('bad-config', `The ${field} of a request wants printable characters without blanks.`);
  return value;
}

function noConsent(purpose: PurposeName, origin: Origin): Fault {
  return new Fault(
    'no-consent',
    `Nothing was sent to ${origin}: there is no consent for ${purpose}. ` +
      `\`coffre home consent show ${purpose} ${origin}\` shows what it would be.`,
  );
}

function portOf(port: string, protocol: string): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function unbracketed(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
