import type { Files } from './files.ts';

/** One fsync of a folder serves all who changed it before it began; who comes while it runs waits for the next one. */
export class FolderSyncs {
  readonly #files: Pick<Files, 'syncFolder'>;
  readonly #running: Map<string, Promise<void>> = new Map();
  readonly #next: Map<string, Promise<void>> = new Map();

  constructor(files: Pick<Files, 'syncFolder'>) {
    this.#files = files;
  }

  sync(path: string): Promise<void> {
    const waiting = this.#next.get(path);
    if (waiting !== undefined) return waiting;
    const running = this.#running.get(path);
    if (running === undefined) return this.#run(path);
    const begin = (): Promise<void> => {
      this.#next.delete(path);
      return this.#run(path);
    };
    // Whether the one before fails is told to those who wait for that one.
    const next = running.then(begin, begin);
    this.#next.set(path, next);
    return next;
  }

  async #run(path: string): Promise<void> {
    const run = this.#files.syncFolder(path);
    this.#running.set(path, run);
    try {
      await run;
    } finally {
      if (this.#running.get(path) === run) this.#running.delete(path);
    }
  }
}
