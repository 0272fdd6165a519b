import type { OpenedLink, SharedListing } from '#faces/api/contract/links.ts';
import { callOpen } from '../../api/client.ts';

/** A link that was opened: its id, and the pass that stands for its token. */
export interface Visit extends OpenedLink {
  readonly link: string;
}

/** The token stands behind the `#` of the address, which no browser sends along. */
export function tokenOfAddress(): string {
  return location.hash.slice(1);
}

/** @throws Problem `password-needed`, `wrong-password`, `no-such-link` … */
export async function openLink(link: string, token: string, password: string | undefined): Promise<Visit> {
  const body = password === undefined ? {} : { password };
  const opened = await callOpen<OpenedLink>('POST', `/s/${link}/open`, { headers: { 'coffre-link': token }, body });
  return { ...opened, link };
}

export function passHeaders({ pass }: Visit): Readonly<Record<string, string>> {
  return { 'coffre-pass': pass };
}

export function listShared(visit: Visit, path: readonly string[]): Promise<SharedListing> {
  return callOpen('GET', `/s/${visit.link}/list`, {
    headers: passHeaders(visit),
    query: { path: JSON.stringify(path) },
  });
}

/** A short-lived address, for what the browser fetches by itself. */
export async function addressOf(visit: Visit, path: readonly string[], as: 'file' | 'zip'): Promise<string> {
  const { url } = await callOpen<{ readonly url: string }>('POST', `/s/${visit.link}/tickets`, {
    headers: passHeaders(visit),
    body: { path, as },
  });
  return url;
}

export async function download(visit: Visit, path: readonly string[], as: 'file' | 'zip'): Promise<void> {
  const anchor = document.createElement('a');
  anchor.href = await addressOf(visit, path, as);
  anchor.download = '';
  anchor.click();
}
