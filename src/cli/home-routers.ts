import { isIP } from 'node:net';
import { toHex } from '#base/bytes.ts';
import { adopt, isUbus } from '#home/adopt.ts';
import { readChange } from '#home/change-file.ts';
import { askNeighbours, isHomeAddress } from '#home/discover.ts';
import type { Endpoint } from '#home/openwrt/pinned-request.ts';
import { isAdopted, isRouterName, type RouterRecord } from '#home/routers.ts';
import type { Home } from '#server/home.ts';
import { defaultGateway } from '#server/home-network.ts';
import { realClock, realRandomness } from '#server/real-world.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure, usage } from './failure.ts';
import { withHome } from './home-world.ts';
import { table } from './table.ts';
import { count } from './terminal.ts';

const waitForAnswersMs = 2000;

/** Asks this network, and the default gateway; nothing of it leaves the network. */
export function discoverRouters(context: Context): Promise<Ending> {
  return withHome(context, true, async (home) => {
    const { args, terminal } = context;
    terminal.progress(() => 'asking the network');
    const neighbours = await askNeighbours(home.guard, { waitMs: waitForAnswersMs });
    const gateway = await defaultGateway();
    const addresses = new Set([...(gateway === undefined ? [] : [gateway]), ...neighbours]);
    const found = [];
    for (const address of addresses) {
      const endpoint = isHomeAddress(address) ? await answering(home, address) : undefined;
      if (endpoint !== undefined) found.push({ ...endpoint, isGateway: address === gateway });
    }
    if (args.flag('json')) terminal.json(found);
    else if (found.length === 0)
      terminal.line('No OpenWrt router answered. If you know its address: `coffre home adopt ADDRESS`.');
    else
      for (const line of table(
        found.map(({ scheme, address, port, isGateway }) => [
          `${scheme}://${bracketed(address)}:${port}`,
          isGateway ? 'the way to the internet' : '',
        ]),
      ))
        terminal.line(line);
    return 'ok';
  });
}

async function answering(home: Home, address: string): Promise<Endpoint | undefined> {
  for (const [scheme, port] of [
    ['https', 443],
    ['http', 80],
  ] as const) {
    const endpoint = { scheme, address, port };
    const permission = { kind: 'stream', host: address, port } as const;
    if (await home.guard.during(permission, () => isUbus(endpoint))) return endpoint;
  }
  return undefined;
}

export function adoptRouter(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const wanted = args.operand(0);
  const fingerprint = args.text('fingerprint')?.replaceAll(':', '').toLowerCase();
  if (fingerprint !== undefined && !/^[0-9a-f]{16,64}$/.test(fingerprint))
    throw usage('--fingerprint wants at least 16 hex digits of the SHA-256 of the certificate.');
  return withHome(context, true, async (home) => {
    const endpoint = await endpointOf(home, wanted);
    const record = await recordFor(home, endpoint, args.text('label') ?? 'router');
    const permission = { kind: 'stream', host: endpoint.address, port: endpoint.port } as const;
    const adoption = await home.guard.during(permission, () => adopt(record, fingerprint, realClock));
    switch (adoption.kind) {
      case 'adopted': {
        await home.locked(() => home.routers.save(adoption.router));
        const { certificate, board, macAddress } = adoption.router.pinned;
        if (args.flag('json')) terminal.json({ kind: 'adopted', name: record.name, certificate, board, macAddress });
        else {
          terminal.line(`Adopted ${board} (${macAddress}) as ${record.name}.`);
          terminal.line(
            certificate === null ? 'It answers without encryption on your network.' : `Certificate ${certificate}`,
          );
        }
        return 'ok';
      }
      case 'needs-setup':
        if (args.flag('json')) terminal.json(adoption);
        else {
          terminal.note('The router does not know the hub yet. Run this on it as root (ssh), then adopt it again:');
          terminal.line(adoption.script);
        }
        return 'wrong-proof';
      case 'other-certificate':
        throw new Failure(
          'wrong-proof',
          `Its certificate is ${adoption.seen}. No password was sent; it was not adopted.`,
        );
      case 'other-device':
        throw new Failure(
          'wrong-proof',
          `Another device answers there: ${adoption.board} (${adoption.macAddress}). It was not adopted.`,
          'adopt it under another --label, or forget the old one',
        );
      case 'wrong-rights':
        throw new Failure(
          'refused',
          `The hub has other rights on the router than it asks for. Too much: ${adoption.beyond.join('; ') || 'nothing'}. ` +
            `Missing: ${adoption.missing.join('; ') || 'nothing'}. It was not adopted.`,
          'run the script that `home adopt` prints, and nothing else for this user',
        );
    }
  });
}

/** @throws Failure `usage`, `not-found`. */
async function endpointOf(home: Home, text: string): Promise<Endpoint> {
  const plain = text.replace(/^\[(.*)\]$/, '$1');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const address = isIP(plain) !== 0 ? plain : url?.hostname.replace(/^\[(.*)\]$/, '$1');
  if (address === undefined || isIP(address) === 0)
    throw usage(
      `\`${text}\` is no address.`,
      'give 192.168.1.1 or https://192.168.1.1; a name would have to be asked for elsewhere',
    );
  if (!isHomeAddress(address)) throw usage(`${address} is no address of a home network.`);
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:') && isIP(plain) === 0) {
    const scheme = url.protocol === 'https:' ? 'https' : 'http';
    return { scheme, address, port: url.port === '' ? (scheme === 'https' ? 443 : 80) : Number(url.port) };
  }
  const endpoint = await answering(home, address);
  if (endpoint === undefined) throw new Failure('not-found', `No OpenWrt router answers at ${address}.`);
  return endpoint;
}

/** The password is made once and kept, so that the script can be run at leisure. */
async function recordFor(home: Home, endpoint: Endpoint, name: string): Promise<RouterRecord> {
  if (!isRouterName(name)) throw usage('A label for a router wants a-z, 0-9 and -, at most 32.');
  return await home.locked(async () => {
    const known = await home.routers.find(name);
    if (known !== undefined && isAdopted(known) && known.address !== endpoint.address)
      throw new Failure('conflict', `${name} is the router at ${known.address}.`, 'give another --label, or forget it');
    const password = known?.password ?? toHex(realRandomness.bytes(20));
    const record: RouterRecord = { version: 1, name, ...endpoint, password, pinned: known?.pinned };
    if (known === undefined) await home.routers.save(record);
    return record;
  });
}

export function forgetRouter(context: Context): Promise<Ending> {
  return withHome(context, false, async (home) => {
    const name = context.args.operand(0);
    if ((await home.routers.find(name)) === undefined) throw new Failure('not-found', `There is no router ${name}.`);
    if ((await readChange(home.disk, name)) !== undefined)
      throw new Failure(
        'conflict',
        'A change waits on this router.',
        '`coffre home confirm` or `coffre home undo` first',
      );
    await home.locked(() => home.routers.forget(name));
    context.terminal.line(
      `Forgotten: ${name}. Its snapshots and history stay. On the router: uci delete rpcd.coffre; uci commit rpcd`,
    );
    return 'ok';
  });
}

function bracketed(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}

export function routersText(names: readonly string[]): string {
  return `${count(names.length, 'router')}: ${names.join(', ')}`;
}
