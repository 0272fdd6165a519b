import { Alert, Button, Stack, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import type { Kit } from '#faces/api/contract/kit.ts';
import type { FirstRun, InstanceInfo } from '#faces/api/contract/sign-in.ts';
import { callOpen } from '../../api/client.ts';
import { useOpenApi } from '../../api/hooks.ts';
import { beginSession } from '../../api/session.ts';
import { deviceLabel } from '../../device/label.ts';
import { useWords } from '../../i18n/language.ts';
import { AccountKitSteps } from '../../kit/account-kit-steps.tsx';
import { VisitorFrame } from '../../layout/visitor-frame.tsx';
import { Loaded } from '../../ui/states.tsx';
import { type NewAccount, NewAccountForm } from './new-account-form.tsx';
import { words } from './words.ts';

interface Made {
  readonly name: string;
  readonly kit: Kit;
}

export function FirstRunPage(): JSX.Element {
  const w = useWords(words);
  const [made, setMade] = useState<Made>();
  const navigate = useNavigate();
  const instance = useOpenApi<InstanceInfo>('/instance');
  if (made !== undefined) {
    return (
      <VisitorFrame title={w.kitTitle} isWide>
        <AccountKitSteps name={made.name} kit={made.kit} onDone={() => void navigate({ to: '/', replace: true })} />
      </VisitorFrame>
    );
  }
  return (
    <Loaded of={instance}>
      {({ isFirstRun }) =>
        isFirstRun ? (
          <VisitorFrame title={w.title} lead={w.lead}>
            <MakeAccount onMade={setMade} />
          </VisitorFrame>
        ) : (
          <VisitorFrame title={w.usedTitle}>
            <Stack>
              <Text>{w.usedText}</Text>
              <Button component="a" href="/sign-in">
                {w.toSignIn}
              </Button>
            </Stack>
          </VisitorFrame>
        )
      }
    </Loaded>
  );
}

function MakeAccount({ onMade }: { readonly onMade: (made: Made) => void }): JSX.Element {
  const w = useWords(words);
  // The fragment of an address is not sent, so the token is in no log.
  const token = location.hash.slice(1);
  const make = async ({ name, password, keep }: NewAccount): Promise<void> => {
    const body = { token, name, password, keep, label: deviceLabel() };
    const { kit, ...session } = await callOpen<FirstRun>('POST', '/first-run', { body });
    history.replaceState(null, '', location.pathname);
    onMade({ name, kit });
    beginSession(session, keep);
  };
  return token === '' ? <Alert>{w.noToken}</Alert> : <NewAccountForm make={make} />;
}
