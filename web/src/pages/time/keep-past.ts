import { admit, personalUrl, problemOf, sessionHeaders } from '../../api/client.ts';
import { toastProblem } from '../../ui/toasts.tsx';

/** A file as it was, also one that is gone: fetched with the session, and handed to the browser to keep. */
export async function keepPast(path: readonly string[], sequence: number): Promise<void> {
  try {
    const query = new URLSearchParams({ path: JSON.stringify(path), sequence: String(sequence) });
    const address = personalUrl(`/vaults/files/past/content?${query}`);
    const response = await fetch(address, { headers: sessionHeaders(), cache: 'no-store' });
    if (!response.ok) throw await problemOf(response);
    admit(response);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = path.at(-1) ?? '';
    link.click();
    // The browser has begun to keep it by then.
    window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    toastProblem(error);
  }
}
