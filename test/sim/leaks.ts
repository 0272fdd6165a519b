import { SimulatedFile } from '#store/simulated-file.ts';
import type { Machine } from './machine.ts';
import { holds } from './violation.ts';

/** No mark of any account lies about in clear, in no name and no content, wherever the program stores anything. */
export function leaksAtRest(machine: Machine, canaries: readonly string[]): void {
  const look = (where: string, bytes: Uint8Array | null): void => {
    if (bytes === null) return;
    const stored = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (const canary of canaries) holds(!stored.includes(canary), () => `${where} holds the mark ${canary} in clear`);
  };
  for (const [vault, stored] of machine.memory.vaults) {
    for (const entry of stored.entries) {
      look(`a header of vault ${vault}`, entry.header);
      look(`a body of vault ${vault}`, entry.body);
    }
    for (const header of stored.publicHeaders.values()) look(`a public header of vault ${vault}`, header);
  }
  for (const [id, chunk] of machine.memory.chunks) look(`chunk ${id}`, chunk.bytes);
  for (const row of machine.memory.ephemeral.values()) look('a short-lived row', row.sealed);
  for (const path of machine.disk.files()) {
    const file = machine.disk.node(path);
    if (file instanceof SimulatedFile) look(path, file.bytes);
  }
}

/** Nothing of another account is in an answer, wherever in it. */
export function foreignIn(value: unknown, foreign: readonly string[]): string | undefined {
  if (typeof value === 'string') return foreign.find((canary) => value.includes(canary));
  if (value instanceof Uint8Array)
    return foreign.find((canary) => Buffer.from(value.buffer, value.byteOffset, value.length).includes(canary));
  if (typeof value !== 'object' || value === null) return undefined;
  const inside: Iterable<unknown> = value instanceof Map ? [...value].flat() : Object.values(value);
  for (const each of inside) {
    const found = foreignIn(each, foreign);
    if (found !== undefined) return found;
  }
  return undefined;
}
