// Images as a maker publishes them: signed with usign, with a list of hashes and a file that says what each does.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Said {
  readonly adds?: readonly string[];
  readonly removes?: readonly string[];
  readonly collects?: readonly string[];
  readonly needsAccount?: boolean;
}

export interface Published {
  readonly image: string;
  readonly sha256: string;
  readonly sums: string;
  readonly signature: string;
  readonly about: string;
}

export class Maker {
  readonly #folder: string;
  readonly #key: string = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey;
  readonly #fingerprint: Buffer = Buffer.from('0123456789abcdef', 'hex');

  constructor(folder: string) {
    this.#folder = folder;
  }

  publicKey(): string {
    const raw = createPublicKey(createPrivateKey(this.#key)).export({ type: 'spki', format: 'der' }).subarray(-32);
    return this.#write('maker.pub', this.#usign('public key', raw));
  }

  publish(name: string, image: Buffer, said: Said): Published {
    const about = `${JSON.stringify({ version: 1, adds: [], removes: [], collects: [], needsAccount: false, ...said })}\n`;
    const hash = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
    const sums = `${hash(image)} *${name}.bin\n${hash(about)} *${name}.update.json\n`;
    return {
      image: this.#write(`${name}.bin`, image),
      sha256: hash(image),
      sums: this.#write(`${name}.sums`, sums),
      signature: this.#write(
        `${name}.sums.sig`,
        this.#usign('signed by key', sign(null, Buffer.from(sums), this.#key)),
      ),
      about: this.#write(`${name}.update.json`, about),
    };
  }

  #usign(kind: string, rest: Buffer): string {
    const bytes = Buffer.concat([Buffer.from('Ed'), this.#fingerprint, rest]);
    return `untrusted comment: ${kind} ${this.#fingerprint.toString('hex')}\n${bytes.toString('base64')}\n`;
  }

  #write(name: string, content: string | Buffer): string {
    const path = join(this.#folder, name);
    writeFileSync(path, content);
    return path;
  }
}
