import type { FastifyInstance } from 'fastify';

/** How many requests began and ended, where every thread can see it. */
export class RequestCount {
  readonly shared: SharedArrayBuffer;
  readonly #count: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.shared = shared;
    this.#count = new Int32Array(shared);
  }

  /** Wraps around: only that it moves tells something. */
  get now(): number {
    return Atomics.load(this.#count, 0);
  }

  watch(app: FastifyInstance): void {
    const moved = (): void => {
      Atomics.add(this.#count, 0, 1);
    };
    app.addHook('onRequest', (_request, _reply, next) => {
      moved();
      next();
    });
    app.addHook('onResponse', (_request, _reply, next) => {
      moved();
      next();
    });
  }
}
