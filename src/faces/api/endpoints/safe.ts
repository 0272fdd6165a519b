import { z } from 'zod';
import type { CredentialRecord } from '#accounts/instance-view.ts';
import type { Activity } from '#vault/files/activity.ts';
import type { ActivityState, CopyState, ProofState, SafeState } from '../contract/safe.ts';
import type { CopyProof, CopyStatus } from '../copies-part.ts';
import { type Endpoint, personal } from '../endpoint.ts';
import { vaultOf } from './files.ts';

const drill = z.object({
  timeMs: z.number(),
  restoreMs: z.number().describe('how long reading everything back took'),
  sizeBytes: z.number(),
  isWhole: z.boolean(),
});

const proof: z.ZodType<ProofState> = z.object({
  provenMs: z.number().nullable().describe('when everything was last read back, and nothing was left damaged'),
  readShare: z.number().nullable().describe('how far the reading that is under way is, from 0 to 1'),
  damaged: z.number().describe('pieces that could not be repaired'),
  isOverdue: z.boolean(),
  drill: drill.nullable(),
});

const copy: z.ZodType<CopyState> = z.object({
  id: z.string(),
  label: z.string(),
  isFolder: z.boolean(),
  country: z.string().nullable(),
  state: z.enum(['whole', 'following', 'waiting', 'paused', 'unreachable']),
  lastWholeMs: z.number().nullable(),
  lagBytes: z.number(),
  proof,
  operator: z
    .object({ place: z.string(), problem: z.string().nullable(), freeBytes: z.number().nullable() })
    .nullable()
    .describe('for whoever runs the instance'),
});

const safe: z.ZodType<SafeState> = z.object({
  copies: z.array(copy),
  counting: z.number().describe('copies that would not be lost together with the data or with each other'),
  withTheData: z.number().describe('copies that would be lost together with the data'),
  data: proof,
  isReadOnly: z.boolean(),
  isOperatorKitProven: z.boolean().nullable().describe('for whoever runs the instance'),
});

const activity: z.ZodType<ActivityState> = z.object({
  timeMs: z.number(),
  by: z.string().nullable(),
  isOwner: z.boolean(),
  what: z.enum(['made', 'written', 'moved', 'trashed', 'restored', 'other']),
  path: z.array(z.string()).nullable(),
  more: z.number(),
});

/** Enough for a day of one person; runs of the same kind become one row. */
const entriesRead = 200;
const rowsShown = 20;

export const safeEndpoints: readonly Endpoint[] = [
  personal({
    method: 'GET',
    path: '/safe',
    summary: 'whether everything is well: copies, proofs, drills',
    answer: safe,
    run: async ({ parts, session }) => {
      const { isOperator } = session.unlocked.account;
      const { copies, counting, withTheData, primary } = await parts.copies.status();
      return {
        copies: copies.map((each) => copyState(each, isOperator)),
        counting,
        withTheData,
        data: proofState(primary),
        isReadOnly: await parts.isReadOnly(),
        isOperatorKitProven: isOperator ? parts.instance.operatorKitProven : null,
      };
    },
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/activity',
    summary: 'what changed lately, and which device did it',
    answer: z.array(activity),
    run: async (call) => {
      const { instance } = call.parts;
      const entries = await vaultOf(call).activity(entriesRead);
      return rowsOf(entries, (id) => (id === undefined ? undefined : instance.view.credential(id)));
    },
  }),
];

function copyState(each: CopyStatus, isOperator: boolean): CopyState {
  const { copy: id, label, country, state, lastWholeMs, lagBytes, place, problem, freeBytes } = each;
  return {
    id,
    label,
    isFolder: !place.startsWith('s3://'),
    country,
    state,
    lastWholeMs,
    lagBytes,
    proof: proofState(each.proof),
    operator: isOperator ? { place, problem, freeBytes } : null,
  };
}

function proofState({ provenMs, round, drilled, damaged, overdue }: CopyProof): ProofState {
  return {
    provenMs,
    readShare: round?.done ?? null,
    damaged,
    isOverdue: overdue.length > 0,
    drill:
      drilled === null
        ? null
        : {
            timeMs: drilled.toMs,
            restoreMs: drilled.restoreMs,
            sizeBytes: drilled.sizeBytes,
            isWhole: drilled.missingEntries + drilled.missingChunks === 0,
          },
  };
}

type What = ActivityState['what'];
const whatOf: Readonly<Partial<Record<Activity['changes'][number]['what'], What>>> = {
  folder: 'made',
  write: 'written',
  place: 'moved',
  trash: 'trashed',
  copy: 'made',
  pick: 'restored',
};

/** Newest first; what one device did of one kind, one after the other, is one row. */
function rowsOf(
  entries: readonly Activity[],
  credential: (id: Activity['by']) => CredentialRecord | undefined,
): ActivityState[] {
  const rows: (ActivityState & { more: number })[] = [];
  for (const { timeMs, by, changes, more } of entries) {
    for (const change of changes) {
      const what = whatOf[change.what];
      if (what === undefined) continue;
      const of = credential(by);
      const row = {
        timeMs,
        by: of?.label ?? null,
        isOwner: of?.kind !== 'app',
        what,
        path: change.path?.slice() ?? null,
      };
      const last = rows.at(-1);
      if (last?.what === what && last.by === row.by && last.isOwner === row.isOwner) last.more += 1;
      else if (rows.length < rowsShown) rows.push({ ...row, more: 0 });
      else return rows;
    }
    const last = rows.at(-1);
    if (last !== undefined) last.more += more;
  }
  return rows;
}
