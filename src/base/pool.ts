/**
 * Works on items as they come, so many at a time. After an abort, or when `work` throws, no new item is taken; what was
 * begun ends first. @throws what the first failing `work` threw.
 */
export async function eachLimited<Item>(
  items: AsyncIterable<Item>,
  atATime: number,
  stopping: AbortSignal,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (failures.length === 0 && !stopping.aborted) {
      try {
        const next = await iterator.next();
        if (next.done === true) return;
        await work(next.value);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  if (failures.length > 0) throw failures[0];
}
