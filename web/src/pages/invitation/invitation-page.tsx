import { Anchor, Checkbox, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import type { Kit } from '#faces/api/contract/kit.ts';
import type { FirstRun, InstanceInfo } from '#faces/api/contract/sign-in.ts';
import { callOpen } from '../../api/client.ts';
import { useOpenApi } from '../../api/hooks.ts';
import { isProblem } from '../../api/problem.ts';
import { beginSession } from '../../api/session.ts';
import { deviceLabel } from '../../device/label.ts';
import { useWords } from '../../i18n/language.ts';
import { AccountKitSteps } from '../../kit/account-kit-steps.tsx';
import { VisitorFrame } from '../../layout/visitor-frame.tsx';
import { ErrorState, Loading } from '../../ui/states.tsx';
import { type NewAccount, NewAccountForm } from '../first-run/new-account-form.tsx';
import { words } from './words.ts';

interface Made {
  readonly name: string;
  readonly kit: Kit;
}

/** The fragment of an address is not sent, so the token is in no log. It stays the same while the page is open. */
const token: string = location.hash.slice(1);

export function InvitationPage(): JSX.Element {
  const w = useWords(words);
  const navigate = useNavigate();
  const [made, setMade] = useState<Made>();
  const invitation = useQuery({
    queryKey: ['invitation', token],
    queryFn: () => callOpen<object>('POST', '/invitation', { body: { token } }),
    enabled: made === undefined,
    retry: false,
  });
  if (made !== undefined)
    return (
      <VisitorFrame title={w.kitTitle} isWide>
        <AccountKitSteps name={made.name} kit={made.kit} onDone={() => void navigate({ to: '/', replace: true })} />
      </VisitorFrame>
    );
  if (isProblem(invitation.error, 'no-such-invitation'))
    return (
      <VisitorFrame title={w.gone}>
        <Text>{w.goneText}</Text>
        <Anchor renderRoot={(props) => <Link to="/sign-in" {...props} />}>{w.toSignIn}</Anchor>
      </VisitorFrame>
    );
  return (
    <VisitorFrame title={w.title} lead={w.lead}>
      {invitation.isError && <ErrorState error={invitation.error} onRetry={() => void invitation.refetch()} />}
      {invitation.isPending && <Loading />}
      {invitation.isSuccess && <Accept onMade={setMade} />}
    </VisitorFrame>
  );
}

function Accept({ onMade }: { readonly onMade: (made: Made) => void }): JSX.Element {
  const w = useWords(words);
  const instance = useOpenApi<InstanceInfo>('/instance');
  const [agreesToEscrow, setAgrees] = useState(false);
  const make = async ({ name, password, keep }: NewAccount): Promise<void> => {
    const body = { token, name, password, keep, label: deviceLabel(), agreesToEscrow };
    const { kit, ...session } = await callOpen<FirstRun>('POST', '/invitation/accept', { body });
    history.replaceState(null, '', location.pathname);
    onMade({ name, kit });
    beginSession(session, keep);
  };
  return (
    <NewAccountForm make={make}>
      {instance.data?.isEscrowOffered === true && (
        <Checkbox
          label={w.escrow}
          description={w.escrowHint}
          checked={agreesToEscrow}
          onChange={(event) => setAgrees(event.currentTarget.checked)}
        />
      )}
    </NewAccountForm>
  );
}
