import { MemoryObjects, MemoryPlace } from './memory-place.ts';
import { assertObjectName } from './object-name.ts';
import type { ErasablePlace, Removal } from './place.ts';

/** For tests and simulation of the reaper. */
export class ErasableMemoryPlace extends MemoryPlace implements ErasablePlace {
  readonly #objects: MemoryObjects;

  constructor(objects: MemoryObjects = new MemoryObjects(), title?: string, fate?: string) {
    super(objects, title, fate);
    this.#objects = objects;
  }

  async remove(name: string): Promise<Removal> {
    assertObjectName(name);
    this.#objects.ask(this.title);
    const untilMs = this.#objects.heldUntilMs.get(name);
    if (untilMs !== undefined && this.#objects.objects.has(name)) return { kind: 'held', untilMs };
    this.#objects.objects.delete(name);
    return { kind: 'removed' };
  }
}
