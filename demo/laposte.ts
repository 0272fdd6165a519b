// 2019: after an update of a shop, people who were signed in saw other people's name, address, birth date and operations,
// somebody else's at each reload.
//
//   npm run demo:laposte [-- --reloads 10000]
//
// Two people behind a proxy that keeps every GET by its address and ignores headers. They reload; their cookies are swapped
// between the browsers; their session rows are swapped in the database; the server is restarted and killed in between. Nobody
// may be given anything of the other, and who was affected must be listed. Control: a shop with session cookies, behind the
// same proxy.
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Browser } from './browser.ts';
import { CachingProxy } from './caching-proxy.ts';
import { type Customer, openShop } from './cookie-shop.ts';
import { Stage } from './stage.ts';

const names = ['alice', 'bob'] as const;
type Name = (typeof names)[number];

/** Kind of the rows of sessions (docs/format.md §9). */
const sessionRow = 3;
const restarts = 6;
const incidentKinds = ['mixed-halves', 'moved-row'];

interface Counts {
  shown: number;
  refused: number;
  unanswered: number;
  others: number;
}

/** The real server, which keeps its port over restarts. */
class Server {
  readonly #stage: Stage;
  #child: ChildProcess | undefined;
  #port = 0;
  log = '';

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const program = join(import.meta.dirname, '..', 'bin', 'coffre.mjs');
    const args = [program, 'serve', '--data', this.#stage.path('data'), '--port', String(this.#port)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.log += text;
    });
    await new Promise<void>((resolve, reject) => {
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const [, port] = /listening on http:\S+:(\d+)/.exec(said) ?? [];
        if (port === undefined) return;
        this.#port = Number(port);
        resolve();
      });
      child.once('exit', () => reject(new Error(`the server did not start: ${this.log}`)));
    });
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.kill(signal);
    await gone;
  }
}

class Scene {
  readonly stage: Stage;
  readonly server: Server;
  readonly browsers: ReadonlyMap<Name, Browser>;
  readonly counts: Counts = { shown: 0, refused: 0, unanswered: 0, others: 0 };

  constructor(stage: Stage, server: Server, origin: string) {
    this.stage = stage;
    this.server = server;
    this.browsers = new Map(names.map((name) => [name, new Browser(origin)]));
  }

  browser(name: Name): Browser {
    return this.browsers.get(name) as Browser;
  }

  async signIn(): Promise<void> {
    for (const name of names) await this.browser(name).signIn(name, `the password of ${name}`, `the laptop of ${name}`);
  }

  /**
   * Both at once, so often, and on until what goes on meanwhile is over; whatever comes is looked at, shown or not.
   * Returns how many reloads it were.
   */
  async reload(times: number, isOver: () => boolean = () => true): Promise<number> {
    let all = 0;
    await Promise.all(
      names.map(async (name) => {
        const other = name === 'alice' ? 'bob' : 'alice';
        for (let time = 0; time < times || !isOver(); time += 1) {
          all += 1;
          const answers = await this.browser(name).reload(['/me', '/sessions', '/vaults/files/list']);
          for (const answer of answers) this.#look(answer, name, other);
          // The application says so, and tries again in a while.
          if (answers.every(({ status }) => status === 502)) await setTimeout(20);
        }
      }),
    );
    return all;
  }

  #look(answer: Awaited<ReturnType<Browser['ask']>>, name: Name, other: Name): void {
    const all = `${answer.body}${JSON.stringify(answer.headers)}`;
    if (all.includes(other) || all.includes(this.browser(other).tag)) this.counts.others += 1;
    if (this.browser(name).shows(answer)) {
      // It is of use only when it really is the own thing.
      if (answer.body.includes(name)) this.counts.shown += 1;
    } else if (answer.status === 502) this.counts.unanswered += 1;
    else this.counts.refused += 1;
  }

  /** One part of the demonstration, and that nobody was given anything of the other in it. */
  async part(what: string, run: () => Promise<number>): Promise<Counts> {
    Object.assign(this.counts, { shown: 0, refused: 0, unanswered: 0, others: 0 });
    const reloads = await run();
    const { shown, refused, unanswered, others } = this.counts;
    this.stage.check(
      `${reloads} reloads${what}: ${shown} answers shown to their owner, ${refused} refused, ${unanswered} without a server; ${others} held anything of the other person`,
      others === 0,
    );
    return { ...this.counts };
  }

  swapCookies(): void {
    const [alice, bob] = [this.browser('alice'), this.browser('bob')];
    [alice.cookie, bob.cookie] = [bob.cookie, alice.cookie];
  }
}

/** Of two sessions, the stored rows one in the place of the other. */
function swapRows(stage: Stage): number {
  const database = new DatabaseSync(stage.path('data', 'journal.db'));
  try {
    const rows = database.prepare('SELECT id, sealed FROM ephemeral WHERE kind = ?').all(sessionRow);
    const write = database.prepare('UPDATE ephemeral SET sealed = ? WHERE kind = ? AND id = ?');
    const [one, other] = rows;
    if (one === undefined || other === undefined) throw new Error('there are no two sessions');
    write.run(other['sealed'] ?? null, sessionRow, one['id'] ?? null);
    write.run(one['sealed'] ?? null, sessionRow, other['id'] ?? null);
    return rows.length;
  } finally {
    database.close();
  }
}

interface Incident {
  readonly kind: string;
  readonly account: string | null;
}

