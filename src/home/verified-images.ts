import { z } from 'zod';
import { fromUtf8, toHex } from '#base/bytes.ts';
import { sha256 } from '#crypto/primitives.ts';
import type { Disk } from '#store/disk.ts';
import { readJson, writeJson } from './routers.ts';

const lines: z.ZodType<readonly string[]> = z.array(z.string().min(1).max(300)).max(100);

/** What its maker says that an image does: `update.json`, whose hash stands in the signed list beside that of the image. */
export interface Announcement {
  readonly version: 1;
  readonly adds: readonly string[];
  readonly removes: readonly string[];
  readonly collects: readonly string[];
  readonly needsAccount: boolean;
}

const announcementSchema: z.ZodType<Announcement> = z.object({
  version: z.literal(1),
  adds: lines,
  removes: lines,
  collects: lines,
  needsAccount: z.boolean(),
});

/** docs/home-format.md: that an image was found good. */
export interface VerifiedImage {
  readonly version: 1;
  readonly key: string;
  readonly boards: readonly string[];
  readonly release: string;
  readonly announcement: Announcement | null;
}

const verifiedSchema: z.ZodType<VerifiedImage> = z.object({
  version: z.literal(1),
  key: z.string().regex(/^[0-9a-f]{16}$/),
  boards: z.array(z.string().max(200)).max(1000),
  release: z.string().max(500),
  announcement: announcementSchema.nullable(),
});

/** Undefined unless the signed list names these bytes, and they say all of it. */
export function readAnnouncement(bytes: Uint8Array, listed: ReadonlySet<string>): Announcement | undefined {
  if (!listed.has(toHex(sha256(bytes)))) return undefined;
  try {
    return announcementSchema.parse(JSON.parse(fromUtf8(bytes)));
  } catch {
    return undefined;
  }
}

export async function readVerified(disk: Pick<Disk, 'read'>, image: string): Promise<VerifiedImage | undefined> {
  return await readJson(disk, `images/${image}/verified.json`, verifiedSchema);
}

export async function writeVerified(disk: Disk, image: string, verified: VerifiedImage): Promise<void> {
  await writeJson(disk, `images/${image}/verified.json`, verified);
}
