import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Unlocked, unlockWithPassword } from '#accounts/proofs.ts';
import type { Kit } from './contract/kit.ts';
import type { Begun } from './contract/sign-in.ts';
import { sessionCookie } from './cookies.ts';
import type { Call } from './endpoint.ts';
import type { ApiParts } from './parts.ts';
import { ApiProblem } from './problem.ts';

export const nameSchema: z.ZodString = z.string().min(1).max(64);
export const passwordSchema: z.ZodString = z.string().min(1).max(1024);

export interface Device {
  readonly label: string;
  readonly keep: boolean;
}

/** What a device calls itself in its owner's list, and whether it is to stay signed in. */
export const deviceFields: { readonly label: z.ZodDefault<z.ZodString>; readonly keep: z.ZodDefault<z.ZodBoolean> } = {
  label: z.string().max(200).default(''),
  keep: z.boolean().default(false).describe('stay signed in on this device'),
};

export const begunFields: Readonly<Record<keyof Begun, z.ZodString>> = {
  tag: z.string().describe("the account's part of its personal addresses"),
  name: z.string(),
  key: z.string().describe('the half of the session that the application keeps, for the header coffre-session'),
};

export const kitSchema: z.ZodType<Kit> = z.object({
  identity: z.string().describe('opens everything of the account; shown once'),
  recipient: z.string(),
  words: z.array(z.string()),
});

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
export async function proveSlowly(
  { parts, request }: Pick<Call<unknown, unknown>, 'parts' | 'request'>,
  name: string,
  prove: (account: string) => Promise<Unlocked | undefined>,
): Promise<Unlocked> {
  const { throttle } = parts;
  const account = name.toLowerCase();
  const waitMs = throttle.waitMs(request.ip, account);
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1000);
    throw new ApiProblem(
      429,
      'too-many-guesses',
      `Too many wrong guesses came from here. Nothing is locked for good; try again in ${seconds} s.`,
      { 'retry-after': String(seconds) },
    );
  }
  const unlocked = await prove(account);
  traceProof(parts, request, account, unlocked);
  if (unlocked === undefined) {
    throttle.wrong(request.ip, account);
    throw wrongProof();
  }
  throttle.right(request.ip, account);
  return unlocked;
}

/** @throws ApiProblem 401, 429. */
export function provePassword(
  call: Pick<Call<unknown, unknown>, 'parts' | 'request'>,
  name: string,
  password: string,
): Promise<Unlocked> {
  return proveSlowly(call, name, (account) => unlockWithPassword(call.parts.instance, account, password));
}

/** The owner finds attempts at their account in their trace, the wrong ones too. */
export function traceProof(
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
export async function begin(
  { parts, request, reply, body }: Call<unknown, Device>,
  unlocked: Unlocked,
): Promise<Begun> {
  const { halves } = await parts.sessions.begin(unlocked, {
    label: body.label,
    address: request.ip,
    isKept: body.keep,
  });
  reply.header('set-cookie', sessionCookie(request, halves.cookie, body.keep));
  const { tag, name } = unlocked.account;
  return { tag, name, key: Buffer.from(halves.key).toString('base64url') };
}
