import { z } from 'zod';
import { fromUtf8, toHex, utf8 } from '#base/bytes.ts';
import type { Clock } from '#base/clock.ts';
import { Fault } from '#base/fault.ts';
import { sha256 } from '#crypto/primitives.ts';
import type { Disk } from '#store/disk.ts';

export const maxImageBytes: number = 256 * 1024 * 1024;

const hash = z.string().regex(/^[0-9a-f]{64}$/);

export interface AboutImage {
  readonly version: 1;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly name: string;
  /** Where it came from: a path or an address. */
  readonly source: string;
  readonly storedAt: string;
}

const aboutImage: z.ZodType<AboutImage> = z.object({
  version: z.literal(1),
  sha256: hash,
  sizeBytes: z.number().int().min(1).max(maxImageBytes),
  name: z.string().min(1).max(255),
  source: z.string().max(2000),
  storedAt: z.iso.datetime(),
});

/** docs/home-format.md: system images, under the hash of their bytes. Storing one says nothing about whether it is good. */
export class Images {
  readonly #disk: Disk;
  readonly #clock: Clock;

  constructor(disk: Disk, clock: Clock) {
    this.#disk = disk;
    this.#clock = clock;
  }

  /** The bytes are durable before the description that makes them an image of the store. */
  async store(bytes: Uint8Array, name: string, source: string): Promise<AboutImage> {
    const id = toHex(sha256(bytes));
    const storedAt = new Date(this.#clock.nowMs()).toISOString();
    const about = aboutImage.parse({ version: 1, sha256: id, sizeBytes: bytes.length, name, source, storedAt });
    await this.#disk.makeFolder(`images/${id}`);
    await this.#disk.replace(`images/${id}/image`, bytes);
    await this.#disk.replace(`images/${id}/about.json`, utf8(`${JSON.stringify(about, undefined, 2)}\n`));
    return about;
  }

  async list(): Promise<readonly AboutImage[]> {
    const found: AboutImage[] = [];
    for (const id of await this.#disk.list('images')) {
      const about = await this.#about(id);
      if (about !== undefined) found.push(about);
    }
    return found.toSorted((one, other) => (one.storedAt < other.storedAt ? -1 : 1));
  }

  /** By its hash or the beginning of it. Undefined when there is none, or more than one. */
  async find(start: string): Promise<AboutImage | undefined> {
    const found = (await this.list()).filter((each) => each.sha256.startsWith(start.toLowerCase()));
    return found.length === 1 ? found[0] : undefined;
  }

  /** @throws Fault `damaged` when what is stored is not what was stored. */
  async bytes(id: string): Promise<Uint8Array> {
    const bytes = await this.#disk.read(`images/${hash.parse(id)}/image`);
    if (bytes !== null && toHex(sha256(bytes)) === id) return bytes;
    throw new Fault('damaged', `The stored image ${id} is missing or damaged. It is not used; store it anew.`);
  }

  async #about(id: string): Promise<AboutImage | undefined> {
    const bytes = hash.safeParse(id).success ? await this.#disk.read(`images/${id}/about.json`) : null;
    // A crash before the description was written: the bytes alone are no image yet.
    if (bytes === null) return undefined;
    const about = aboutImage.safeParse(parsed(bytes));
    return about.success && about.data.sha256 === id ? about.data : undefined;
  }
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch {
    return undefined;
  }
}
