import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { join } from 'node:path';
import acme from 'acme-client';
import { Fault } from '../base/fault.ts';
import { certificateEndsMs, type HostName, isFor } from '../crypto/own-authority.ts';
import { http } from './node-http.ts';
import { realClock } from './real-world.ts';
import { certificateName, putCertificate, readOrNothing, tlsFolder } from './tls-files.ts';

/** RFC 8555. */
const publicDirectory = 'https://acme-v02.api.letsencrypt.org/directory';
const accountKeyName = 'acme-account.pem';
const challengePath = '/.well-known/acme-challenge/';
/** Authorities give 90 days; a month is time enough to notice that it fails. */
const renewBeforeMs: number = 30 * 86_400_000;

export interface CertificateRequest {
  readonly dataFolder: string;
  readonly host: HostName;
  /** Of the authority; undefined for the public one. */
  readonly directory: string | undefined;
  /** Where the authority is answered: it comes by plain HTTP at port 80 of the name (§8.3). */
  readonly listen: { readonly host: string | undefined; readonly port: number };
  /** Also when the one that is there is good for long. */
  readonly always: boolean;
}

export type RequestedCertificate =
  | { readonly kind: 'made'; readonly folder: string; readonly endsMs: number }
  | { readonly kind: 'not-due'; readonly folder: string; readonly endsMs: number };

/**
 * A certificate of a public authority for a name that leads here. Whoever calls it has agreed to the authority's terms.
 * @throws Fault `unavailable`, `bad-config`, `io`.
 */
export async function requestCertificate(request: CertificateRequest): Promise<RequestedCertificate> {
  const { dataFolder, host, always } = request;
  const folder = tlsFolder(dataFolder);
  const known = await readOrNothing(join(folder, certificateName));
  if (known !== undefined && !always && isFor(known, host)) {
    const endsMs = certificateEndsMs(known);
    if (endsMs - realClock.nowMs() > renewBeforeMs) return { kind: 'not-due', folder, endsMs };
  }
  const accountKey = await accountKeyIn(folder);
  const answers = new Map<string, string>();
  const server = await answerChallenges(answers, request.listen);
  try {
    const [keyPem, csr] = await acme.crypto.createCsr(
      { altNames: [host.text] },
      await acme.crypto.createPrivateEcdsaKey(),
    );
    const client = new acme.Client({ directoryUrl: request.directory ?? publicDirectory, accountKey });
    const certificatePem = await client.auto({
      csr,
      termsOfServiceAgreed: true,
      challengePriority: ['http-01'],
      // The authority looks from outside, which is what counts; from here the name may lead elsewhere.
      skipChallengeVerification: true,
      challengeCreateFn: async (_authorization, challenge, answer) => {
        answers.set(challenge.token, answer);
      },
      challengeRemoveFn: async (_authorization, challenge) => {
        answers.delete(challenge.token);
      },
    });
    await putCertificate(dataFolder, { certificatePem, keyPem: keyPem.toString() });
    return { kind: 'made', folder, endsMs: certificateEndsMs(certificatePem) };
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault(
      'unavailable',
      `The authority gave no certificate: ${(cause as Error).message.slice(0, 500)}. The one before stays in use. Does ${host.text} lead to this machine, and does its port 80 come to port ${request.listen.port} here?`,
      { cause },
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** The account at the authority is this key. */
async function accountKeyIn(folder: string): Promise<Buffer> {
  const path = join(folder, accountKeyName);
  const known = await readOrNothing(path);
  if (known !== undefined) return readFile(path);
  const key = await acme.crypto.createPrivateEcdsaKey();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(path, key, { mode: 0o600 });
  return key;
}

/** Gives out the answers to challenges, and nothing else. */
function answerChallenges(
  answers: ReadonlyMap<string, string>,
  { host, port }: CertificateRequest['listen'],
): Promise<Server> {
  const server = http.createServer((request, response) => {
    const { url = '' } = request;
    const answer = url.startsWith(challengePath) ? answers.get(url.slice(challengePath.length)) : undefined;
    if (answer === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(answer);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `Port ${port} cannot be listened on (${cause.code}). Nothing was asked; run it as root, or lead port 80 to another one and give --port.`;
      reject(new Fault('bad-config', message, { cause }));
    });
    server.listen({ port, ...(host !== undefined && { host }) }, () => resolve(server));
  });
}
