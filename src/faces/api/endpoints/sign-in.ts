import { z } from 'zod';
import { changePassword, createAccount } from '#accounts/account-commands.ts';
import { kitFacts } from '#accounts/kit-facts.ts';
import { unlockWithKit, unlockWithPassword } from '#accounts/proofs.ts';
import { utf8 } from '#base/bytes.ts';
import { Secret } from '#base/secret.ts';
import { equalSecrets } from '#crypto/primitives.ts';
import { findIdentity } from '#format/identity.ts';
import type { InstanceInfo } from '../contract/sign-in.ts';
import { type Endpoint, open } from '../endpoint.ts';
import { ApiProblem, notAKit } from '../problem.ts';
import {
  accountProblem,
  begin,
  begunFields,
  deviceFields,
  kitSchema,
  nameSchema,
  passwordSchema,
  provePassword,
  proveSlowly,
  wrongProof,
} from '../proof.ts';

const instance: z.ZodType<InstanceInfo> = z.object({
  isFirstRun: z.boolean().describe('nobody has an account yet'),
  isEscrowOffered: z.boolean().describe('the operator keeps a key that can open accounts which agree to it'),
  version: z.string(),
  maintenance: z
    .object({ message: z.string(), sinceMs: z.number() })
    .nullable()
    .describe('while the operator works on the instance: everything can be read, and nothing is changed'),
});

const firstRun = z.object({ token: z.string().max(100), name: nameSchema, password: passwordSchema, ...deviceFields });
const recovery = z.object({ name: nameSchema, kit: z.string().max(4096), password: passwordSchema, ...deviceFields });
const signIn = z.object({ name: nameSchema, password: passwordSchema, ...deviceFields });

export const signInEndpoints: readonly Endpoint[] = [
  open({
    method: 'GET',
    path: '/instance',
    summary: 'what a visitor needs to know before signing in',
    answer: instance,
    run: async ({ parts }) => ({
      isFirstRun: parts.instance.view.accounts().length === 0,
      isEscrowOffered: parts.instance.view.escrow() !== undefined,
      version: parts.version,
      maintenance: await parts.maintenance(),
    }),
  }),
  open({
    method: 'POST',
    path: '/first-run',
    summary: 'make the first account, which also runs the instance, with the link that the first start printed',
    body: firstRun,
    answer: z.object({ ...begunFields, kit: kitSchema }),
    run: async (call) => {
      const { parts, body } = call;
      const token = parts.firstRunToken();
      if (token === undefined || !equalSecrets(utf8(token), utf8(body.token)))
        throw new ApiProblem(
          403,
          'wrong-token',
          'This link is not the one that the start printed, or was used already.',
        );
      const made = await parts.inTurn(() => createAccount(parts.instance, body.name, body.password));
      if (made.kind === 'refused') throw accountProblem(made.why);
      await parts.instance.change(undefined, () => [{ o: 'operator', account: made.account.id, isOperator: true }]);
      const unlocked = await unlockWithPassword(parts.instance, body.name, body.password);
      if (unlocked === undefined) throw wrongProof();
      return { ...(await begin(call, unlocked)), kit: kitFacts(made.kit) };
    },
  }),
  open({
    method: 'POST',
    path: '/sign-in',
    summary: 'begin a session with a password',
    body: signIn,
    answer: z.object(begunFields),
    run: async (call) => begin(call, await provePassword(call, call.body.name, call.body.password)),
  }),
  open({
    method: 'POST',
    path: '/recover',
    summary: 'a new password with the recovery kit; the old password and all sessions end',
    body: recovery,
    answer: z.object(begunFields),
    run: async (call) => {
      const { parts, body } = call;
      const identity = findIdentity(body.kit);
      if (identity === undefined) throw notAKit();
      const owner = await proveSlowly(call, body.name, async (name) =>
        unlockWithKit(parts.instance, name, new Secret(identity)),
      );
      const change = (): ReturnType<typeof changePassword> => changePassword(parts.instance, owner, body.password);
      if ((await parts.withNewKeys(owner, [...owner.vaults.keys()], change)) === 'bad-password')
        throw accountProblem('bad-password');
      return begin(call, await provePassword(call, body.name, body.password));
    },
  }),
];
