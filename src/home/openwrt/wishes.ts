import { isIPv4 } from 'node:net';
import type { UciChange, UciConfig, UciValue } from './uci.ts';

/** What a person may want of a router, in the words of `coffre home set`. */
export const things = ['wifi', 'guest', 'times', 'forward', 'reserve'] as const;
export type Thing = (typeof things)[number];

export interface Wish {
  readonly thing: Thing;
  /** Which one: a section for wifi, a MAC address for times and reserve, a name for forward; empty for guest. */
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
}

export type Wished =
  | { readonly kind: 'changes'; readonly what: string; readonly changes: readonly UciChange[] }
  | { readonly kind: 'refused'; readonly why: string };

type Read = (config: string) => Promise<UciConfig>;

const settingsOf: Readonly<Record<Thing, readonly string[]>> = {
  wifi: ['ssid', 'key', 'enabled'],
  guest: ['ssid', 'key', 'enabled'],
  times: ['from', 'to', 'days', 'enabled'],
  forward: ['port', 'to', 'proto', 'enabled'],
  reserve: ['address', 'name', 'enabled'],
};

const patterns: Readonly<Record<string, RegExp>> = {
  ssid: /^[^\p{Cc}]{1,32}$/u,
  // IEEE 802.11: 8 to 63 printable characters.
  key: /^[\x20-\x7e]{8,63}$/,
  enabled: /^(yes|no)$/,
  from: /^([01]\d|2[0-3]):[0-5]\d$/,
  days: /^(mon|tue|wed|thu|fri|sat|sun)(,(mon|tue|wed|thu|fri|sat|sun))*$/,
  port: /^[1-9]\d{0,4}$/,
  proto: /^(tcp|udp|both)$/,
  name: /^[A-Za-z0-9][A-Za-z0-9-]{0,62}$/,
};

/** What the wish changes; reads what is there and sends nothing. */
export async function changesFor(wish: Wish, read: Read): Promise<Wished> {
  const { thing, settings } = wish;
  for (const [name, value] of Object.entries(settings)) {
    if (!settingsOf[thing].includes(name))
      return refused(`${thing} has no setting ${name}; it has ${settingsOf[thing].join(', ')}`);
    const pattern = name === 'to' && thing === 'times' ? patterns['from'] : patterns[name];
    if (pattern !== undefined && !pattern.test(value)) return refused(`${name} cannot be \`${value}\``);
  }
  switch (thing) {
    case 'wifi':
      return wifi(wish, await read('wireless'));
    case 'guest':
      return await guest(wish, read);
    case 'times':
      return times(wish, await read('firewall'));
    case 'forward':
      return forward(wish, await read('firewall'));
    case 'reserve':
      return reserve(wish, await read('dhcp'));
  }
}

function refused(why: string): Wished {
  return { kind: 'refused', why };
}

function wifi({ name, settings }: Wish, wireless: UciConfig): Wished {
  const section = wireless.find((each) => each.name === name && each.type === 'wifi-iface');
  const names = wireless.filter(({ type }) => type === 'wifi-iface').map((each) => each.name);
  if (section === undefined) return refused(`there is no Wi-Fi network ${name}; there are ${names.join(', ')}`);
  const values: Record<string, UciValue> = {};
  if (settings['ssid'] !== undefined) values['ssid'] = settings['ssid'];
  if (settings['key'] !== undefined) {
    values['key'] = settings['key'];
    if ((section.options['encryption'] ?? 'none') === 'none') values['encryption'] = 'psk2';
  }
  if (settings['enabled'] !== undefined) values['disabled'] = settings['enabled'] === 'yes' ? '0' : '1';
  if (Object.keys(values).length === 0) return refused('nothing to change: give ssid=, key= or enabled=');
  return {
    kind: 'changes',
    what: `Wi-Fi ${name}`,
    changes: [{ op: 'set', config: 'wireless', section: name, values }],
  };
}

type Added = readonly [config: string, type: string, name: string, values: Readonly<Record<string, UciValue>>];

