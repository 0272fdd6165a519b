// A small ACME authority (RFC 8555): one order of one name, proven by http-01, signed by an authority of its own. It checks what
// an authority must check of a client: nonces that are used once, signatures of the account's key, and the answer at the name.
import { createHash, createPublicKey, randomBytes, verify, webcrypto } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto as Crypto);

const signing = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;

export interface AcmeServer {
  readonly directory: string;
  readonly rootPem: () => string;
  /** What went wrong with clients. */
  readonly complaints: readonly string[];
  readonly issued: () => number;
  close(): void;
}

interface Protected {
  readonly nonce: string;
  readonly url: string;
  readonly jwk?: webcrypto.JsonWebKey;
  readonly kid?: string;
}

/** @param challengePort where port 80 of every name is, in this test. @param days how long a certificate lasts. */
export async function startAcmeServer(challengePort: () => number, days = 90): Promise<AcmeServer> {
  const authority = new Authority(challengePort, days);
  await authority.begin();
  const server = createServer((request, response) => void authority.answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  authority.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    directory: `${authority.base}/directory`,
    rootPem: () => authority.rootPem,
    complaints: authority.complaints,
    issued: () => authority.issued,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

class Authority {
  base = '';
  rootPem = '';
  issued = 0;
  readonly complaints: string[] = [];
  readonly #challengePort: () => number;
  readonly #days: number;
  readonly #nonces = new Set<string>();
  readonly #token: string = randomBytes(16).toString('base64url');
  #keys: webcrypto.CryptoKeyPair | undefined;
  #account: webcrypto.JsonWebKey | undefined;
  #name = '';
  #isValid = false;
  #chain = '';

  constructor(challengePort: () => number, days: number) {
    this.#challengePort = challengePort;
    this.#days = days;
  }

  async begin(): Promise<void> {
    this.#keys = await webcrypto.subtle.generateKey(signing, true, ['sign', 'verify']);
    const root = await X509CertificateGenerator.createSelfSigned({
      name: 'CN=Test authority',
      notBefore: new Date(Date.now() - dayMs),
      notAfter: new Date(Date.now() + 1000 * dayMs),
      signingAlgorithm: signing,
      keys: this.#keys,
      extensions: [new BasicConstraintsExtension(true, undefined, true)],
    });
    this.rootPem = root.toString('pem');
  }

  #nonce(): string {
    const nonce = randomBytes(12).toString('base64url');
    this.#nonces.add(nonce);
    return nonce;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('replay-nonce', this.#nonce());
    const path = request.url ?? '';
    if (path === '/directory') {
      const at = (name: string): string => `${this.base}/${name}`;
      send(response, 200, { newNonce: at('nonce'), newAccount: at('account'), newOrder: at('orders'), meta: {} });
      return;
    }
    if (path === '/nonce') {
      response.writeHead(request.method === 'HEAD' ? 200 : 204).end();
      return;
    }
    try {
      await this.#post(path, await this.#checked(path, await bodyOf(request)), response);
    } catch (error) {
      this.complaints.push(`${path}: ${(error as Error).message}`);
      send(response, 400, { type: 'urn:ietf:params:acme:error:malformed', detail: (error as Error).message });
    }
  }

  /** RFC 8555 §6: the signature, the address, and a nonce that was given out and not used. */
  #checked(path: string, text: string): unknown {
    const body = JSON.parse(text) as {
      readonly protected: string;
      readonly payload: string;
      readonly signature: string;
    };
    const head = JSON.parse(Buffer.from(body.protected, 'base64url').toString()) as Protected;
    if (!this.#nonces.delete(head.nonce)) throw new Error('a nonce that was not given out, or was used');
    if (head.url !== `${this.base}${path}`) throw new Error('signed for another address');
    const jwk = head.jwk ?? this.#account;
    if (jwk === undefined) throw new Error('no account');
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const signature = Buffer.from(body.signature, 'base64url');
    const signed = Buffer.from(`${body.protected}.${body.payload}`);
    if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)) throw new Error('a wrong signature');
    if (head.jwk !== undefined) this.#account = head.jwk;
    return body.payload === '' ? undefined : JSON.parse(Buffer.from(body.payload, 'base64url').toString());
  }

  async #post(path: string, payload: unknown, response: ServerResponse): Promise<void> {
    switch (path) {
      case '/account':
        response.setHeader('location', `${this.base}/account/1`);
        send(response, 201, { status: 'valid' });
        return;
      case '/orders':
        this.#name =
          (payload as { readonly identifiers: readonly { readonly value: string }[] }).identifiers[0]?.value ?? '';
        this.#isValid = false;
        this.#chain = '';
        response.setHeader('location', `${this.base}/order`);
        send(response, 201, this.#order());
        return;
      case '/order':
        send(response, 200, this.#order());
        return;
      case '/authorization':
        send(response, 200, this.#authorization());
        return;
      case '/challenge':
        await this.#lookAtName();
        send(response, 200, this.#challenge());
        return;
      case '/finalize':
        if (!this.#isValid) throw new Error('the name is not proven');
        this.#chain = await this.#sign((payload as { readonly csr: string }).csr);
        send(response, 200, this.#order());
        return;
      case '/certificate':
        response.writeHead(200, { 'content-type': 'application/pem-certificate-chain' }).end(this.#chain);
        return;
      default:
        send(response, 404, {});
    }
  }

  #order(): object {
    const status = this.#chain !== '' ? 'valid' : this.#isValid ? 'ready' : 'pending';
    return {
      status,
      identifiers: [{ type: 'dns', value: this.#name }],
      authorizations: [`${this.base}/authorization`],
      finalize: `${this.base}/finalize`,
      ...(this.#chain !== '' && { certificate: `${this.base}/certificate` }),
    };
  }

  #authorization(): object {
    const status = this.#isValid ? 'valid' : 'pending';
    return { status, identifier: { type: 'dns', value: this.#name }, challenges: [this.#challenge()] };
  }

  #challenge(): object {
    const status = this.#isValid ? 'valid' : 'pending';
    return { type: 'http-01', url: `${this.base}/challenge`, token: this.#token, status };
  }

  /** §8.3: the key authorization stands at the name, by plain HTTP. */
  async #lookAtName(): Promise<void> {
    const { crv, kty, x, y } = this.#account ?? {};
    const thumbprint = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
    const at = `http://127.0.0.1:${this.#challengePort()}/.well-known/acme-challenge/${this.#token}`;
    const text = await (await fetch(at)).text();
    if (text !== `${this.#token}.${thumbprint}`) throw new Error(`a wrong answer at the name: ${text}`);
    this.#isValid = true;
  }

  async #sign(csr: string): Promise<string> {
    const request = new Pkcs10CertificateRequest(Buffer.from(csr, 'base64url'));
    if (!(await request.verify())) throw new Error('a request with a wrong signature');
    if (this.#keys === undefined) throw new Error('not begun');
    this.issued += 1;
    const certificate = await X509CertificateGenerator.create({
      subject: `CN=${this.#name}`,
      issuer: 'CN=Test authority',
      notBefore: new Date(Date.now() - dayMs),
      notAfter: new Date(Date.now() + this.#days * dayMs),
      signingAlgorithm: signing,
      publicKey: request.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [new SubjectAlternativeNameExtension([{ type: 'dns', value: this.#name }])],
    });
    return `${certificate.toString('pem')}\n${this.rootPem}\n`;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
