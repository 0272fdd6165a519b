import { useCallback, useMemo, useState } from 'react';

export interface Chosen {
  readonly nodes: ReadonlySet<string>;
  /** One more, or one less. */
  toggle(node: string): void;
  /** All of them: for a stretch from the one that was chosen last. */
  add(nodes: readonly string[]): void;
  clear(): void;
}

export function useChosen(): Chosen {
  const [nodes, setNodes] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback((node: string) => {
    setNodes((before) => {
      const after = new Set(before);
      if (!after.delete(node)) after.add(node);
      return after;
    });
  }, []);
  const add = useCallback((more: readonly string[]) => setNodes((before) => new Set([...before, ...more])), []);
  const clear = useCallback(() => setNodes(new Set()), []);
  return useMemo(() => ({ nodes, toggle, add, clear }), [nodes, toggle, add, clear]);
}
