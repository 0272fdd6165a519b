import {
  type AnyRoute,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type RouterHistory,
  useNavigate,
} from '@tanstack/react-router';
import { type ComponentType, type JSX, useEffect } from 'react';
import type { Me } from '#faces/api/contract/account.ts';
import { useApi } from './api/hooks.ts';
import { useEnding, useSession } from './api/session.ts';
import { Alarm } from './layout/alarm.tsx';
import { Frame, type Way } from './layout/frame.tsx';
import { Crashed, NotFound } from './layout/lost.tsx';
import type { Page } from './pages/page.ts';
import { pages } from './pages/registry.ts';
import { Loading } from './ui/states.tsx';

const root = createRootRoute({ component: Root, notFoundComponent: NotFound, errorComponent: Crashed });

const inside = createRoute({ getParentRoute: () => root, id: 'inside', component: Inside, errorComponent: Crashed });

function Root(): JSX.Element {
  return useEnding() === 'stranger' ? <Alarm /> : <Outlet />;
}

/** For whoever is signed in; anybody else signs in first and comes back here. */
function Inside(): JSX.Element | null {
  const session = useSession();
  const navigate = useNavigate();
  const isOut = session === undefined;
  useEffect(() => {
    const { pathname, search } = location;
    const next = pathname + search;
    if (isOut) void navigate({ to: '/sign-in', search: next === '/' ? {} : { next }, replace: true });
  }, [isOut, navigate]);
  const me = useApi<Me>('/me');
  if (isOut) return null;
  return <Frame ways={waysFor(me.data?.isOperator ?? false)} />;
}

function waysFor(isOperator: boolean): readonly Way[] {
  return pages
    .flatMap(({ path, navigation, audience }) =>
      navigation === undefined || (audience === 'operator' && !isOperator)
        ? []
        : [{ ...navigation, to: path.replace(/\/\$.*$/, '') || '/' }],
    )
    .toSorted((one, other) => one.order - other.order);
}

/** Not more often: a page that cannot be loaded at all says so. */
const reloadEveryMs = 60_000;
const reloadedKey = 'coffre.reloaded';

/** After an upgrade of the server the files of before are gone: the whole application is loaded again, once. */
async function loaded(page: Page): Promise<ComponentType> {
  try {
    return await page.load();
  } catch (error) {
    if (navigator.onLine && Date.now() - Number(sessionStorage.getItem(reloadedKey)) > reloadEveryMs) {
      sessionStorage.setItem(reloadedKey, String(Date.now()));
      location.reload();
    }
    throw error;
  }
}

function routeOf(page: Page): AnyRoute {
  return createRoute({
    getParentRoute: () => (page.audience === 'visitor' ? root : inside),
    path: page.path,
    component: lazyRouteComponent(async () => ({ default: await loaded(page) })),
    pendingComponent: Loading,
    errorComponent: Crashed,
  });
}

function makeRouter(): ReturnType<typeof createRouter<AnyRoute, 'never', false, RouterHistory>> {
  const of = (isForVisitors: boolean): AnyRoute[] =>
    pages.filter(({ audience }) => (audience === 'visitor') === isForVisitors).map(routeOf);
  return createRouter({
    routeTree: root.addChildren([...of(true), inside.addChildren(of(false))]),
    defaultPreload: 'intent',
    defaultPendingMs: 200,
  }) as never;
}

export const router: ReturnType<typeof makeRouter> = makeRouter();
