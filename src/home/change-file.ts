import { z } from 'zod';
import type { Disk } from '#store/disk.ts';
import { readJson, routerFolder, writeJson } from './routers.ts';
import { type Configs, configsSchema } from './snapshots.ts';

/**
 * A change that is on its way; one for each router at most. Written before each step, so that a hub that was killed knows
 * what may have happened:
 *
 * - `applying`: asked for, and perhaps applied
 * - `applied`: in force; the router takes it back unless it is confirmed
 * - `confirming`: its owner said yes, and perhaps the router heard it
 * - `taking-back`: the hub puts back what was before
 */
export interface ChangeFile {
  readonly version: 1;
  readonly id: string;
  readonly what: string;
  readonly state: 'applying' | 'applied' | 'confirming' | 'taking-back';
  /** The router lets only this session confirm. */
  readonly session: string;
  readonly startedAtMs: number;
  readonly deadlineMs: number;
  readonly snapshot: number;
  readonly before: Configs;
  readonly after: Configs;
}

const changeSchema: z.ZodType<ChangeFile> = z.object({
  version: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{16}$/),
  what: z.string().max(500),
  state: z.enum(['applying', 'applied', 'confirming', 'taking-back']),
  session: z.string().regex(/^[0-9a-f]{32}$/),
  startedAtMs: z.number().int(),
  deadlineMs: z.number().int(),
  snapshot: z.number().int().min(1),
  before: configsSchema,
  after: configsSchema,
});

function pathOf(router: string): string {
  return `${routerFolder(router)}/change.json`;
}

/** @throws Fault `damaged`. */
export async function readChange(disk: Pick<Disk, 'read'>, router: string): Promise<ChangeFile | undefined> {
  return await readJson(disk, pathOf(router), changeSchema);
}

export async function writeChange(disk: Disk, router: string, change: ChangeFile): Promise<void> {
  await writeJson(disk, pathOf(router), change);
}

export async function removeChange(disk: Disk, router: string): Promise<void> {
  await disk.remove(pathOf(router));
}
