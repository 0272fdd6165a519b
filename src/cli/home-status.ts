import { type RouterStatus, readDevices, readStatus } from '#home/openwrt/status.ts';
import { parseMac } from '#home/openwrt/wishes.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure, usage } from './failure.ts';
import { outcomeText } from './home-change.ts';
import { withRouter } from './home-router.ts';
import { table } from './table.ts';
import { sizeText, visible } from './terminal.ts';

export function showStatus(context: Context): Promise<Ending> {
  return withRouter(context, async ({ router, link, changes, devices }) => {
    const { args, terminal } = context;
    const change = await changes.settle();
    const status = await readStatus(link);
    await devices.addTraffic(status);
    const traffic = await devices.traffic();
    const wifi = (await link.config('wireless'))
      .filter(({ type }) => type === 'wifi-iface')
      .map(({ name, options }) => ({
        name,
        ssid: String(options['ssid'] ?? ''),
        network: String(options['network'] ?? ''),
        isOn: options['disabled'] !== '1',
      }));
    if (args.flag('json')) {
      terminal.json({ name: router.name, ...status, wifi, traffic, change });
      return 'ok';
    }
    for (const line of statusLines(router.name, status)) terminal.line(line);
    for (const { name, ssid, network, isOn } of wifi)
      terminal.line(`Wi-Fi ${visible(name)}: ${visible(ssid)} for ${visible(network)}, ${isOn ? 'on' : 'off'}`);
    if (traffic.since !== undefined)
      terminal.line(
        `Counted since ${traffic.since}: ${sizeText(traffic.receivedBytes)} in, ${sizeText(traffic.sentBytes)} out`,
      );
    if (change.kind !== 'none') terminal.line(outcomeText(change));
    return 'ok';
  });
}

function statusLines(name: string, status: RouterStatus): readonly string[] {
  const { wan, memory, storage } = status;
  return [
    `${name}: ${visible(status.model)}, ${visible(status.release)}, up for ${durationText(status.uptimeSeconds)}`,
    `Load ${status.load.join(' ')}, memory ${sizeText(memory.freeBytes)} free of ${sizeText(memory.totalBytes)}`,
    wan.isUp
      ? `Internet: up for ${durationText(wan.uptimeSeconds)}, ${wan.addresses.map(visible).join(', ')}`
      : 'Internet: down',
    storage === undefined
      ? 'USB storage: the router does not tell'
      : storage.length === 0
        ? 'USB storage: none'
        : `USB storage: ${storage.map((each) => `${visible(each.mount)} ${sizeText(each.freeBytes)} free of ${sizeText(each.sizeBytes)}`).join(', ')}`,
  ];
}

function durationText(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min`;
}

export function showDevices(context: Context): Promise<Ending> {
  return withRouter(context, async ({ link, devices }) => {
    const { args, terminal } = context;
    const seen = await readDevices(link);
    await devices.remember(seen);
    const here = new Set(seen.map(({ macAddress }) => macAddress));
    const rows = Object.entries(await devices.known()).map(([macAddress, each]) => ({
      macAddress,
      isHere: here.has(macAddress),
      ...each,
    }));
    if (args.flag('json')) terminal.json(rows);
    else
      for (const line of table(
        rows.map((row) => [
          row.macAddress,
          row.isHere ? 'here' : `last ${row.lastSeenAt}`,
          row.addresses.map(visible).join(' '),
          visible(row.name ?? row.hostname ?? ''),
        ]),
      ))
        terminal.line(line);
    return 'ok';
  });
}

export function nameDevice(context: Context): Promise<Ending> {
  const macAddress = parseMac(context.args.operand(0));
  const name = context.args.operand(1);
  if (macAddress === undefined) throw usage(`\`${context.args.operand(0)}\` is no MAC address.`);
  if (name.length > 100) throw usage('A name has at most 100 characters.');
  return withRouter(context, async ({ devices }) => {
    if (!(await devices.call(macAddress, name)))
      throw new Failure('not-found', `${macAddress} was never seen.`, '`coffre home devices` looks');
    context.terminal.line(`${macAddress} is called ${visible(name)}. The name stays on this machine.`);
    return 'ok';
  });
}
