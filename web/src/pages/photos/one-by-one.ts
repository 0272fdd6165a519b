import { useEffect, useState } from 'react';

/** What came into sight waits here; the newest comes first, and each frame makes room for a few. */
const waiting = new Set<() => void>();
const perFrame = 2;
let isAsked = false;

function ask(): void {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    for (const show of [...waiting].toReversed().slice(0, perFrame)) {
      waiting.delete(show);
      show();
    }
    if (waiting.size > 0) ask();
  });
}

/** False until it is this one's turn. What is scrolled past before that was never drawn. */
export function useTurn(): boolean {
  const [isHere, setHere] = useState(false);
  useEffect(() => {
    if (isHere) return undefined;
    const show = (): void => setHere(true);
    waiting.add(show);
    ask();
    return () => {
      waiting.delete(show);
    };
  }, [isHere]);
  return isHere;
}
