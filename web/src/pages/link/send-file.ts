import { callOpen, problemOf } from '../../api/client.ts';
import { Problem } from '../../api/problem.ts';
import { passHeaders, type Visit } from './visit.ts';

const attempts = 6;

/** Sends one file piece by piece; a piece whose answer is lost is sent again. @throws Problem */
export async function sendFile(visit: Visit, file: File, onSent: (bytes: number) => void): Promise<void> {
  const headers = passHeaders(visit);
  const about = { name: file.name, sizeBytes: file.size, mtimeMs: Math.max(0, file.lastModified) };
  const begun = await patiently(() =>
    callOpen<{ readonly id: string; readonly pieceSizeBytes: number }>('POST', `/s/${visit.link}/uploads`, {
      headers,
      body: { ...about, ...(/^[\w.+-]+\/[\w.+-]+$/.test(file.type) && { type: file.type }) },
    }),
  );
  for (let at = 0; at < file.size; at += begun.pieceSizeBytes) {
    const piece = file.slice(at, at + begun.pieceSizeBytes);
    const address = `/api/s/${visit.link}/uploads/${begun.id}/${at / begun.pieceSizeBytes}`;
    await patiently(() => put(address, piece, headers));
    onSent(Math.min(file.size, at + begun.pieceSizeBytes));
  }
  await callOpen('POST', `/s/${visit.link}/uploads/${begun.id}/done`, { headers, body: {} });
}

async function put(address: string, body: Blob, headers: Readonly<Record<string, string>>): Promise<void> {
  let response: Response;
  try {
    response = await fetch(address, {
      method: 'PUT',
      cache: 'no-store',
      headers: { ...headers, 'content-type': 'application/octet-stream' },
      body,
    });
  } catch {
    throw new Problem(0, 'no-connection', 'The server did not answer.');
  }
  if (!response.ok) throw await problemOf(response);
}

/** What may be gone in a moment is waited for, ever longer. */
async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const mayPass = error instanceof Problem && [0, 429, 503].includes(error.status);
      if (!mayPass || attempt === attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
    }
  }
}
