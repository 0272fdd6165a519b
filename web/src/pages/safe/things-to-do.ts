import type { KitState } from '#faces/api/contract/kit.ts';
import type { SafeState } from '#faces/api/contract/safe.ts';
import type { words } from './words.ts';

export interface ThingToDo {
  readonly title: string;
  readonly text: string;
  /** Where it is done; without one there is nothing to do but to know it. */
  readonly to: '/kit' | '/operator-kit' | '/add-copy' | undefined;
  /** Something is wrong already, and not only missing. */
  readonly isTrouble: boolean;
}

/** What an owner should do or know, the most pressing first. */
export function thingsToDo(
  safe: SafeState,
  kit: KitState,
  isOperator: boolean,
  w: (typeof words)['en'],
): readonly ThingToDo[] {
  const damaged = [safe.data, ...safe.copies.map(({ proof }) => proof)].reduce((sum, each) => sum + each.damaged, 0);
  const trouble = (title: string, text: string): ThingToDo => ({ title, text, to: undefined, isTrouble: true });
  const task = (title: string, text: string, to: ThingToDo['to']): ThingToDo => ({ title, text, to, isTrouble: false });
  return [
    ...(safe.isReadOnly ? [trouble(w.readOnly, w.readOnlyText)] : []),
    ...(damaged > 0 ? [trouble(w.damaged, w.damagedText(damaged))] : []),
    ...(kit.isProven ? [] : [task(w.kitUnproven, w.kitUnprovenText, '/kit')]),
    ...(safe.counting === 0
      ? [task(w.only, isOperator ? w.onlyOperator : w.onlyOwner, isOperator ? '/add-copy' : undefined)]
      : []),
    ...safe.copies
      .filter(({ state }) => state === 'unreachable')
      .map(({ label }) => trouble(w.unreachable(label), w.unreachableText)),
    ...(kit.isProven && kit.place === null ? [task(w.kitPlace, w.kitPlaceText, '/kit')] : []),
    ...(safe.isOperatorKitProven === false ? [task(w.operatorKit, w.operatorKitText, '/operator-kit')] : []),
  ];
}
