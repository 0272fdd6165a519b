// A passkey in software, with the PRF extension: what a browser and an authenticator do between them (WebAuthn §5, §6).
import { createHash, createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

interface Options {
  readonly challenge: string;
  readonly site: string;
  readonly input: string;
}

export interface Assertion {
  readonly assertion: Readonly<Record<string, unknown>>;
  readonly output: string;
}

export class SoftPasskey {
  readonly id: Buffer = randomBytes(32);
  readonly #origin: string;
  readonly #key: KeyObject;
  readonly #cose: Buffer;
  readonly #secret: Buffer = randomBytes(32);

  /** @param origin of the page that asks, as the browser sees it. */
  constructor(origin: string) {
    this.#origin = origin;
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    // RFC 9053 §7.1.1: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
    this.#cose = Buffer.concat([
      Buffer.from('a5010203262001215820', 'hex'),
      Buffer.from(x, 'base64url'),
      Buffer.from('225820', 'hex'),
      Buffer.from(y, 'base64url'),
    ]);
  }

  register(options: Options): { readonly registration: Readonly<Record<string, unknown>>; readonly output: string } {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    const attested = Buffer.concat([Buffer.alloc(16), length, this.id, this.#cose]);
    const data = Buffer.concat([this.#authenticatorData(options, 0x45), attested]);
    // {"fmt": "none", "attStmt": {}, "authData": bytes}
    const head = Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746159', 'hex');
    const size = Buffer.alloc(2);
    size.writeUInt16BE(data.length);
    const response = {
      clientDataJSON: this.#clientData('webauthn.create', options).toString('base64url'),
      attestationObject: Buffer.concat([head, size, data]).toString('base64url'),
    };
    return { registration: this.#credential(response), output: this.#output(options) };
  }

  assert(options: Options): Assertion {
    const clientData = this.#clientData('webauthn.get', options);
    const data = this.#authenticatorData(options, 0x05);
    const signed = Buffer.concat([data, createHash('sha256').update(clientData).digest()]);
    const response = {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: sign('sha256', signed, this.#key).toString('base64url'),
    };
    return { assertion: this.#credential(response), output: this.#output(options) };
  }

  #credential(response: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
    const id = this.id.toString('base64url');
    return { id, rawId: id, type: 'public-key', response, clientExtensionResults: {} };
  }

  #clientData(type: string, { challenge }: Options): Buffer {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.#origin, crossOrigin: false }));
  }

  /** @param flags user present and verified; with a new credential also its data. */
  #authenticatorData({ site }: Options, flags: number): Buffer {
    const counter = Buffer.alloc(4);
    return Buffer.concat([createHash('sha256').update(site).digest(), Buffer.from([flags]), counter]);
  }

  #output({ input }: Options): string {
    const salt = createHash('sha256').update('WebAuthn PRF\0').update(Buffer.from(input, 'base64url')).digest();
    return createHmac('sha256', this.#secret).update(salt).digest('base64url');
  }
}
