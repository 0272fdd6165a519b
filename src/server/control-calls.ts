import { z } from 'zod';
import { vaultKinds } from '../format/instance-operations.ts';
import type { Refusal } from '../vault/files/types.ts';

/** What a control command answers. The command line is the only caller: in the same process, or over the local socket. */
export type ControlAnswer =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'content'; readonly value: unknown; readonly sizeBytes: number; readonly content: AsyncIterable<Uint8Array> }
  | { readonly kind: 'refused'; readonly why: ControlRefusal; readonly waitMs?: number };

export type ControlRefusal =
  | Refusal
  | 'wrong-proof'
  | 'too-many-guesses'
  | 'no-such-account'
  | 'no-such-vault'
  | 'no-such-app-password'
  | 'not-a-kit'
  | 'wrong-kit'
  | 'bad-password'
  | 'bad-label'
  | 'too-many'
  | 'bad-arguments'
  | 'not-in-trash';

export interface ControlCall {
  readonly command: string;
  readonly args: unknown;
  readonly content?: AsyncIterable<Uint8Array>;
}

/** Answers one call. @throws Fault. */
export interface Control {
  run(call: ControlCall): Promise<ControlAnswer>;
}

const name = z.string().min(1).max(64);
const text = z.string().max(4096);
const ticket = z.string().regex(/^[0-9a-f]{64}$/);
const vaultKind = z.enum(vaultKinds);
const path = z.array(z.string().min(1).max(1024)).max(1000);
const at = z.object({ ticket, vault: vaultKind, path });
export const when = z.union([z.object({ sequence: z.number().int().min(0) }), z.object({ timeMs: z.number().int().min(0) })]);

export const schemas = {
  'account.create': z.object({ name, password: text }),
  'account.list': z.object({}),
  'account.quota': z.object({ name, quotaBytes: z.number().int().min(0).nullable() }),
  'account.recover': z.object({ name, kit: text, password: text }),
  'account.passwd': z.object({ name, password: text, newPassword: text }),
  'account.prove-kit': z.object({ ticket, kit: text }),
  'app-password.create': z.object({ ticket, label: text, vaults: z.array(vaultKind).optional() }),
  'app-password.list': z.object({ ticket }),
  'app-password.revoke': z.object({ ticket, credential: text }),
  'operator-kit.create': z.object({}),
  'operator-kit.prove': z.object({ kit: text }),
  'operator-kit.status': z.object({}),
  unlock: z.object({ name, password: text.optional(), kit: text.optional(), appPassword: text.optional() }),
  stat: at,
  ls: at.extend({ when: when.optional() }),
  mkdir: at,
  remove: at,
  move: z.object({ ticket, vault: vaultKind, from: path, to: path }),
  put: at.extend({ mtimeMs: z.number().int().min(0).optional(), ifAbsent: z.boolean().optional() }),
  get: at.extend({ version: z.string().regex(/^[0-9a-f]{1,16}$/).optional() }),
  log: z.object({ ticket, vault: vaultKind, limit: z.number().int().min(1).max(10_000) }),
  versions: at,
  'versions.restore': at.extend({ version: z.string().regex(/^[0-9a-f]{1,16}$/) }),
  trash: z.object({ ticket, vault: vaultKind }),
  'trash.restore': z.object({ ticket, vault: vaultKind, node: z.string().regex(/^[0-9a-f]{1,16}$/), to: path.optional() }),
  'trash.empty': z.object({ ticket, vault: vaultKind, nodes: z.array(z.string().regex(/^[0-9a-f]{1,16}$/)).max(10_000) }),
  rewind: at.extend({ when }),
  usage: z.object({ ticket, vault: vaultKind }),
} as const;

export type ControlCommand = keyof typeof schemas;
export type Args<Command extends ControlCommand> = z.infer<(typeof schemas)[Command]>;
