import { z } from 'zod';
import { kitFacts } from '#accounts/kit-facts.ts';
import { Secret } from '#base/secret.ts';
import { findIdentity } from '#format/identity.ts';
import type { AddedCopy } from '../contract/safe.ts';
import type { CopyRefusal } from '../copies-part.ts';
import { type Endpoint, type OwnedCall, personal } from '../endpoint.ts';
import { ApiProblem, notFresh } from '../problem.ts';
import { kitSchema } from '../proof.ts';

const text = z.string().min(1).max(1000);
const dayMs: number = 24 * 60 * 60_000;
/** From the root of the disk, or a bucket: what a relative path would mean is nobody's guess. */
const place = text.regex(/^(\/|[A-Za-z]:[\\/]|s3:\/\/)/);

const newCopy = z.object({
  place,
  label: z
    .string()
    .max(100)
    .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
  region: text.optional(),
  lockDays: z.number().int().min(1).max(3650).optional(),
  credentials: z.object({ accessKeyId: text, secretAccessKey: text }).optional(),
});

const added: z.ZodType<AddedCopy> = z.object({
  id: z.string(),
  sharesFateWithData: z.boolean(),
  isTakenUp: z.boolean(),
});

export const operatorEndpoints: readonly Endpoint[] = [
  personal({
    method: 'POST',
    path: '/copies',
    who: 'operator',
    summary: 'one more copy: a folder on another disk, or a bucket; it is followed from then on',
    body: newCopy,
    answer: added,
    run: async (call) => {
      assertFresh(call);
      const { lockDays, ...copy } = call.body;
      const lock =
        lockDays === undefined ? undefined : ({ mode: 'COMPLIANCE', retentionMs: lockDays * dayMs } as const);
      const result = await call.parts.copies.add({ ...copy, lock });
      if (result.kind === 'refused') throw copyProblem(result.why);
      const { copy: id, sharesFateWithData, isTakenUp } = result;
      return { id, sharesFateWithData, isTakenUp };
    },
  }),
  personal({
    method: 'POST',
    path: '/operator-kit',
    who: 'operator',
    summary: 'a kit that stands in for a lost instance key; it is shown once',
    answer: kitSchema,
    run: async (call) => {
      assertFresh(call);
      const { parts } = call;
      const key = new Secret(parts.random.bytes(32));
      await parts.inTurn(() => parts.instance.addOperatorKit(key));
      return kitFacts(key);
    },
  }),
  personal({
    method: 'POST',
    path: '/operator-kit/prove',
    who: 'operator',
    summary: 'show that an operator kit is kept, by its text',
    body: z.object({ kit: z.string().min(1).max(20_000) }),
    answer: z.undefined(),
    run: async ({ parts, body }) => {
      const identity = findIdentity(body.kit);
      if (identity === undefined)
        throw new ApiProblem(400, 'not-a-kit', 'There is no kit in this. Nothing was changed.');
      if (!(await parts.instance.proveOperatorKit(new Secret(identity))))
        throw new ApiProblem(409, 'wrong-kit', 'This is no operator kit of this instance. Nothing was changed.');
    },
  }),
];

/** What reaches beyond the application wants a fresh proof. @throws ApiProblem 403. */
function assertFresh({ parts, session }: Pick<OwnedCall<unknown, unknown>, 'parts' | 'session'>): void {
  if (!parts.sessions.isFresh(session)) throw notFresh();
}

function copyProblem(why: CopyRefusal): ApiProblem {
  const details: Readonly<Record<CopyRefusal, string>> = {
    'bad-arguments': 'A bucket wants its key and its secret.',
    'inside-the-data': 'This lies inside the data folder and would be lost with it.',
    'too-many-copies': 'There are too many copies already.',
    'lock-not-kept': 'This bucket does not keep object locks.',
    'foreign-copy': 'This place holds the copy of another instance.',
    'copy-without-marker': 'This place holds parts of a copy without its marker.',
    'label-taken': 'Another copy has this name.',
  };
  return new ApiProblem(409, why, `${details[why]} Nothing was added.`);
}
