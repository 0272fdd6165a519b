import { z } from 'zod';
import { changePassword, createAppPassword, revokeCredential } from '#accounts/account-commands.ts';
import type { CredentialRecord } from '#accounts/instance-view.ts';
import { type VaultKind, vaultKinds } from '#format/instance-operations.ts';
import type { AppPassword, Me, NewAppPassword, SessionEntry } from '../contract/account.ts';
import { endedCookie } from '../cookies.ts';
import { type Endpoint, type OwnedCall, personal } from '../endpoint.ts';
import { ApiProblem, notFound } from '../problem.ts';
import { accountProblem, passwordSchema, provePassword, wrongProof } from '../proof.ts';
import { passkeyProofFields, provePasskey } from './passkeys.ts';

const vaultKind: z.ZodType<VaultKind> = z.enum(vaultKinds);
const nothing = z.undefined();

const me: z.ZodType<Me> = z.object({
  name: z.string(),
  tag: z.string(),
  isOperator: z.boolean(),
  isFresh: z.boolean().describe('whether the password was given within the last minutes'),
  isKitProven: z.boolean().describe('whether the owner showed that the recovery kit is kept'),
  hasEscrow: z.boolean().describe("whether the operator's offline key can open the account, as the owner agreed"),
  isEscrowOffered: z.boolean(),
  hasPasskeys: z.boolean(),
  quotaBytes: z.number().nullable(),
  vaults: z.array(z.object({ kind: vaultKind })),
});

const sessionInfo: z.ZodType<SessionEntry> = z.object({
  id: z.string(),
  label: z.string(),
  address: z.string(),
  createdMs: z.number(),
  usedMs: z.number(),
  isThis: z.boolean(),
});

const appPassword: z.ZodType<AppPassword> = z.object({
  id: z.string(),
  label: z.string(),
  createdMs: z.number(),
  lastUse: z.object({ timeMs: z.number(), address: z.string() }).nullable(),
  vaults: z.array(vaultKind),
});

const newAppPassword: z.ZodType<NewAppPassword> = z.object({ id: z.string(), appPassword: z.string() });

export const accountEndpoints: readonly Endpoint[] = [
  personal({
    method: 'GET',
    path: '/me',
    summary: 'the account that is signed in',
    answer: me,
    run: async ({ parts, session }) => {
      const { account, vaults } = session.unlocked;
      const credentials = parts.instance.view.credentialsOf(account.id);
      return {
        name: account.name,
        tag: account.tag,
        isOperator: account.isOperator,
        isFresh: parts.sessions.isFresh(session),
        isKitProven: credentials.some((each) => each.kind === 'kit' && each.proven),
        hasEscrow: credentials.some((each) => each.kind === 'escrow'),
        isEscrowOffered: parts.instance.view.escrow() !== undefined,
        hasPasskeys: credentials.some((each) => each.kind === 'passkey'),
        quotaBytes: account.quotaBytes ?? null,
        vaults: [...vaults.keys()].flatMap((id) => {
          const kind = parts.instance.view.vault(id)?.kind;
          return kind === undefined ? [] : [{ kind }];
        }),
      };
    },
  }),
  personal({
    method: 'POST',
    path: '/prove',
    summary: 'prove once more who this is, for what is sensitive',
    body: z.union([z.object({ password: passwordSchema }), z.object({ passkey: z.object(passkeyProofFields) })]),
    answer: nothing,
    run: async (call) => {
      const { account } = call.session.unlocked;
      const { body } = call;
      const unlocked =
        'password' in body
          ? await provePassword(call, account.name, body.password)
          : await provePasskey(call, body.passkey);
      if (unlocked.account.id !== account.id) throw wrongProof();
      call.parts.sessions.proven(call.session);
    },
  }),
  personal({
    method: 'POST',
    path: '/sign-out',
    summary: 'end this session',
    answer: nothing,
    run: async ({ parts, session, request, reply }) => {
      await parts.sessions.end(session.unlocked.account.id, session.id);
      reply.header('set-cookie', endedCookie(request));
    },
  }),
  personal({
    method: 'POST',
    path: '/password',
    who: 'fresh',
    summary: 'a new password; it ends all sessions that began with the old one',
    body: z.object({ password: passwordSchema }),
    answer: nothing,
    run: async ({ parts, session, body }) => {
      const { unlocked } = session;
      const change = (): ReturnType<typeof changePassword> => changePassword(parts.instance, unlocked, body.password);
      if ((await parts.withNewKeys(unlocked, [...unlocked.vaults.keys()], change)) === 'bad-password')
        throw accountProblem('bad-password');
    },
  }),
  personal({
    method: 'GET',
    path: '/sessions',
    summary: 'where the account is signed in',
    answer: z.array(sessionInfo),
    run: async ({ parts, session }) =>
      parts.sessions.list(session.unlocked.account.id).map(({ id, label, address, createdMs, usedMs }) => ({
        id,
        label,
        address,
        createdMs,
        usedMs,
        isThis: id === session.id,
      })),
  }),
  personal({
    method: 'DELETE',
    path: '/sessions/:id',
    summary: 'end a session, on whatever device it is',
    answer: nothing,
    run: async ({ parts, session, params }) => {
      if (!(await parts.sessions.end(session.unlocked.account.id, params['id'] ?? ''))) throw notFound();
    },
  }),
  personal({
    method: 'GET',
    path: '/app-passwords',
    summary: 'passwords of devices and programs',
    answer: z.array(appPassword),
    run: async ({ parts, session }) => {
      const uses = await parts.instance.lastUses();
      return appsOf({ parts, session }).map((each) => ({
        id: each.id,
        label: each.label ?? '',
        createdMs: each.createdMs,
        lastUse: uses.get(each.id) ?? null,
        vaults: [...each.wraps.keys()].flatMap((id) => parts.instance.view.vault(id)?.kind ?? []),
      }));
    },
  }),
  personal({
    method: 'POST',
    path: '/app-passwords',
    who: 'fresh',
    summary: 'a password for one device or program; it is shown once',
    body: z.object({ label: z.string().min(1).max(100), vaults: z.array(vaultKind).min(1).max(20) }),
    answer: newAppPassword,
    run: async ({ parts, session, body }) => {
      const made = await createAppPassword(parts.instance, session.unlocked, body.label, body.vaults);
      if (made.kind === 'created') return { id: made.credential, appPassword: made.text };
      const details = {
        'bad-label': 'Give the device a name without control characters.',
        'no-such-vault': 'One of these vaults is not yours.',
        'too-many': 'There are too many app passwords already; end one first.',
      } as const;
      throw new ApiProblem(400, made.why, `${details[made.why]} Nothing was made.`);
    },
  }),
  personal({
    method: 'DELETE',
    path: '/app-passwords/:id',
    summary: 'end an app password: its vaults get new keys',
    answer: nothing,
    run: async ({ parts, session, params }) => {
      const app = appsOf({ parts, session }).find((each) => each.id === params['id']);
      if (app === undefined) throw notFound();
      const { unlocked } = session;
      await parts.withNewKeys(unlocked, [...app.wraps.keys()], () => revokeCredential(parts.instance, unlocked, app));
    },
  }),
];

function appsOf({
  parts,
  session,
}: Pick<OwnedCall<unknown, unknown>, 'parts' | 'session'>): readonly CredentialRecord[] {
  return parts.instance.view.credentialsOf(session.unlocked.account.id).filter((each) => each.kind === 'app');
}
