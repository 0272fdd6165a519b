import { Fault } from '#base/fault.ts';
import { assertObjectName, compareNames } from './object-name.ts';
import type { Place, PlacedObject } from './place.ts';

/** What a memory place holds and how it misbehaves; several places may look at one, as programs do at a disk. */
export class MemoryObjects {
  readonly objects: Map<string, Uint8Array> = new Map();
  /** False: every call throws `unavailable`. */
  answers = true;
  capacityBytes: number = Number.MAX_SAFE_INTEGER;
  /** The next put with such a name is kept, and throws `unavailable` all the same: the answer was lost. */
  losesAnswerTo: ((name: string) => boolean) | undefined;
  /** Names that an object lock keeps. */
  readonly heldUntilMs: Map<string, number> = new Map();

  /** @throws Fault `unavailable` */
  ask(title: string): void {
    if (!this.answers) throw notAnswering(title);
  }

  /** Bit rot at rest; the length may change as well. */
  damage(name: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const bytes = this.objects.get(name);
    if (bytes !== undefined) this.objects.set(name, change(bytes.slice()));
  }

  usedBytes(): number {
    let used = 0;
    for (const bytes of this.objects.values()) used += bytes.length;
    return used;
  }
}

/** For tests and simulation. */
export class MemoryPlace implements Place {
  readonly title: string;
  readonly #objects: MemoryObjects;
  readonly #fate: string;

  constructor(objects: MemoryObjects = new MemoryObjects(), title = 'memory', fate: string = title) {
    this.#objects = objects;
    this.title = title;
    this.#fate = fate;
  }

  async fate(): Promise<string> {
    this.#objects.ask(this.title);
    return this.#fate;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    assertObjectName(name);
    const held = this.#objects;
    held.ask(this.title);
    const growth = bytes.length - (held.objects.get(name)?.length ?? 0);
    if (held.usedBytes() + growth > held.capacityBytes) {
      throw new Fault('disk-full', `${this.title} is full. Nothing was lost; make room and try again.`);
    }
    held.objects.set(name, bytes.slice());
    if (held.losesAnswerTo?.(name) !== true) return;
    held.losesAnswerTo = undefined;
    throw notAnswering(this.title);
  }

  async get(name: string): Promise<Uint8Array | null> {
    assertObjectName(name);
    this.#objects.ask(this.title);
    return this.#objects.objects.get(name)?.slice() ?? null;
  }

  async size(name: string): Promise<number | null> {
    assertObjectName(name);
    this.#objects.ask(this.title);
    return this.#objects.objects.get(name)?.length ?? null;
  }

  async *list(prefix: string, after = ''): AsyncGenerator<PlacedObject> {
    this.#objects.ask(this.title);
    const names = [...this.#objects.objects.keys()].filter((name) => name.startsWith(prefix));
    for (const name of names.sort(compareNames)) {
      if (compareNames(name, after) <= 0) continue;
      this.#objects.ask(this.title);
      const bytes = this.#objects.objects.get(name);
      if (bytes !== undefined) yield { name, sizeBytes: bytes.length };
    }
  }

  async freeBytes(): Promise<number> {
    this.#objects.ask(this.title);
    return Math.max(0, this.#objects.capacityBytes - this.#objects.usedBytes());
  }

  async close(): Promise<void> {}
}

function notAnswering(title: string): Fault {
  return new Fault('unavailable', `${title} does not answer. Nothing was lost; it is tried again later.`);
}
