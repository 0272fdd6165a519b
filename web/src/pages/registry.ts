import type { Page } from './page.ts';

const modules = import.meta.glob<{ readonly pages: readonly Page[] }>('./*/page.ts', { eager: true });

/** What every folder here lists. There is no page that is not built, and so no way to one. */
export const pages: readonly Page[] = Object.values(modules).flatMap((module) => module.pages);
