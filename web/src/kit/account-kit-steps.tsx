import type { JSX } from 'react';
import type { Kit } from '#faces/api/contract/kit.ts';
import { KitSteps } from './kit-steps.tsx';
import { useAccountKit } from './kit-subject.ts';

interface AccountKitStepsProps {
  readonly name: string;
  readonly kit: Kit;
  readonly onDone: () => void;
}

/** The steps of a kit that came with a new account. */
export function AccountKitSteps({ name, kit, onDone }: AccountKitStepsProps): JSX.Element {
  return <KitSteps subject={useAccountKit(name)} kit={kit} onDone={onDone} />;
}
