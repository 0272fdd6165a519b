import { DetailedError, Upload as TusUpload } from 'tus-js-client';
import type { Upload } from './queue.ts';

/** Loaded with the first upload. */
export interface Sending {
  /** What was acknowledged stays with the server. */
  stop(): Promise<void>;
}

interface SendingParts {
  readonly upload: Upload;
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where it goes on, when an earlier window began it. */
  readonly resume: string | undefined;
  readonly onProgress: (sentBytes: number) => void;
  /** Whose answer it is. */
  readonly onStamp: (tag: string) => void;
  readonly onDone: (name: string | undefined) => void;
  readonly onProblem: (code: string) => void;
}

/** What the server keeps at once: a cut connection takes back no more than this. */
const partBytes: number = 32 * 1024 * 1024;
/** A server that starts again, a train in a tunnel: about ten minutes in all. */
const retryAfterMs = [500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 60_000, 120_000, 300_000];

export function startSending(parts: SendingParts): Sending {
  const { upload, address, headers, resume, onProgress, onStamp, onDone, onProblem } = parts;
  const { file, folder, ifTaken } = upload;
  let name: string | undefined;
  const sending = new TusUpload(file, {
    endpoint: address,
    ...(resume !== undefined && { uploadUrl: resume }),
    headers: { ...headers },
    chunkSize: partBytes,
    uploadDataDuringCreation: true,
    // Nothing about anybody's files stays in the browser: the server knows what is unfinished.
    storeFingerprintForResuming: false,
    retryDelays: retryAfterMs,
    metadata: {
      folder: JSON.stringify(folder),
      name: file.name,
      type: file.type,
      mtimeMs: String(file.lastModified),
      ifTaken,
    },
    onProgress: (sent) => onProgress(sent),
    onShouldRetry: (error) => {
      const status = (error as DetailedError).originalResponse?.getStatus() ?? 0;
      // A part that came twice or out of place, and a server that is busy or not there, are worth another try.
      return status === 0 || status === 409 || status === 423 || status === 429 || (status >= 500 && status !== 507);
    },
    onAfterResponse: (_request, response) => {
      const stamp = response.getHeader('coffre-account');
      if (stamp !== undefined && stamp !== '') onStamp(stamp);
      const given = response.getHeader('coffre-name');
      if (given !== undefined && given !== '') name = decodeURIComponent(given);
    },
    onSuccess: () => onDone(name),
    onError: (error) => onProblem(codeOf(error)),
  });
  sending.start();
  return { stop: () => sending.abort() };
}

function codeOf(error: Error): string {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (response === null) return 'no-connection';
  try {
    return (JSON.parse(response.getBody()) as { readonly code?: string }).code ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
