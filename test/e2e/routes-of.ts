// The addresses that the program answers, asked of the parts that the server is made of.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { LinkVisits } from '#accounts/link-visits.ts';
import { Sessions } from '#accounts/sessions.ts';
import { Throttle } from '#accounts/throttle.ts';
import { WebSessions } from '#accounts/web-sessions.ts';
import { usualProof } from '#copies/proof-status.ts';
import { Trace } from '#rights/trace.ts';
import { readConfig } from '#server/config.ts';
import { makeControl } from '#server/control.ts';
import { CopyControl } from '#server/control-copies.ts';
import type { Core } from '#server/core.ts';
import { addFaces } from '#server/faces.ts';
import { Health } from '#server/health.ts';
import { makeHttp } from '#server/http.ts';
import { KeyChanges } from '#server/key-changes.ts';
import { makeMetrics } from '#server/metrics.ts';
import { DeletionList, makeOperatorDesk } from '#server/operator-desk.ts';
import { realClock, realRandomness } from '#server/real-world.ts';
import { withLocalCore } from '../support/account.ts';

export interface Route {
  readonly url: string;
  readonly methods: readonly string[];
}

export async function routesOfTheProgram(): Promise<readonly Route[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'coffre-routes-'));
  try {
    return await withLocalCore(join(scratch, 'data'), routesWith);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function routesWith(core: Core): Promise<readonly Route[]> {
  const app = makeHttp(await readConfig({}, {}), pino({ level: 'silent' }));
  const methods = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = methods.get(url) ?? new Set();
    for (const each of [method].flat()) known.add(each);
    methods.set(url, known);
  });
  const throttle = new Throttle(realClock);
  const webSessions = await WebSessions.open(core.instance, () => undefined);
  addFaces(app, {
    core,
    throttle,
    webSessions,
    links: new LinkVisits(core.instance, throttle),
    keys: new KeyChanges(core),
    copies: new CopyControl(core, usualProof),
    errands: { bringsBack: async () => false },
    firstRunToken: 'unused',
    sessions: new Sessions(core.instance, throttle),
    trace: new Trace({
      disk: core.disk,
      clock: realClock,
      random: realRandomness,
      instanceKey: () => core.instance.traceKey,
      inboxOf: () => undefined,
      keepDays: 1,
    }),
    metrics: makeMetrics(),
    health: new Health(core.disk, realClock),
    operatorDesk: makeOperatorDesk(core, {
      control: makeControl({ core, throttle, sessions: undefined }),
      deletions: new DeletionList(),
      webSessions,
    }),
  });
  await app.ready();
  await app.close();
  return [...methods]
    .map(([url, each]) => ({ url, methods: [...each].sort() }))
    .sort((one, other) => (one.url < other.url ? -1 : 1));
}
