import { type Home, openHome } from '#server/home.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { setting } from './places.ts';

/** `--home`, else COFFRE_HOME, else ./home. The process is guarded from here to its end. */
export async function withHome(
  context: Context,
  mayCreate: boolean,
  work: (home: Home) => Promise<Ending>,
): Promise<Ending> {
  const home = await openHome(context.args.text('home') ?? setting(context, 'COFFRE_HOME') ?? 'home', mayCreate);
  try {
    return await work(home);
  } finally {
    await home.close();
  }
}
