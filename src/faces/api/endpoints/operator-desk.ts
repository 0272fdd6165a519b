import { z } from 'zod';
import { vaultKinds } from '#format/instance-operations.ts';
import type { MassDeletion, OperatorAccount, ReaperState } from '../contract/operator.ts';
import { type Endpoint, personal } from '../endpoint.ts';
import type { ApiParts } from '../parts.ts';
import { ApiProblem } from '../problem.ts';

// For whoever runs the instance: ids, counts, sizes and times; never the name of a file, and never content.

const kind = z.enum(vaultKinds);
const account: z.ZodType<OperatorAccount> = z.object({
  id: z.string(),
  name: z.string(),
  createdMs: z.number(),
  isOperator: z.boolean(),
  quotaBytes: z.number().nullable(),
  storedBytes: z.number().describe('everything that is stored for it, history and trash included'),
  vaults: z.array(z.object({ kind, storedBytes: z.number() })),
  lastUseMs: z.number().nullable(),
});

const confirmers = z.object({ owner: z.boolean(), operator: z.boolean() });
const reaper: z.ZodType<ReaperState> = z.object({
  plans: z.array(
    z.object({
      number: z.number(),
      vault: z.string(),
      account: z.string().nullable(),
      kind: kind.nullable(),
      sha256: z.string(),
      count: z.number(),
      bytes: z.number(),
      needs: confirmers.describe('more than usual: nothing is erased before these have confirmed it'),
      confirmed: confirmers,
    }),
  ),
  erased: z.object({ count: z.number(), bytes: z.number() }),
});
const deletion: z.ZodType<MassDeletion> = z.object({
  timeMs: z.number(),
  account: z.string().nullable(),
  kind: kind.nullable(),
  files: z.number(),
});

const id = z.string().regex(/^[0-9a-f]{32}$/);
const refusals: Readonly<Record<string, string>> = {
  'no-such-account': 'There is no such account.',
  'no-such-copy': 'There is no such copy.',
};

/** One of the commands that the command line has too. @throws ApiProblem for a refusal. */
async function run<Answer>(
  { operator }: ApiParts,
  command: string,
  args: Readonly<Record<string, unknown>>,
  answer: z.ZodType<Answer>,
): Promise<Answer> {
  const done = await operator.run(command, args);
  if (done.kind === 'done') return answer.parse(done.value);
  throw new ApiProblem(409, done.why, `${refusals[done.why] ?? 'It was refused.'} Nothing was changed.`);
}

const nothing = z.looseObject({}).transform(() => undefined);

export const deskEndpoints: readonly Endpoint[] = [
  personal({
    method: 'GET',
    path: '/operator/accounts',
    who: 'operator',
    summary: 'accounts, what is stored for them, and when they were last used',
    answer: z.array(account),
    run: async ({ parts }) => [...(await parts.operator.accounts())],
  }),
  personal({
    method: 'PUT',
    path: '/operator/accounts/:id/quota',
    who: 'operator',
    summary: 'how much an account may keep; what is there already stays',
    body: z.object({ quotaBytes: z.number().int().min(0).nullable() }),
    answer: z.undefined(),
    run: async ({ parts, params, body }) => {
      const found = parts.instance.view.accounts().find((each) => each.id === params['id']);
      return run(parts, 'account.quota', { name: found?.name ?? '-', quotaBytes: body.quotaBytes }, nothing);
    },
  }),
  ...(['pause', 'resume'] as const).map((what) =>
    personal({
      method: 'POST',
      path: `/operator/copies/:copy/${what}`,
      who: 'operator',
      summary: what === 'pause' ? 'do not follow a copy for now' : 'follow a copy again',
      answer: z.undefined(),
      run: async ({ parts, params }) => run(parts, `copy.${what}`, { copy: params['copy'] }, nothing),
    }),
  ),
  personal({
    method: 'DELETE',
    path: '/operator/copies/:copy',
    who: 'operator',
    summary: 'forget a copy; nothing in it is erased',
    answer: z.undefined(),
    run: async ({ parts, params }) => run(parts, 'copy.remove', { copy: params['copy'] }, nothing),
  }),
  personal({
    method: 'GET',
    path: '/operator/reaper',
    who: 'operator',
    summary: 'what is about to be erased for good, and what waits for a confirmation',
    answer: reaper,
    run: async ({ parts }) => parts.operator.reaper(),
  }),
  personal({
    method: 'POST',
    path: '/operator/reaper/confirm',
    who: 'operator',
    summary: 'agree to plans of the reaper that are larger than usual; their owners confirm for themselves',
    body: z.object({ plans: z.array(z.object({ vault: id, sha256: z.string().regex(/^[0-9a-f]{64}$/) })).max(1000) }),
    answer: z.object({ confirmed: z.array(z.string()) }),
    run: async ({ parts, body }) =>
      run(parts, 'reaper.confirm', { plans: body.plans }, z.object({ confirmed: z.array(z.string()) })),
  }),
  personal({
    method: 'GET',
    path: '/operator/deletions',
    who: 'operator',
    summary: 'credentials that took away many files within an hour, since the start; all of it is kept',
    answer: z.array(deletion),
    run: async ({ parts }) => [...parts.operator.deletions()],
  }),
  personal({
    method: 'PUT',
    path: '/operator/maintenance',
    who: 'operator',
    summary: 'begin maintenance with what people are told, or end it with null; meanwhile everything can be read',
    body: z.object({ message: z.string().max(500).nullable() }),
    answer: z.undefined(),
    run: async ({ parts, body }) => run(parts, 'maintenance.set', body, nothing),
  }),
];
