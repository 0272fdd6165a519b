import { z } from 'zod';
import { fromUtf8, utf8 } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';
import type { Disk } from '#store/disk.ts';

/** docs/home-format.md: a router that was adopted, or is about to be. */
export interface RouterRecord {
  readonly version: 1;
  /** What its owner calls it; the name of its folder. */
  readonly name: string;
  readonly scheme: 'http' | 'https';
  readonly address: string;
  readonly port: number;
  readonly password: string;
  /** What it is recognised by. Undefined until it was adopted. */
  readonly pinned?:
    | {
        /** SHA-256 of its certificate; null when it offers no https. */
        readonly certificate: string | null;
        readonly board: string;
        readonly macAddress: string;
        readonly adoptedAt: string;
      }
    | undefined;
}

export type AdoptedRouter = RouterRecord & { readonly pinned: NonNullable<RouterRecord['pinned']> };

const namePattern = /^[a-z0-9][a-z0-9-]{0,31}$/;

const recordSchema: z.ZodType<RouterRecord> = z.object({
  version: z.literal(1),
  name: z.string().regex(namePattern),
  scheme: z.enum(['http', 'https']),
  address: z.string().min(2).max(64),
  port: z.number().int().min(1).max(65_535),
  password: z.string().min(20).max(100),
  pinned: z
    .object({
      certificate: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .nullable(),
      board: z.string().min(1).max(200),
      macAddress: z.string().min(1).max(64),
      adoptedAt: z.iso.datetime(),
    })
    .optional(),
});

export function isRouterName(text: string): boolean {
  return namePattern.test(text);
}

export function routerFolder(name: string): string {
  return `routers/${name}`;
}

export class Routers {
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  async all(): Promise<readonly RouterRecord[]> {
    const found: RouterRecord[] = [];
    for (const name of await this.#disk.list('routers')) {
      const record = await this.find(name);
      if (record !== undefined) found.push(record);
    }
    return found;
  }

  /** @throws Fault `damaged`. */
  async find(name: string): Promise<RouterRecord | undefined> {
    if (!isRouterName(name)) return undefined;
    return await readJson(this.#disk, `${routerFolder(name)}/router.json`, recordSchema);
  }

  async save(record: RouterRecord): Promise<void> {
    await writeJson(this.#disk, `${routerFolder(record.name)}/router.json`, recordSchema.parse(record));
  }

  /** The password goes; its history and snapshots stay until their owner deletes them. */
  async forget(name: string): Promise<void> {
    await this.#disk.remove(`${routerFolder(name)}/router.json`);
  }
}

export function isAdopted(record: RouterRecord): record is AdoptedRouter {
  return record.pinned !== undefined;
}

/** Undefined when there is no such file. @throws Fault `damaged`. */
export async function readJson<Value>(
  disk: Pick<Disk, 'read'>,
  path: string,
  schema: z.ZodType<Value>,
): Promise<Value | undefined> {
  const bytes = await disk.read(path);
  if (bytes === null) return undefined;
  try {
    return schema.parse(JSON.parse(fromUtf8(bytes)));
  } catch (cause) {
    throw new Fault('damaged', `${path} of the home cannot be read. Nothing was changed. Keep it, and move it away.`, {
      cause,
    });
  }
}

/** Durable when this resolves; the file is the old or the new one at every moment. */
export async function writeJson(
  disk: Pick<Disk, 'replace' | 'makeFolder'>,
  path: string,
  value: unknown,
): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (folder !== '') await disk.makeFolder(folder);
  await disk.replace(path, utf8(`${JSON.stringify(value, undefined, 2)}\n`));
}
