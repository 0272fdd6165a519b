import type { VaultId } from '../base/ids.ts';
import type { Methods } from './rpc.ts';

const tellEveryMs = 1000;

/** Tells which vaults were appended to, so that copies follow; all of a second together. */
export class ChangedVaults {
  readonly #tell: (vaults: readonly VaultId[]) => void;
  readonly #changed: Set<VaultId> = new Set();

  constructor(tell: (vaults: readonly VaultId[]) => void) {
    this.#tell = tell;
  }

  /** The same methods; whoever appends or puts a public header is noted, whether it succeeds or not. */
  noting(methods: Methods): Methods {
    const noted = (name: string, vaultOf: (first: unknown) => VaultId): Methods[string] => {
      const run = methods[name] as (...args: readonly unknown[]) => Promise<unknown>;
      return (async (first: unknown, ...rest: readonly unknown[]) => {
        try {
          return await run(first, ...rest);
        } finally {
          this.#note(vaultOf(first));
        }
      }) as Methods[string];
    };
    return {
      ...methods,
      append: noted('append', (request) => (request as { readonly vault: VaultId }).vault),
      putPublicHeader: noted('putPublicHeader', (vault) => vault as VaultId),
    };
  }

  #note(vault: VaultId): void {
    if (this.#changed.size === 0) setTimeout(() => this.#flush(), tellEveryMs).unref();
    this.#changed.add(vault);
  }

  #flush(): void {
    this.#tell([...this.#changed]);
    this.#changed.clear();
  }
}
