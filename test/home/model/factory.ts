// What a modelled router begins with: the shape of OpenWrt's default configuration.
import type { Section, Value } from './uci.ts';

function named(type: string, name: string, options: Record<string, Value>): Section {
  return { name, type, anonymous: false, options };
}

let made = 0;
function anonymous(type: string, options: Record<string, Value>): Section {
  made += 1;
  return { name: `cfg${made.toString(16).padStart(6, '0')}`, type, anonymous: true, options };
}

export function factoryConfigs(): Record<string, Section[]> {
  return {
    system: [anonymous('system', { hostname: 'OpenWrt', timezone: 'UTC' })],
    network: [
      named('interface', 'loopback', { device: 'lo', proto: 'static', ipaddr: '127.0.0.1', netmask: '255.0.0.0' }),
      anonymous('device', { name: 'br-lan', type: 'bridge', ports: ['lan1', 'lan2'] }),
      named('interface', 'lan', { device: 'br-lan', proto: 'static', ipaddr: '192.168.1.1', netmask: '255.255.255.0' }),
      named('interface', 'wan', { device: 'eth0', proto: 'dhcp' }),
    ],
    wireless: [
      named('wifi-device', 'radio0', { type: 'mac80211', band: '2g', channel: '1' }),
      named('wifi-iface', 'default_radio0', {
        device: 'radio0',
        network: 'lan',
        mode: 'ap',
        ssid: 'Home',
        encryption: 'psk2',
        key: 'the old password',
      }),
    ],
    dhcp: [
      anonymous('dnsmasq', { domainneeded: '1', local: '/lan/' }),
      named('dhcp', 'lan', { interface: 'lan', start: '100', limit: '150', leasetime: '12h' }),
    ],
    firewall: [
      anonymous('defaults', { input: 'REJECT', output: 'ACCEPT', forward: 'REJECT' }),
      anonymous('zone', { name: 'lan', network: ['lan'], input: 'ACCEPT', output: 'ACCEPT', forward: 'ACCEPT' }),
      anonymous('zone', {
        name: 'wan',
        network: ['wan'],
        input: 'REJECT',
        output: 'ACCEPT',
        forward: 'REJECT',
        masq: '1',
      }),
      anonymous('forwarding', { src: 'lan', dest: 'wan' }),
      anonymous('rule', { name: 'Allow-Ping', src: 'wan', proto: 'icmp', target: 'ACCEPT' }),
    ],
  };
}
