// Power cuts under load on the real program, for the test and for the lab.
import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeAccount } from '../support/account.ts';
import { restart, startServer } from '../support/server.ts';
import { checkChains } from './chains.ts';
import { acknowledgedBy, checkAll, loadClients, type Mix, randomBelow } from './load.ts';
import { LoopDisk } from './loop-disk.ts';

export interface PowerCutFigures {
  readonly cuts: number;
  readonly acknowledged: number;
  /** Requests that a cut interrupted: done, or not, when looked at afterwards. */
  readonly done: number;
  readonly undone: number;
  /** How often the program had ended by itself before the test ended it. */
  readonly endedByItself: number;
  readonly entries: number;
  readonly chunks: number;
}

/** Everything stays small, so that all of it can be read back after every cut. */
const mix: Mix = {
  largestFiles: 10,
  sizes: [
    [55, 30_000],
    [40, 300_000],
    [5, 5_000_000],
  ],
};

const clientCount = 8;
const diskMiB = 3000;

/** @throws AssertionError as soon as something that was acknowledged is not there. */
export async function powerCuts(
  cuts: number,
  report: (line: string) => void = () => undefined,
): Promise<PowerCutFigures> {
  const disk = new LoopDisk(diskMiB);
  const dataFolder = join(disk.folder, 'data');
  const clients = loadClients(clientCount, mix);
  let done = 0;
  let undone = 0;
  let endedByItself = 0;
  let server = await makeAccount(dataFolder).then((account) => startServer({ dataFolder, account }));
  try {
    for (let cut = 1; cut <= cuts; cut += 1) {
      const stop = new AbortController();
      const client = server.client();
      const running = Promise.all(clients.map((each) => each.run(client, stop.signal)));
      await sleep(200 + randomBelow(900));
      disk.cutPower();
      const ending = await Promise.race([server.ended, sleep(200, undefined)]);
      if (ending !== undefined) {
        assert.notEqual(ending.code, 0, 'a program that lost its disk ends with an error');
        endedByItself += 1;
      }
      stop.abort();
      await server.kill9();
      await running;
      await disk.unmount();
      disk.mount();
      server = await restart(server);
      const outcome = await checkAll(clients, server.client());
      done += outcome.done;
      undone += outcome.undone;
      report(
        `cut ${cut}: ${acknowledgedBy(clients)} acknowledged so far, none lost; ` +
          `cut off: ${outcome.done} done, ${outcome.undone} not; ended by itself: ${ending !== undefined}`,
      );
    }
    const { entries, chunks } = await checkChains(dataFolder);
    return { cuts, acknowledged: acknowledgedBy(clients), done, undone, endedByItself, entries, chunks };
  } finally {
    await server.kill9();
    disk.remove();
  }
}
