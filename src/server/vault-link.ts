import { Fault, isFault } from '../base/fault.ts';
import type { CredentialId, VaultId } from '../base/ids.ts';
import type { Caller as CommandCaller } from '../vault/files/commands.ts';
import type { UploadPort, VaultPort } from '../vault/files/port.ts';
import type { WriteResult } from '../vault/files/types.ts';
import type { DeclaredSum } from '../vault/files/upload.ts';
import { type Caller, largeBuffers } from './rpc.ts';
import { calledMethods } from './vault-calls.ts';
import { digestOf, type OpenRequest, type Stamp } from './vault-hosting.ts';
import type { VaultReference, WireOpenRequest } from './vault-thread.ts';

interface Stamped {
  readonly stamp: Stamp;
  readonly value: unknown;
}

/** Bytes that moved come back from a vault that was closed: the call is made again with them. */
type Answer = Stamped | { readonly closed: true; readonly args: readonly unknown[] };

/** What an operator must hear of; ids only. */
export interface LinkAlarms {
  /** An answer was stamped for somebody else. Nothing of it was sent. */
  onMismatch(wanted: Stamp, got: Stamp): void;
  /**
   * A call ended with this: `damaged` and `missing` mean that stored bytes of the vault were not given out. Whoever asked is
   * told afterwards.
   */
  onFault(vault: VaultId, fault: Fault): Promise<void>;
}

/**
 * A vault that another thread hosts. Every answer carries the stamp of the view that it was made from; the guard here
 * compares it with what was asked before anything is given on. A vault that was closed meanwhile is opened again.
 */
export function linkVault(caller: Caller, request: OpenRequest, alarms: LinkAlarms): VaultPort {
  const link = new VaultLink(caller, request, alarms);
  const port: Record<string, unknown> = {
    id: request.vault,
    upload: (by: CredentialId | undefined, declared: readonly DeclaredSum[]) => link.upload(by, declared),
  };
  for (const method of calledMethods) port[method] = (...args: unknown[]) => link.ask('call', [method, ...args]);
  // Each method of VaultPort is in `calledMethods` (checked by its type) or set above.
  return port as unknown as VaultPort;
}

class VaultLink {
  readonly #caller: Caller;
  readonly #request: OpenRequest;
  readonly #reference: VaultReference;
  readonly #alarms: LinkAlarms;

  constructor(caller: Caller, request: OpenRequest, alarms: LinkAlarms) {
    this.#caller = caller;
    this.#request = request;
    this.#reference = { vault: request.vault, digest: digestOf(request.secret) };
    this.#alarms = alarms;
  }

  ask(method: string, args: readonly unknown[]): Promise<unknown> {
    return this.#telling(this.#askUntilOpen(method, args));
  }

  async #telling(answer: Promise<unknown>): Promise<unknown> {
    try {
      return await answer;
    } catch (error) {
      if (isFault(error)) await this.#alarms.onFault(this.#request.vault, error);
      throw error;
    }
  }

  async #askUntilOpen(method: string, given: readonly unknown[]): Promise<unknown> {
    for (let args = given; ; ) {
      const answer = (await this.#caller.call(method, [this.#reference, ...args], largeBuffers(args))) as Answer;
      if ('closed' in answer) {
        args = answer.args;
        await this.#open();
        continue;
      }
      return this.#guarded(answer);
    }
  }

  #guarded({ stamp, value }: Stamped): unknown {
    this.#guard(stamp);
    return value;
  }

  async #open(): Promise<void> {
    const { vault, account, secret, epochs, quotaBytes } = this.#request;
    const wire: WireOpenRequest = { vault, account, secret: secret.expose(), epochs, quotaBytes };
    this.#guard((await this.#caller.call('open', [wire])) as Stamp);
  }

  #guard(stamp: Stamp): void {
    if (stamp.vault === this.#request.vault && stamp.account === this.#request.account) return;
    this.#alarms.onMismatch({ vault: this.#request.vault, account: this.#request.account }, stamp);
    throw new Fault(
      'unavailable',
      'An answer was made for somebody else and was held back. Nothing of it was shown; the operator was told.',
    );
  }

  upload(by: CredentialId | undefined, declared: readonly DeclaredSum[]): UploadPort {
    const begun = this.ask('uploadBegin', [by, declared]).then((upload) => {
      if (upload === undefined)
        throw new Fault('unavailable', 'Too many uploads are under way. Nothing was changed; try again later.');
      return upload as number;
    });
    begun.catch(() => undefined);
    const ask = async (method: string, args: readonly unknown[]): Promise<unknown> =>
      this.#guarded((await this.#caller.call(method, [await begun, ...args], largeBuffers(args))) as Stamped);
    return {
      add: async (bytes) => (await this.#telling(ask('uploadAdd', [bytes]))) as 'stored' | 'over-quota',
      write: async (caller: CommandCaller, path, meta) =>
        (await this.#telling(ask('uploadWrite', [caller, path, meta]))) as WriteResult,
      abort: async () => {
        const upload = await begun.catch(() => undefined);
        if (upload !== undefined) await this.#caller.call('uploadAbort', [upload]);
      },
    };
  }
}
