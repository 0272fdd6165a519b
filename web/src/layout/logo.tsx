import type { JSX } from 'react';

/** The sign of the application; a name stands beside it or in the heading. */
export function Logo({ size = 32 }: { readonly size?: number }): JSX.Element {
  return <img src="/favicon.svg" width={size} height={size} alt="" />;
}
