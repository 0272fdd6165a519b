import { z } from 'zod';
import { type VaultKind, vaultKinds } from '../format/instance-operations.ts';
import type { ControlAnswer } from './control-calls.ts';
import { refuse } from './control-values.ts';

type Content = AsyncIterable<Uint8Array> | undefined;

/** A command with its arguments not checked yet. */
export type ControlCommand = (args: unknown, content: Content) => Promise<ControlAnswer>;

export type ControlCommands = { readonly [name: string]: ControlCommand };

/** Checks the arguments before anything else happens. */
export function command<Args>(
  schema: z.ZodType<Args>,
  run: (args: Args, content: Content) => Promise<ControlAnswer>,
): ControlCommand {
  return async (args, content) => {
    const parsed = schema.safeParse(args);
    return parsed.success ? run(parsed.data, content) : refuse('bad-arguments');
  };
}

export const ticketSchema: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);
export const vaultKindSchema: z.ZodType<VaultKind> = z.enum(vaultKinds);
