import { differences } from '#home/openwrt/uci.ts';
import { isAdopted } from '#home/routers.ts';
import type { Snapshot } from '#home/snapshots.ts';
import { type Home, openRouter } from '#server/home.ts';
import { writeNewFile } from '#store/new-file.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { withRouter } from './home-router.ts';
import { withHome } from './home-world.ts';
import { table } from './table.ts';
import { visible } from './terminal.ts';

export function listSnapshots(context: Context): Promise<Ending> {
  return withRouter(context, async ({ snapshots }) => {
    const { args, terminal } = context;
    const rows = [];
    for (const n of await snapshots.numbers()) {
      const snapshot = await snapshots.find(n);
      if (snapshot !== undefined) rows.push({ n, at: snapshot.at, why: snapshot.why });
    }
    if (args.flag('json')) terminal.json(rows);
    else
      for (const line of table(
        rows.map(({ n, at, why }) => [String(n), at, visible(why)]),
        [0],
      ))
        terminal.line(line);
    return 'ok';
  });
}

export function takeSnapshot(context: Context): Promise<Ending> {
  return withRouter(context, async ({ snapshots, link }) => {
    const { n } = await snapshots.take(link, 'asked for');
    context.terminal.line(`Snapshot ${n}.`);
    return 'ok';
  });
}

/** Two snapshots; or one, and what is in force now. */
export function compareSnapshots(context: Context): Promise<Ending> {
  return withRouter(context, async ({ snapshots, link }) => {
    const { args, terminal } = context;
    const find = async (text: string): Promise<Snapshot> => {
      const found = /^\d{1,6}$/.test(text) ? await snapshots.find(Number(text)) : undefined;
      if (found === undefined)
        throw new Failure('not-found', `There is no snapshot ${text}.`, '`coffre home snapshots`');
      return found;
    };
    const one = await find(args.operand(0));
    const second = args.operands[1];
    const other = second === undefined ? undefined : await find(second);
    const found = [];
    for (const [name, before] of Object.entries(one.configs))
      found.push(
        ...differences(name, before, other === undefined ? await link.config(name) : (other.configs[name] ?? [])),
      );
    if (args.flag('json')) terminal.json(found);
    else if (found.length === 0) terminal.line('They are the same.');
    else
      for (const { where, before, after } of found)
        terminal.line(`${visible(where)}: ${visible(before ?? 'not there')} -> ${visible(after ?? 'gone')}`);
    return 'ok';
  });
}

/** Everything that the hub keeps in one file, but for passwords to routers and images. */
export function exportHome(context: Context): Promise<Ending> {
  return withHome(context, false, async (home) => {
    const { args, terminal } = context;
    const file = args.required('output');
    const text = `${JSON.stringify(await home.locked(() => gathered(home)), undefined, 2)}\n`;
    if (file === '-') await terminal.bytes(new TextEncoder().encode(text));
    else {
      await writeNewFile(file, text);
      terminal.line(`Written to ${visible(file)}. It holds Wi-Fi passwords.`);
    }
    return 'ok';
  });
}

async function gathered(home: Home): Promise<unknown> {
  const routers = [];
  for (const record of await home.routers.all()) {
    if (!isAdopted(record)) continue;
    const { changes, snapshots, devices } = openRouter(home, record);
    const { password: _password, ...known } = record;
    const taken = [];
    for (const n of await snapshots.numbers()) taken.push(await snapshots.find(n));
    const traffic = await devices.traffic();
    routers.push({
      ...known,
      history: await changes.history(),
      devices: await devices.known(),
      traffic,
      snapshots: taken,
    });
  }
  return {
    version: 1,
    consents: await home.consents.latest(),
    egress: await home.ledger.read(),
    images: await home.images.list(),
    routers,
  };
}
