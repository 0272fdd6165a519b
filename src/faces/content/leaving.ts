import type { Clock } from '#base/clock.ts';
import { Gate } from './gate.ts';

/** What Leaving needs of an answer. */
interface Connection {
  readonly destroyed: boolean;
  /** What the system has not taken yet. */
  readonly writableLength: number;
  destroy(): void;
  once(event: 'close' | 'drain', listener: () => void): unknown;
  off(event: 'close' | 'drain', listener: () => void): unknown;
}

/** A client that takes nothing for so long makes way for one that waits; it asks for the rest again (RFC 9110 §14). */
const stalledAfterMs = 10_000;
const lookEveryMs = 1000;

/**
 * Content on its way to clients, over all connections: bounds the memory of many downloads together, also of those that nobody
 * reads.
 */
export class Leaving {
  readonly #gate: Gate;
  readonly #clock: Clock;
  readonly #departures = new Set<Departure>();
  #waiting = 0;
  #watch: NodeJS.Timeout | undefined;

  constructor(maxBytes: number, clock: Clock) {
    this.#gate = new Gate(maxBytes);
    this.#clock = clock;
  }

  /** One answer. What it still holds is given back when its connection is done with it. */
  departure(connection: Connection): Departure {
    const departure = new Departure({
      connection,
      tryEnter: (bytes) => this.#gate.tryEnter(bytes),
      enter: (bytes) => this.#enter(bytes),
      leave: (bytes) => this.#gate.leave(bytes),
      nowMs: () => this.#clock.nowMs(),
    });
    this.#departures.add(departure);
    connection.once('close', () => {
      this.#departures.delete(departure);
      departure.end();
    });
    return departure;
  }

  async #enter(bytes: number): Promise<void> {
    this.#waiting += 1;
    this.#watch ??= setInterval(() => this.#makeRoom(), lookEveryMs).unref();
    await this.#gate.enter(bytes);
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  #makeRoom(): void {
    const now = this.#clock.nowMs();
    for (const each of this.#departures) if (each.heldBytes > 0 && now - each.movedMs >= stalledAfterMs) each.cut();
  }
}

interface DepartureParts {
  readonly connection: Connection;
  tryEnter(bytes: number): boolean;
  enter(bytes: number): Promise<void>;
  leave(bytes: number): void;
  nowMs(): number;
}

/** The content of one answer, as far as it is in memory. */
export class Departure {
  readonly #parts: DepartureParts;
  #heldBytes = 0;
  #movedMs: number;
  #isOver: boolean;

  constructor(parts: DepartureParts) {
    this.#parts = parts;
    this.#movedMs = parts.nowMs();
    this.#isOver = parts.connection.destroyed;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** When the client last took something. */
  get movedMs(): number {
    return this.#movedMs;
  }

  /** False when there is no room now. */
  tryEnter(bytes: number): boolean {
    if (this.#isOver || !this.#parts.tryEnter(bytes)) return false;
    this.#heldBytes += bytes;
    return true;
  }

  /** Only by one that holds nothing which waits to be sent: else all could hold something and wait for each other. */
  async enter(bytes: number): Promise<void> {
    if (this.tryEnter(bytes)) return;
    await this.#parts.enter(bytes);
    // The client may have gone away meanwhile.
    if (this.#isOver) this.#parts.leave(bytes);
    else this.#heldBytes += bytes;
    this.#movedMs = this.#parts.nowMs();
  }

  /** Once the system has taken everything that was written, or the client is gone. */
  async sent(): Promise<void> {
    const { connection } = this.#parts;
    if (this.#isOver || connection.writableLength === 0) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        connection.off('drain', done);
        connection.off('close', done);
        resolve();
      };
      connection.once('drain', done);
      connection.once('close', done);
    });
  }

  /** The connection is done with so much. */
  left(bytes: number): void {
    this.#movedMs = this.#parts.nowMs();
    if (this.#isOver) return;
    this.#heldBytes -= bytes;
    this.#parts.leave(bytes);
  }

  cut(): void {
    this.#parts.connection.destroy();
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.leave(this.#heldBytes);
    this.#heldBytes = 0;
  }
}
