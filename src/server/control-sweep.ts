import { z } from 'zod';
import type { Secret } from '../base/secret.ts';
import { leastHorizonDays } from '../format/file-operations.ts';
import type { Caller } from '../vault/files/commands.ts';
import type { FilesPort } from '../vault/files/port.ts';
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
import { realClock } from './real-world.ts';
import { changeSweepNote, readSweepNote } from './sweep-notes.ts';

interface SweepControlParts {
  readonly core: Core;
  readonly tickets: Tickets;
}

const inVault = z.object({ ticket: ticketSchema, vault: vaultKindSchema });
const maxHorizonDays = 36_500;

/** What wants the signing key of a vault, which passwords and kits hold and app passwords never get. */
export function sweepCommands(parts: SweepControlParts): ControlCommands {
  return {
    sweep: signed(parts, inVault.extend({ plan: z.boolean() }), async (files, args, by, signSeed) => {
      const result = await files.sweep(by, args.plan ? undefined : signSeed.expose());
      if (result.kind === 'refused') return refuse(result.why);
      const { chunks, storedBytes } = result;
      const outcome = { kind: 'swept', chunks, storedBytes } as const;
      if (!args.plan) await changeSweepNote(parts.core.journal, files.id, { lastMs: realClock.nowMs(), outcome });
      return done(result);
    }),
    'sweep.note': signed(parts, inVault.extend({ automatic: z.boolean().optional() }), async (files, { automatic }) =>
      done(
        automatic === undefined
          ? await readSweepNote(parts.core.journal, files.id)
          : await changeSweepNote(parts.core.journal, files.id, { automatic }),
      ),
    ),
    horizon: signed(
      parts,
      inVault.extend({ days: z.number().int().min(leastHorizonDays).max(maxHorizonDays).optional() }),
      async (files, args, by, signSeed) => {
        if (args.days !== undefined) await files.setHorizon(by, signSeed.expose(), args.days);
        return done({ days: await files.horizonDays() });
      },
    ),
  };
}

function signed<Args extends z.infer<typeof inVault>>(
  { core, tickets }: SweepControlParts,
  schema: z.ZodType<Args>,
  run: (files: FilesPort, args: Args, by: Caller['by'], signSeed: Secret) => Promise<ControlAnswer>,
): ControlCommand {
  return command(schema, async (args) => {
    const owner = tickets.owner(args.ticket);
    if (owner === undefined) return refuse('wrong-proof');
    const files = core.files(owner, args.vault);
    if (files === undefined) return refuse('no-such-vault');
    const signSeed = owner.vaults.get(files.id)?.signSeed;
    return signSeed === undefined ? refuse('no-signing-key') : run(files, args, owner.credential.id, signSeed);
  });
}
