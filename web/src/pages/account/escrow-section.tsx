import { Switch } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import type { Me } from '#faces/api/contract/account.ts';
import { call } from '../../api/client.ts';
import { useWords } from '../../i18n/language.ts';
import { Section } from '../../ui/section.tsx';
import { toast, toastProblem } from '../../ui/toasts.tsx';
import { words } from './words.ts';

/** Only where the operator offers one, or the owner agreed to one before. */
export function EscrowSection({ me }: { readonly me: Me }): JSX.Element | null {
  const w = useWords(words);
  const queries = useQueryClient();
  if (!me.isEscrowOffered && !me.hasEscrow) return null;
  const agree = async (isAgreed: boolean): Promise<void> => {
    try {
      await call('POST', '/escrow', { body: { isAgreed } });
      toast(isAgreed ? w.escrowOn : w.escrowOff);
      await queries.invalidateQueries();
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <Section title={w.escrowTitle} lead={w.escrowLead}>
      <Switch
        label={w.escrowAgree}
        checked={me.hasEscrow}
        onChange={(event) => void agree(event.currentTarget.checked)}
      />
    </Section>
  );
}
