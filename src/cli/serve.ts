import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { setting } from './places.ts';

const maxPort = 65_535;

export async function runServer(context: Context): Promise<Ending> {
  const { args } = context;
  const options = {
    data: args.text('data') ?? setting(context, 'COFFRE_DATA'),
    port: args.count('port', 0, maxPort),
    host: args.text('host'),
    config: args.text('config'),
    keyFile: args.text('key-file'),
  };
  const { serve } = await import('#server/serve.ts');
  await serve(options);
  return 'ok';
}
