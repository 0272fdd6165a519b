import { join } from 'node:path';
import type { HostName } from '#crypto/own-authority.ts';
import { requestCertificate } from '#server/acme.ts';
import { certificateName, keyName, makeOwnCertificate, parseHost } from '#server/tls-files.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { usage } from './failure.ts';
import { placesFor } from './places.ts';
import { timeText } from './terminal.ts';

export async function makeOwn(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const host = hostOf(context);
  const made = await makeOwnCertificate(placesFor(context).dataFolder, host);
  if (args.flag('json')) {
    terminal.json(made);
    return 'ok';
  }
  terminal.line(`The certificate for ${host.text} is good until ${timeText(made.endsMs)}.`);
  terminal.line(`SHA-256 of the authority: ${made.fingerprint}`);
  if (made.isNewRoot)
    terminal.note('The authority is new. Tell each device once to trust it: open /trust on the server with it.');
  noteSettings(context, made.folder, host);
  return 'ok';
}

export async function request(context: Context): Promise<Ending> {
  const { args, terminal } = context;
  const host = hostOf(context);
  if (host.kind === 'ip') throw usage('A public authority gives certificates for names.', 'coffre tls own ADDRESS');
  const got = await requestCertificate({
    dataFolder: placesFor(context).dataFolder,
    host,
    directory: args.text('directory'),
    listen: { host: args.text('host'), port: portOf(context) },
    always: args.flag('force'),
  });
  if (args.flag('json')) {
    terminal.json(got);
    return 'ok';
  }
  if (got.kind === 'not-due') {
    terminal.line(`The certificate for ${host.text} is good until ${timeText(got.endsMs)}. Nothing was asked.`);
    return 'ok';
  }
  terminal.line(`The certificate for ${host.text} is good until ${timeText(got.endsMs)}.`);
  noteSettings(context, got.folder, host);
  return 'ok';
}

function hostOf({ args }: Context): HostName {
  const text = args.operand(0);
  const host = parseHost(text);
  if (host === undefined)
    throw usage(
      `\`${text}\` is no name of a host with a dot in it, and no IPv4 address.`,
      'coffre.home.arpa, for example',
    );
  return host;
}

function portOf({ args }: Context): number {
  const text = args.text('port') ?? '80';
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw usage(`\`${text}\` is no port.`);
  return port;
}

function noteSettings({ terminal }: Context, folder: string, host: HostName): void {
  terminal.note('A running server takes a renewed certificate within a minute. For the first one, these settings:');
  const settings = {
    host: '0.0.0.0',
    port: 443,
    origins: [`https://${host.text}`],
    tls: { certificateFile: join(folder, certificateName), keyFile: join(folder, keyName) },
  };
  terminal.note(JSON.stringify(settings, undefined, 2));
}
