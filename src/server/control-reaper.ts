import { z } from 'zod';
import { parseVaultId, type VaultId } from '../base/ids.ts';
import { operatorKey, ownerKey, signConfirmation } from '../copies/reaper-confirmation.ts';
import type { ControlAnswer } from './control-calls.ts';
import { type ControlCommands, command, ticketSchema } from './control-command.ts';
import type { Tickets } from './control-tickets.ts';
import { done, refuse } from './control-values.ts';
import type { Core } from './core.ts';

const vault = z.string().transform((text, context): VaultId => {
  const id = parseVaultId(text);
  if (id === undefined) context.addIssue('not the id of a vault');
  return id ?? ('' as VaultId);
});
const plans = z.array(z.object({ vault, sha256: z.string().regex(/^[0-9a-f]{64}$/) })).max(1000);
const confirmation = z.object({ ticket: ticketSchema.optional(), plans });

type Plans = z.infer<typeof plans>;

/** Plans of the reaper beyond a limit: their owner signs them, the operator agrees. */
export function reaperCommands({ core, tickets }: { readonly core: Core; readonly tickets: Tickets }): ControlCommands {
  const confirmAll = async (
    wanted: Plans,
    confirmationOf: (plan: Plans[number]) => string | undefined,
    key: typeof ownerKey,
  ) => {
    const confirmed: VaultId[] = [];
    for (const plan of wanted) {
      const value = confirmationOf(plan);
      if (value === undefined) continue;
      await core.journal.setMeta(key(plan.vault), value);
      confirmed.push(plan.vault);
    }
    return done({ confirmed });
  };
  return {
    'reaper.confirm': command(confirmation, async (args): Promise<ControlAnswer> => {
      if (args.ticket === undefined) return confirmAll(args.plans, ({ sha256 }) => sha256, operatorKey);
      const owner = tickets.owner(args.ticket);
      if (owner === undefined) return refuse('wrong-proof');
      const seeds = new Map([...owner.vaults].map(([id, { signSeed }]) => [id, signSeed]));
      if ([...seeds.values()].every((seed) => seed === undefined)) return refuse('no-signing-key');
      const sign = (plan: Plans[number]): string | undefined => {
        const seed = seeds.get(plan.vault);
        return seed === undefined ? undefined : signConfirmation(plan.vault, plan.sha256, seed);
      };
      return confirmAll(args.plans, sign, ownerKey);
    }),
  };
}
