import type { Icon } from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { Language } from '../i18n/language.ts';

/** Where a page stands in the navigation. */
export interface NavigationPlace {
  readonly label: Readonly<Record<Language, string>>;
  readonly icon: Icon;
  /** Smaller comes first; the first four are the bar of a phone, the others are behind "More". */
  readonly order: number;
}

/** One address of the application. A folder of `pages/` lists its own in `page.ts`; the component is loaded when it is opened. */
export interface Page {
  /** As TanStack Router writes it: `/files/$` has what follows in the parameter `_splat`. */
  readonly path: `/${string}`;
  /** A visitor's page stands alone; the others inside the frame, for whoever is signed in. */
  readonly audience: 'visitor' | 'owner' | 'operator';
  readonly load: () => Promise<ComponentType>;
  readonly navigation?: NavigationPlace;
}