/** Sections of ours are made anew: what is there under their names goes. */
function made(sections: readonly Added[], current: Readonly<Record<string, UciConfig>>): readonly UciChange[] {
  return sections.flatMap(([config, type, name, values]): readonly UciChange[] => [
    ...removed(config, [name], current[config] ?? []),
    { op: 'add', config, type, name, values },
  ]);
}

function removed(config: string, names: readonly string[], current: UciConfig): readonly UciChange[] {
  return names
    .filter((name) => current.some((each) => each.name === name))
    .map((section) => ({ op: 'delete' as const, config, section }));
}

const guestNetworks: readonly string[] = ['192.168.77', '192.168.78', '10.77.7'];

async function guest({ settings }: Wish, read: Read): Promise<Wished> {
  const current: Record<string, UciConfig> = {};
  for (const name of ['network', 'dhcp', 'firewall', 'wireless']) current[name] = await read(name);
  if (settings['enabled'] === 'no') {
    const changes = guestSections('', '', '', '').flatMap(([config, , name]) =>
      removed(config, [name], current[config] ?? []),
    );
    return changes.length === 0
      ? refused('there is no guest network that the hub made')
      : { kind: 'changes', what: 'guest network off', changes };
  }
  const { ssid, key } = settings;
  if (ssid === undefined || key === undefined) return refused('a guest network wants ssid= and key=');
  const radio = current['wireless']?.find(({ type }) => type === 'wifi-device')?.name;
  if (radio === undefined) return refused('this router has no Wi-Fi');
  const taken = (current['network'] ?? [])
    .filter(({ name }) => name !== 'coffreguest')
    .map(({ options }) => String(options['ipaddr']));
  const network = guestNetworks.find((each) => !taken.some((address) => address.startsWith(`${each}.`)));
  if (network === undefined) return refused('all address ranges for guests are in use');
  const sections = guestSections(radio, ssid, key, `${network}.1`);
  return { kind: 'changes', what: 'guest network', changes: made(sections, current) };
}

/** Its own bridge and zone: guests reach the internet, and of the router only names and addresses. */
function guestSections(radio: string, ssid: string, key: string, ipaddr: string): readonly Added[] {
  const wifiValues = { device: radio, mode: 'ap', network: 'coffreguest', ssid, encryption: 'psk2', key, isolate: '1' };
  const rule = { src: 'coffreguest', target: 'ACCEPT' };
  return [
    ['network', 'device', 'coffre_guest_bridge', { type: 'bridge', name: 'br-guest', bridge_empty: '1' }],
    ['network', 'interface', 'coffreguest', { proto: 'static', device: 'br-guest', ipaddr, netmask: '255.255.255.0' }],
    ['dhcp', 'dhcp', 'coffreguest', { interface: 'coffreguest', start: '100', limit: '150', leasetime: '1h' }],
    [
      'firewall',
      'zone',
      'coffre_guest',
      { name: 'coffreguest', network: ['coffreguest'], input: 'REJECT', output: 'ACCEPT', forward: 'REJECT' },
    ],
    ['firewall', 'forwarding', 'coffre_guest_wan', { src: 'coffreguest', dest: 'wan' }],
    ['firewall', 'rule', 'coffre_guest_names', { ...rule, name: 'Guests: names', proto: 'tcp udp', dest_port: '53' }],
    [
      'firewall',
      'rule',
      'coffre_guest_addresses',
      { ...rule, name: 'Guests: addresses', proto: 'udp', dest_port: '67' },
    ],
    ['wireless', 'wifi-iface', 'coffre_guest', wifiValues],
  ];
}

const weekdays: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

