import { z } from 'zod';
import type { CredentialId } from '#base/ids.ts';
import { vaultKinds } from '#format/instance-operations.ts';
import type {
  ActivityEntry,
  BroughtBack,
  DamagedFiles,
  LostFiles,
  MassDeletion,
  PastFolder,
  RewindPreview,
} from '../contract/time.ts';
import { type Endpoint, type OwnedCall, personal } from '../endpoint.ts';
import type { LossRefusal, OwnerLosses } from '../owner-losses.ts';
import { path, pathOf, pathQuery } from '../paths.ts';
import { notFound, refusalProblem } from '../problem.ts';
import { sendFile } from '../send-content.ts';
import { callerOf, vaultOf } from './files.ts';

const sequence = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 31);
const maxActivity = 2000;
const maxRows = 5000;

const when = pathQuery.extend({
  sequence: sequence.describe('the instant after this entry'),
});

const activity: z.ZodType<ActivityEntry> = z.object({
  sequence: z.number(),
  timeMs: z.number(),
  by: z.string().nullable().describe('what the owner calls the device'),
  changes: z.array(z.object({ what: z.string(), path: path.nullable() })),
  more: z.number(),
});

const past: z.ZodType<PastFolder> = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      isFolder: z.boolean(),
      sizeBytes: z.number().nullable(),
      mtimeMs: z.number().nullable(),
      type: z.string().nullable(),
      since: z.enum(['same', 'changed', 'moved', 'gone']),
    }),
  ),
  addedSince: z.array(z.object({ name: z.string(), isFolder: z.boolean() })),
});

const counts = z.object({ brought: z.number(), trashed: z.number(), moved: z.number(), changed: z.number() });

const preview: z.ZodType<RewindPreview> = z.object({
  why: z.string().nullable().describe('why it cannot be done'),
  counts,
  examples: z.array(z.object({ how: z.enum(['brought', 'trashed', 'moved', 'changed']), path, isFolder: z.boolean() })),
});

const looking: readonly Endpoint[] = [
  personal({
    method: 'GET',
    path: '/vaults/:kind/past/changes',
    summary: 'what changed and which device did it, newest first',
    query: z.object({ limit: z.coerce.number().int().min(1).max(maxActivity).default(200) }),
    answer: z.array(activity),
    run: async (call) => {
      const found = await vaultOf(call).activity(call.query.limit);
      return found.flatMap(({ sequence: at, timeMs, by, changes, more }) => {
        // What the program itself notes about photos is nobody's doing.
        const shown = changes.filter((each) => each.what !== 'media');
        if (shown.length === 0) return [];
        const label = deviceOf(call, by);
        return [
          {
            sequence: at,
            timeMs,
            by: label,
            changes: shown.map((each) => ({ what: each.what, path: each.path ?? null })),
            more,
          },
        ];
      });
    },
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/past/instant',
    summary: 'the last entry up to a time: the number of that instant',
    query: z.object({ timeMs: z.coerce.number().int().min(0) }),
    answer: z.object({ sequence: z.number() }),
    run: async (call) => ({ sequence: await vaultOf(call).sequenceAt(call.query.timeMs) }),
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/past/list',
    summary: 'a folder as it was, and what became of what was in it',
    query: when,
    answer: past,
    run: async (call) => {
      const found = await vaultOf(call).folderAt(pathOf(call.query.path), call.query.sequence);
      if (found === undefined) throw notFound();
      return {
        items: found.items.map(({ name, isFolder, sizeBytes, mtimeMs, type, since }) => ({
          ...{ name, isFolder, since },
          ...{ sizeBytes: sizeBytes ?? null, mtimeMs: mtimeMs ?? null, type: type ?? null },
        })),
        addedSince: found.addedSince,
      };
    },
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/past/content',
    summary: 'what a file held at an earlier instant, also one that is gone; ranges as in RFC 9110',
    query: when,
    answer: z.undefined().describe('bytes'),
    run: async (call) => {
      const files = vaultOf(call);
      const plan = await files.planAt(pathOf(call.query.path), call.query.sequence);
      if (plan.kind === 'refused') throw refusalProblem(plan.why);
      await sendFile(call.parts, call.request, call.reply, files, plan, 'kept');
    },
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/past/preview',
    summary: 'what a rewind would change now; nothing is changed',
    query: when,
    answer: preview,
    run: async (call) => {
      const { path: text, sequence: at } = call.query;
      const found = await vaultOf(call).previewRewind(callerOf(call), pathOf(text), at);
      return {
        why: found.why === undefined ? null : refusalProblem(found.why).message,
        counts: found.counts,
        examples: found.examples,
      };
    },
  }),
];

const changing: readonly Endpoint[] = [
  personal({
    method: 'POST',
    path: '/vaults/:kind/past/rewind',
    summary: 'a folder, a file or everything as it was; what came since goes to the trash',
    body: z.object({ path, sequence: z.number().int().min(0) }),
    answer: z.undefined(),
    run: async (call) => {
      const result = await vaultOf(call).rewind(callerOf(call), call.body.path, call.body.sequence);
      if (result.kind === 'refused') throw refusalProblem(result.why);
    },
  }),
];