async function alarms(stage: Stage, server: Server): Promise<void> {
  // The trace is flushed once a second.
  await setTimeout(1500);
  const { out } = await stage.coffre(['incidents', '--json', '--data', stage.path('data')]);
  const listed = JSON.parse(out) as readonly Incident[];
  for (const kind of incidentKinds) {
    const who = listed.flatMap((each) => (each.kind === kind && each.account !== null ? [each.account] : []));
    stage.check(
      `\`coffre incidents\` lists ${who.toSorted().join(' and ')} under ${kind}`,
      who.length === names.length,
    );
    stage.check(`the log says ${kind}`, server.log.includes(`"incident":"${kind}"`));
  }
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  for (const kind of incidentKinds)
    stage.check(
      `the metric counts ${kind}`,
      new RegExp(`^coffre_incidents_total\\{kind="${kind}"\\} [1-9]`, 'm').test(metrics),
    );
}

async function restartWhileReloading(scene: Scene, times: number): Promise<number> {
  let isOver = false;
  const restarting = async (): Promise<void> => {
    for (let restart = 0; restart < restarts; restart += 1) {
      await setTimeout(500);
      await scene.server.end(restart % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
      await scene.server.start();
    }
    isOver = true;
  };
  const [all] = await Promise.all([scene.reload(times, () => isOver), restarting()]);
  return all;
}

async function promise(stage: Stage, server: Server, proxy: CachingProxy, reloads: number): Promise<void> {
  const scene = new Scene(stage, server, await proxy.listen());
  // Of each person; more than the proxy answers by itself. The restarts fall into the most of them.
  const each = Math.max(60, Math.ceil(reloads / 10 / names.length));
  const most = Math.ceil(reloads / names.length);
  try {
    await scene.signIn();
    for (const name of names) {
      const { status } = await scene
        .browser(name)
        .ask('POST', `/api/@${scene.browser(name).tag}/vaults/files/folders`, {
          path: [`letters of ${name}`],
        });
      if (status !== 200) throw new Error(`${name} cannot make a folder: ${status}`);
    }
    const calm = await scene.part('', () => scene.reload(each));
    stage.check('  everybody was shown what is theirs', calm.shown === each * 2 * 3);
    scene.swapCookies();
    await scene.part(' with the cookies swapped', () => scene.reload(each));
    scene.swapCookies();
    await scene.reload(30);
    const stirred = await scene.part(` while the server is restarted and killed ${restarts} times`, () =>
      restartWhileReloading(scene, most),
    );
    stage.check('  sessions outlive a restart', stirred.shown > 0);
    await server.end('SIGTERM');
    stage.say(`the rows of ${swapRows(stage)} sessions are swapped in the database`);
    await server.start();
    const swapped = await scene.part(' with the session rows swapped', () => scene.reload(each));
    stage.check('  sessions whose rows were swapped open nothing', swapped.refused > 0);
    await scene.signIn();
    await scene.reload(30);
    const after = await scene.part(' after everybody signed in again', () => scene.reload(5));
    stage.check('  everybody is shown what is theirs', after.shown === 5 * 2 * 3);
    scene.swapCookies();
    await scene.reload(60);
    await alarms(stage, server);
    stage.say(`the proxy gave ${proxy.fromCache} answers from what it kept`);
  } finally {
    for (const browser of scene.browsers.values()) browser.close();
  }
}

/** How often somebody was given the page of the other. */
async function reloadShop(browsers: readonly (readonly [Customer, Browser])[], times: number): Promise<number> {
  let leaked = 0;
  for (let time = 0; time < times; time += 1) {
    for (const [customer, browser] of browsers) {
      const { status, body } = await browser.ask('GET', '/account');
      if (status === 200 && !body.includes(customer.name)) leaked += 1;
    }
  }
  return leaked;
}

async function control(stage: Stage, times: number): Promise<void> {
  const customers = [
    { name: 'alice', address: '1 Example Street' },
    { name: 'bob', address: '2 Example Street' },
  ];
  const shop = await openShop(stage.path('shop.db'), customers);
  const proxy = new CachingProxy(() => shop.url);
  const behind = await proxy.listen();
  const signedIn = async (origin: string): Promise<readonly (readonly [Customer, Browser])[]> =>
    Promise.all(
      customers.map(async (customer) => {
        const browser = new Browser(origin);
        await browser.ask('POST', `/sign-in/${customer.name}`);
        return [customer, browser] as const;
      }),
    );
  try {
    const leaks = async (what: string, leaked: number): Promise<void> =>
      stage.check(`the control fails, ${what}: somebody got the page of the other ${leaked} times`, leaked > 0);
    await leaks('behind the proxy', await reloadShop(await signedIn(behind), times));
    const browsers = await signedIn(shop.url);
    const [[, one], [, other]] = browsers as [(typeof browsers)[0], (typeof browsers)[0]];
    [one.cookie, other.cookie] = [other.cookie, one.cookie];
    await leaks('with cookies swapped, without a proxy', await reloadShop(browsers, times));
    const again = await signedIn(shop.url);
    shop.database.exec("UPDATE session SET customer = CASE customer WHEN 'alice' THEN 'bob' ELSE 'alice' END");
    await leaks('with session rows swapped', await reloadShop(again, times));
    for (const [, browser] of [...browsers, ...again]) browser.close();
  } finally {
    proxy.close();
    shop.close();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { reloads: { type: 'string', default: '10000' } } });
  const stage = new Stage();
  const server = new Server(stage);
  const proxy = new CachingProxy(() => server.url);
  try {
    for (const name of names) {
      const password = stage.path(`${name}.password`);
      writeFileSync(password, `the password of ${name}\n`);
      const kit = stage.path(`${name}.kit`);
      const data = ['--data', stage.path('data'), '--password-file', password, '--kit-file', kit];
      await stage.coffre(['account', 'create', name, ...data]);
    }
    await server.start();
    await promise(stage, server, proxy, Number(values.reloads));
    await control(stage, 50);
  } finally {
    proxy.close();
    await server.end('SIGTERM');
    stage.end();
  }
}

await main();