function times({ name, settings }: Wish, firewall: UciConfig): Wished {
  const mac = parseMac(name);
  if (mac === undefined) return refused(`\`${name}\` is no MAC address`);
  const base = `coffre_times_${mac.replaceAll(':', '')}`;
  const old = removed('firewall', [base, `${base}_next`], firewall);
  const { from, to } = settings;
  if (settings['enabled'] === 'no')
    return old.length === 0
      ? refused(`there are no times for ${mac}`)
      : { kind: 'changes', what: `no times for ${mac}`, changes: old };
  if (from === undefined || to === undefined || from === to) return refused('times want from=22:00 and to=07:00');
  const days = settings['days']?.split(',') ?? [...weekdays];
  const rule = (start: string, stop: string, on: readonly string[]): Readonly<Record<string, UciValue>> => ({
    name: `Offline: ${mac}`,
    src: 'lan',
    dest: 'wan',
    src_mac: mac,
    proto: 'all',
    start_time: `${start}:00`,
    stop_time: stop,
    weekdays: on.map((each) => `${each.slice(0, 1).toUpperCase()}${each.slice(1)}`).join(' '),
    target: 'REJECT',
  });
  // A rule that goes over midnight is two: the second one is on the day after.
  const next = days.map((day) => weekdays[(weekdays.indexOf(day) + 1) % 7] ?? day);
  const sections: readonly Added[] =
    from < to
      ? [['firewall', 'rule', base, rule(from, `${to}:00`, days)]]
      : [
          ['firewall', 'rule', base, rule(from, '23:59:59', days)],
          ['firewall', 'rule', `${base}_next`, rule('00:00', `${to}:00`, next)],
        ];
  const changes = [
    ...old,
    ...sections.map(([config, type, each, values]) => ({ op: 'add' as const, config, type, name: each, values })),
  ];
  return { kind: 'changes', what: `${mac} is offline from ${from} to ${to}`, changes };
}

function forward({ name, settings }: Wish, firewall: UciConfig): Wished {
  if (!/^[a-z0-9_]{1,32}$/.test(name)) return refused('the name of a forward wants a-z, 0-9 and _');
  const section = `coffre_forward_${name}`;
  const old = removed('firewall', [section], firewall);
  if (settings['enabled'] === 'no')
    return old.length === 0
      ? refused(`there is no forward ${name} that the hub made`)
      : { kind: 'changes', what: `forward ${name} closed`, changes: old };
  const { port, to = '', proto = 'tcp' } = settings;
  const [address = '', inner = port ?? ''] = to.split(':');
  if (!isPort(port) || !isPort(inner) || !isIPv4(address))
    return refused('a forward wants port=8080 and to=192.168.1.10:80');
  const values = {
    name: `Coffre: ${name}`,
    src: 'wan',
    dest: 'lan',
    proto: proto === 'both' ? 'tcp udp' : proto,
    src_dport: port,
    dest_ip: address,
    dest_port: inner,
    target: 'DNAT',
  };
  const sections: readonly Added[] = [['firewall', 'redirect', section, values]];
  return { kind: 'changes', what: `port ${port} goes to ${address}:${inner}`, changes: made(sections, { firewall }) };
}

function isPort(text: string | undefined): text is string {
  return text !== undefined && /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}

function reserve({ name, settings }: Wish, dhcp: UciConfig): Wished {
  const mac = parseMac(name);
  if (mac === undefined) return refused(`\`${name}\` is no MAC address`);
  const section = `coffre_host_${mac.replaceAll(':', '')}`;
  const old = removed('dhcp', [section], dhcp);
  if (settings['enabled'] === 'no')
    return old.length === 0
      ? refused(`there is no reservation for ${mac} that the hub made`)
      : { kind: 'changes', what: `no reservation for ${mac}`, changes: old };
  const { address = '', name: called } = settings;
  if (!isIPv4(address)) return refused('a reservation wants address=192.168.1.20');
  const values = { mac, ip: address, ...(called === undefined ? {} : { name: called }) };
  const sections: readonly Added[] = [['dhcp', 'host', section, values]];
  return { kind: 'changes', what: `${mac} always gets ${address}`, changes: made(sections, { dhcp }) };
}

export function parseMac(text: string): string | undefined {
  const mac = text.toLowerCase().replaceAll('-', ':');
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) ? mac : undefined;
}
