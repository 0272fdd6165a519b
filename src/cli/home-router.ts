import { type Home, type HomeRouter, openRouters } from '#server/home.ts';
import type { Context } from './command.ts';
import type { Ending } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { routersText } from './home-routers.ts';
import { withHome } from './home-world.ts';

/** With the router that `--router` names, or the only one, and alone in the folder. */
export function withRouter(
  context: Context,
  work: (router: HomeRouter, home: Home) => Promise<Ending>,
): Promise<Ending> {
  return withHome(context, false, async (home) => {
    const router = await routerFor(context, home);
    return await home.locked(() => work(router, home));
  });
}

/** @throws Failure `not-found`, `usage`. */
export async function routerFor(context: Context, home: Home): Promise<HomeRouter> {
  const routers = await openRouters(home);
  const wanted = context.args.text('router');
  const names = routers.map(({ router }) => router.name);
  if (routers.length === 0)
    throw new Failure(
      'not-found',
      'No router was adopted yet.',
      '`coffre home discover`, then `coffre home adopt ADDRESS`',
    );
  if (wanted === undefined && routers.length > 1)
    throw new Failure('usage', `There are ${routersText(names)}.`, 'name one with --router');
  const router = wanted === undefined ? routers[0] : routers.find((each) => each.router.name === wanted);
  if (router === undefined)
    throw new Failure('not-found', `There is no router ${wanted ?? ''}; there are ${routersText(names)}.`);
  return router;
}
