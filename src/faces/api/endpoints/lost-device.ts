import { z } from 'zod';
import { endCredentials } from '#accounts/new-epochs.ts';
import { vaultKinds } from '#format/instance-operations.ts';
import type { LostDevice } from '../contract/credentials.ts';
import { type Endpoint, personal } from '../endpoint.ts';
import { notFound } from '../problem.ts';

const ids = z.array(z.string().max(64)).max(100).default([]);
const answer: z.ZodType<LostDevice> = z.object({
  vaults: z.array(z.enum(vaultKinds)).describe('what it could read until now'),
  ended: z.number(),
});

export const lostDeviceEndpoints: readonly Endpoint[] = [
  personal({
    method: 'POST',
    path: '/lost-device',
    who: 'fresh',
    summary: 'end all that a lost device held, at once; what it read before is not taken back',
    body: z.object({ sessions: ids, credentials: ids.describe('app passwords and passkeys') }),
    answer,
    run: async ({ parts, session, body }) => {
      const { unlocked } = session;
      const { account } = unlocked;
      const mayGo = parts.instance.view
        .credentialsOf(account.id)
        .filter((each) => each.kind === 'app' || each.kind === 'passkey');
      const ended = body.credentials.map((id) => mayGo.find((each) => each.id === id) ?? missing());
      const sessions = parts.sessions.list(account.id).filter(({ id }) => body.sessions.includes(id));
      // A session opens what its credential opens.
      const held = [
        ...ended,
        ...sessions.flatMap(({ credential }) => parts.instance.view.credential(credential) ?? []),
      ];
      const vaults = new Set(held.flatMap((each) => [...each.wraps.keys()]));
      for (const { id } of sessions) await parts.sessions.end(account.id, id);
      if (ended.length > 0)
        await parts.withNewKeys(unlocked, [...unlocked.vaults.keys()], () =>
          endCredentials(parts.instance, unlocked, ended),
        );
      return {
        vaults: [...vaults].flatMap((id) => parts.instance.view.vault(id)?.kind ?? []),
        ended: ended.length + sessions.length,
      };
    },
  }),
];

function missing(): never {
  throw notFound();
}
