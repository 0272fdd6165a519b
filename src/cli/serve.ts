import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';

const maxPort = 65_535;

/** What is not given here the server takes from its environment and its settings. */
export async function runServer({ args }: Context): Promise<Ending> {
  const options = {
    data: args.text('data'),
    port: args.count('port', 0, maxPort),
    host: args.text('host'),
    config: args.text('config'),
    keyFile: args.text('key-file'),
  };
  const { serve } = await import('#server/serve.ts');
  await serve(options);
  return 'ok';
}
