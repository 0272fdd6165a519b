import { type Config, isLoopback } from './config.ts';

/**
 * DESIGN: beyond loopback only TLS on a name; plain HTTP for peers on loopback, with the Host checked. A name that is not ours
 * may be a page of somebody else's whose name was made to point here (DNS rebinding). Undefined when all is well.
 */
export function hostProblem(config: Config, host: string | undefined, peer: string): string | undefined {
  if (config.tls === undefined && !isLoopback(peer))
    return 'Plain HTTP is answered on this machine only. Use the https address.\n';
  const name = host === undefined ? undefined : hostName(host);
  if (name === undefined) return 'A request needs a Host header.\n';
  if (isLoopback(name) || config.origins.some((origin) => new URL(origin).hostname === name)) return undefined;
  return `This server is not known as ${JSON.stringify(name.slice(0, 100))}. Add it to the setting "origins".\n`;
}

function hostName(host: string): string | undefined {
  const bracketed = /^\[([0-9a-fA-F:.]+)\](?::\d{1,5})?$/.exec(host);
  if (bracketed?.[1] !== undefined) return bracketed[1];
  const plain = /^([A-Za-z0-9._-]+)(?::\d{1,5})?$/.exec(host);
  return plain?.[1]?.toLowerCase();
}
