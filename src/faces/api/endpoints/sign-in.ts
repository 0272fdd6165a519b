import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { createAccount } from '#accounts/account-commands.ts';
import { kitFacts } from '#accounts/kit-facts.ts';
import { type Unlocked, unlockWithPassword } from '#accounts/proofs.ts';
import { utf8 } from '#base/bytes.ts';
import { equalSecrets } from '#crypto/primitives.ts';
import type { InstanceInfo } from '../contract/sign-in.ts';
import { sessionCookie } from '../cookies.ts';
import { type Call, type Endpoint, open } from '../endpoint.ts';
import type { ApiParts } from '../parts.ts';
import { ApiProblem } from '../problem.ts';

const nameSchema: z.ZodString = z.string().min(1).max(64);
export const passwordSchema: z.ZodString = z.string().min(1).max(1024);
/** What a device calls itself in its owner's list. */
const label = z.string().max(200).default('');
const keep = z.boolean().default(false).describe('stay signed in on this device');

const instance: z.ZodType<InstanceInfo> = z.object({
  isFirstRun: z.boolean().describe('nobody has an account yet'),
  version: z.string(),
});

const begun: z.ZodObject<{ tag: z.ZodString; name: z.ZodString; key: z.ZodString }> = z.object({
  tag: z.string().describe("the account's part of its personal addresses"),
  name: z.string(),
  key: z.string().describe('the half of the session that the application keeps, for the header coffre-session'),
});

const kitSchema: z.ZodType<{ identity: string; recipient: string; words: string[] }> = z.object({
  identity: z.string().describe('opens everything of the account; shown once'),
  recipient: z.string(),
  words: z.array(z.string()),
});

const firstRun = z.object({ token: z.string().max(100), name: nameSchema, password: passwordSchema, label, keep });
const signIn = z.object({ name: nameSchema, password: passwordSchema, label, keep });

export const signInEndpoints: readonly Endpoint[] = [
  open({
    method: 'GET',
    path: '/instance',
    summary: 'what a visitor needs to know before signing in',
    answer: instance,
    run: async ({ parts }) => ({
      isFirstRun: parts.instance.view.accounts().length === 0,
      version: parts.version,
    }),
  }),
  open({
    method: 'POST',
    path: '/first-run',
    summary: 'make the first account, which also runs the instance, with the link that the first start printed',
    body: firstRun,
    answer: begun.extend({ kit: kitSchema }),
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
      return { ...(await begin(call, unlocked)), kit: { ...kitFacts(made.kit), words: [...kitFacts(made.kit).words] } };
    },
  }),
  open({
    method: 'POST',
    path: '/sign-in',
    summary: 'begin a session with a password',
    body: signIn,
    answer: begun,
    run: async (call) => begin(call, await provePassword(call, call.body.name, call.body.password)),
  }),
];

export function accountProblem(why: 'name-taken' | 'bad-name' | 'bad-password'): ApiProblem {
  switch (why) {
    case 'name-taken':
      return new ApiProblem(409, why, 'Somebody has this name already. Nothing was made; choose another one.');
    case 'bad-name':
      return new ApiProblem(
        400,
        why,
        'A name has small letters, digits, dots, dashes or underscores. Nothing was made.',
      );
    case 'bad-password':
      return new ApiProblem(400, why, 'A password has 8 to 1,024 characters. Nothing was changed.');
  }
}

export function wrongProof(): ApiProblem {
  return new ApiProblem(401, 'wrong-proof', 'Name or password are not right.');
}

/** Guesses are slowed down, and never lock the owner out. @throws ApiProblem 401, 429. */
export async function provePassword(
  { parts, request }: Pick<Call<unknown, unknown>, 'parts' | 'request'>,
  name: string,
  password: string,
): Promise<Unlocked> {
  const { throttle } = parts;
  const account = name.toLowerCase();
  const waitMs = throttle.waitMs(request.ip, account);
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1000);
    throw new ApiProblem(
      429,
      'too-many-guesses',
      `Too many wrong passwords came from here. Nothing is locked for good; try again in ${seconds} s.`,
      { 'retry-after': String(seconds) },
    );
  }
  const unlocked = await unlockWithPassword(parts.instance, account, password);
  traceProof(parts, request, account, unlocked);
  if (unlocked === undefined) {
    throttle.wrong(request.ip, account);
    throw wrongProof();
  }
  throttle.right(request.ip, account);
  return unlocked;
}

/** The owner finds attempts at their account in their trace, the wrong ones too. */
function traceProof(
  parts: Pick<ApiParts, 'instance' | 'trace'>,
  request: FastifyRequest,
  name: string,
  unlocked: Unlocked | undefined,
): void {
  const account = parts.instance.view.accountNamed(name)?.id;
  if (account === undefined) return;
  parts.trace({
    account,
    credential: unlocked?.credential.id,
    action: 'sign-in',
    target: '',
    vault: parts.instance.view.vaultsOf(account).find((each) => each.kind === 'files')?.id,
    node: undefined,
    status: unlocked === undefined ? 401 : 200,
    address: request.ip,
  });
}

/** A new session: the cookie's half goes into the header, the other one into the answer. */
async function begin(
  { parts, request, reply, body }: Call<unknown, { readonly label: string; readonly keep: boolean }>,
  unlocked: Unlocked,
): Promise<z.infer<typeof begun>> {
  const { halves } = await parts.sessions.begin(unlocked, {
    label: body.label,
    address: request.ip,
    isKept: body.keep,
  });
  reply.header('set-cookie', sessionCookie(request, halves.cookie, body.keep));
  const { tag, name } = unlocked.account;
  return { tag, name, key: Buffer.from(halves.key).toString('base64url') };
}
