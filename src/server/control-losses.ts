import { z } from 'zod';
import type { OwnerLosses } from '../faces/api/owner-losses.ts';
import type { ControlAnswer } from './control-calls.ts';
import {
  type ControlCommand,
  type ControlCommands,
  command,
  ticketSchema,
  vaultKindSchema,
} from './control-command.ts';
import type { Tickets } from './control-tickets.ts';
import { done, refuse } from './control-values.ts';
import type { Core } from './core.ts';
import { ownerLosses } from './owner-losses.ts';

const inVault = z.object({ ticket: ticketSchema, vault: vaultKindSchema });
const oneDeletion = inVault.extend({ id: z.number().int().min(1) });
const since = inVault.extend({ timeMs: z.number().int().min(0) });
const bringBack = since.extend({ changed: z.boolean() });

type InVault = z.infer<typeof inVault>;

/** What an owner lost, or what a client took away, and how it comes back. */
export function lossCommands(parts: { readonly core: Core; readonly tickets: Tickets }): ControlCommands {
  const on = <Args extends InVault>(
    schema: z.ZodType<Args>,
    run: (losses: OwnerLosses, args: Args) => Promise<ControlAnswer>,
  ): ControlCommand =>
    command(schema, async (args) => {
      const owner = parts.tickets.owner(args.ticket);
      if (owner === undefined) return refuse('wrong-proof');
      const losses = ownerLosses(parts.core, owner, args.vault);
      return losses === undefined ? refuse('no-such-vault') : run(losses, args);
    });
  return {
    deletions: on(inVault, async (losses) => done(await losses.deletions())),
    'deletions.undo': on(oneDeletion, async (losses, args) => {
      const undone = await losses.undo(args.id);
      return undone.kind === 'refused' ? refuse(undone.why) : done({ files: undone.files, back: undone.back });
    }),
    'deletions.accept': on(oneDeletion, async (losses, args) => {
      const accepted = await losses.accept(args.id);
      return accepted.kind === 'refused' ? refuse(accepted.why) : done({ files: accepted.files });
    }),
    'losses.since': on(since, async (losses, args) => done(await losses.since(args.timeMs))),
    'losses.bring-back': on(bringBack, async (losses, args) => {
      const brought = await losses.bringBack(args.timeMs, args.changed);
      if (brought.kind === 'refused') return refuse(brought.why);
      const { back, count, files } = brought;
      return done({ back, count, files });
    }),
    'losses.mine': on(inVault, async (losses) => done(await losses.damaged())),
  };
}
