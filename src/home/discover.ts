import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { concat, utf8 } from '#base/bytes.ts';
import type { Guard } from './guard.ts';

/** RFC 6762 §3: what is sent here stays on this network. */
const mdnsAddress = '224.0.0.251';
const mdnsPort = 5353;
/** What OpenWrt's umdns tells of: the pages of a router, and its shell. */
const services: readonly string[] = ['_http._tcp.local', '_https._tcp.local', '_ssh._tcp.local'];
const mostAnswers = 200;

export interface Asking {
  readonly waitMs: number;
  /** The address of the interface to ask on; the system's choice unless given. */
  readonly from?: string;
}

/** Addresses of this network that answered a question by multicast DNS, in order. */
export async function askNeighbours(guard: Guard, { waitMs, from }: Asking): Promise<readonly string[]> {
  const found = new Set<string>();
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  socket.on('message', (message, { address }) => {
    if (isAnswer(message) && found.size < mostAnswers) found.add(address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, from, resolve);
  });
  // A network that is not there is no failure: nobody answers.
  socket.on('error', () => undefined);
  try {
    if (from !== undefined) socket.setMulticastInterface(from);
    // RFC 6762 §11: link-local; a 1 here makes sure that no router passes it on.
    socket.setMulticastTTL(1);
    await guard.during({ kind: 'datagram', host: mdnsAddress, port: mdnsPort }, async () => {
      const sent = (error: Error | null): void => {
        if (error !== null) found.clear();
      };
      socket.send(question(), mdnsPort, mdnsAddress, sent);
    });
    await setTimeout(waitMs);
  } finally {
    socket.close();
  }
  return [...found].toSorted();
}

/** RFC 1035 §4.1: a header and one question for each service; the answers are to come to us (RFC 6762 §6.7). */
function question(): Uint8Array {
  const header = new Uint8Array([0, 1, 0, 0, 0, services.length, 0, 0, 0, 0, 0, 0]);
  const ptrIn = new Uint8Array([0, 12, 0, 1]);
  return concat(header, ...services.map((name) => concat(labels(name), ptrIn)));
}

function labels(name: string): Uint8Array {
  const parts = name.split('.').map((part) => concat(new Uint8Array([part.length]), utf8(part)));
  return concat(...parts, new Uint8Array([0]));
}

/** RFC 1035 §4.1.1: the bit QR, and at least one answer. */
function isAnswer(message: Uint8Array): boolean {
  return message.length >= 12 && ((message[2] ?? 0) & 0x80) !== 0 && ((message[6] ?? 0) << 8) + (message[7] ?? 0) > 0;
}

/** RFC 1918, RFC 3927, RFC 4193, RFC 4291 §2.5.6, and this machine itself: an address that the internet does not have. */
export function isHomeAddress(address: string): boolean {
  if (isIP(address) === 4) return /^(10\.|127\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
  return isIP(address) === 6 && /^(f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::1$)/i.test(address);
}
