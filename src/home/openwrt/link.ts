import { Fault } from '#base/fault.ts';
import type { AdoptedRouter } from '../routers.ts';
import { routerUser } from './access.ts';
import type { Pinned } from './pinned-request.ts';
import { readIdentity } from './status.ts';
import { dataOf, type Login, login, type UbusAnswer, ubusCall } from './ubus.ts';
import { parseUciConfig, type UciConfig } from './uci.ts';

/** rpcd's own default; a session that only reads needs no more. */
const usualSeconds = 300;

/** An adopted router, with its identity checked and a session that is renewed when it runs out. */
export class RouterLink {
  readonly router: AdoptedRouter;
  readonly pinned: Pinned;
  #login: Login | undefined;

  constructor(router: AdoptedRouter) {
    this.router = router;
    const { scheme, address, port, pinned } = router;
    this.pinned = { endpoint: { scheme, address, port }, fingerprint: pinned.certificate ?? undefined };
  }

  /** @throws Fault `bad-key`, `unavailable`. */
  async call(object: string, method: string, args: Readonly<Record<string, unknown>> = {}): Promise<UbusAnswer> {
    const first = this.#login ?? (await this.#open());
    const answer = await ubusCall(this.pinned, first.session, object, method, args);
    // A session that ran out is answered as one that may not: a new one tells which it was.
    if (answer.kind !== 'denied') return answer;
    const second = await this.#open();
    return await ubusCall(this.pinned, second.session, object, method, args);
  }

  async data(object: string, method: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return dataOf(await this.call(object, method, args), `answer ${object} ${method}`);
  }

  /** What is in force, not what somebody else has staged. @throws Fault `unavailable`. */
  async config(name: string): Promise<UciConfig> {
    const config = parseUciConfig(await this.data('uci', 'get', { config: name }));
    if (config === undefined) throw new Fault('unavailable', `The configuration ${name} of the router cannot be read.`);
    return config;
  }

  /**
   * A session of its own, for one change: what it stages is seen by nobody else, and goes with it. It is never renewed,
   * because a renewed one would have staged only the second half.
   */
  async ownSession(timeoutSeconds: number): Promise<string> {
    const made = await login(this.pinned, routerUser, this.router.password, timeoutSeconds);
    if (made === undefined) throw refused(this.router);
    return made.session;
  }

  async #open(): Promise<Login> {
    const made = await login(this.pinned, routerUser, this.router.password, usualSeconds);
    if (made === undefined) throw refused(this.router);
    const { board, macAddress } = await readIdentity(this.pinned, made.session);
    const { pinned } = this.router;
    if (board !== pinned.board || macAddress !== pinned.macAddress)
      throw new Fault(
        'bad-key',
        `Another device answers at ${this.router.address}: ${board} (${macAddress}), not ${pinned.board} (${pinned.macAddress}). ` +
          'Nothing was changed on it.',
      );
    this.#login = made;
    return made;
  }
}

function refused({ name }: AdoptedRouter): Fault {
  return new Fault(
    'bad-key',
    `The router ${name} does not know the hub any more. Nothing was changed. \`coffre home adopt\` shows what to run on it.`,
  );
}