const lostObject = z.object({
  count: z.number(),
  files: z.array(
    z.object({
      node: z.string(),
      path,
      kind: z.string(),
      sizeBytes: z.number(),
      how: z.enum(['gone', 'changed']),
      timeMs: z.number().nullable(),
      by: z.string().nullable(),
    }),
  ),
});

const lost: z.ZodType<LostFiles> = lostObject;
const broughtBack: z.ZodType<BroughtBack> = lostObject.extend({ back: z.number() });

const deletion: z.ZodType<MassDeletion> = z.object({
  id: z.number(),
  fromMs: z.number(),
  toMs: z.number(),
  by: z.string().nullable(),
  files: z.number(),
  overwritten: z.number(),
  sizeBytes: z.number(),
  mostIn: path,
  isAccepted: z.boolean(),
});

const damaged: z.ZodType<DamagedFiles> = z.object({
  count: z.number(),
  files: z.array(
    z.object({
      path,
      kind: z.string(),
      sizeBytes: z.number(),
      as: z.enum(['current', 'old', 'trash', 'ended']),
      sinceMs: z.number(),
      fate: z.enum(['gone', 'damaged', 'back']),
      from: z.array(z.string()),
    }),
  ),
});

const losses: readonly Endpoint[] = [
  personal({
    method: 'GET',
    path: '/vaults/:kind/lost',
    summary: 'files that were there at a time and are not, or not with that content, now',
    query: z.object({ sinceMs: z.coerce.number().int().min(0) }),
    answer: lost,
    run: async (call) => plainLost(await lossesOf(call).since(call.query.sinceMs)),
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/lost/bring-back',
    summary: 'bring back what was lost since a time',
    body: z.object({ sinceMs: z.number().int().min(0), changed: z.boolean() }),
    answer: broughtBack,
    run: async (call) => {
      const done = checked(await lossesOf(call).bringBack(call.body.sinceMs, call.body.changed));
      return { ...plainLost(done), back: done.back };
    },
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/damaged',
    summary: 'files whose stored bytes were hit, and what became of them',
    answer: damaged,
    run: async (call) => {
      const { count, files } = await lossesOf(call).damaged();
      return {
        count,
        files: files
          .slice(0, maxRows)
          .map(({ node: _, ...row }) => ({ ...row, path: [...row.path], from: [...row.from] })),
      };
    },
  }),
  personal({
    method: 'GET',
    path: '/vaults/:kind/deletions',
    summary: 'mass deletions: what one device took away in one go',
    answer: z.array(deletion),
    run: async (call) =>
      (await lossesOf(call).deletions()).map(({ credential: _, filesBefore: __, ...row }) => ({
        ...row,
      })),
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/deletions/:id/undo',
    summary: 'bring back what a mass deletion took away',
    answer: z.object({ files: z.number(), back: z.number() }),
    run: async (call) => {
      const { files, back } = checked(await lossesOf(call).undo(deletionOf(call)));
      return { files, back };
    },
  }),
  personal({
    method: 'POST',
    path: '/vaults/:kind/deletions/:id/accept',
    summary: 'a mass deletion was meant',
    answer: z.object({ files: z.number() }),
    run: async (call) => ({ files: checked(await lossesOf(call).accept(deletionOf(call))).files }),
  }),
];

export const timeEndpoints: readonly Endpoint[] = [...looking, ...changing, ...losses];

/** The vault first: it asks for a fresh proof where one is wanted. @throws ApiProblem 403, 404. */
function lossesOf(call: OwnedCall<unknown, unknown>): OwnerLosses {
  vaultOf(call);
  const kind = vaultKinds.find((each) => each === call.params['kind']);
  const found = kind === undefined ? undefined : call.parts.losses(call.session.unlocked, kind);
  if (found === undefined) throw notFound();
  return found;
}

/** @throws ApiProblem for a refusal. */
function checked<Answer extends { readonly kind: 'done' }>(answer: Answer | LossRefusal): Answer {
  if (answer.kind !== 'refused') return answer as Answer;
  throw answer.why === 'no-such-deletion' ? notFound() : refusalProblem(answer.why);
}

/** @throws ApiProblem 404. */
function deletionOf({ params }: OwnedCall<unknown, unknown>): number {
  const id = Number(params['id']);
  if (!Number.isSafeInteger(id) || id < 1) throw notFound();
  return id;
}

function plainLost({ count, files }: Awaited<ReturnType<OwnerLosses['since']>>): LostFiles {
  return {
    count,
    files: files.slice(0, maxRows).map(({ did, ...row }) => ({
      ...row,
      timeMs: did?.timeMs ?? null,
      by: did?.by ?? null,
    })),
  };
}

/** What the owner calls it; those of other people have no name here. */
function deviceOf({ parts, session }: OwnedCall<unknown, unknown>, by: CredentialId | undefined): string | null {
  const record = by === undefined ? undefined : parts.instance.view.credential(by);
  return record?.account === session.unlocked.account.id ? (record.label ?? record.kind) : null;
}
