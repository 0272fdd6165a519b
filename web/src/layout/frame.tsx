import { Group, Menu, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { type JSX, lazy, Suspense, useEffect, useRef, useSyncExternalStore } from 'react';
import { useLiveUpdates } from '../api/live.ts';
import { type Language, useLanguage, useWords } from '../i18n/language.ts';
import type { NavigationPlace } from '../pages/page.ts';
import { uploads } from '../uploads/queue.ts';
import { AccountMenu } from './account-menu.tsx';
import styles from './frame.module.css';
import { Logo } from './logo.tsx';
import { MaintenanceNote } from './maintenance.tsx';
import { words } from './words.ts';

export interface Way extends NavigationPlace {
  readonly to: string;
}

const UploadPanel = lazy(async () => ({ default: (await import('../uploads/upload-panel.tsx')).UploadPanel }));

/** How many stand in a phone's bar beside "More". */
const inBar = 4;

/** The frame of every page of an owner: navigation at the side, on a phone at the bottom; the page in the middle. */
export function Frame({ ways }: { readonly ways: readonly Way[] }): JSX.Element {
  const w = useWords(words);
  useLiveUpdates();
  const { pathname } = useLocation();
  const content = useRef<HTMLElement>(null);
  const shown = useRef(pathname);
  useEffect(() => {
    // Who goes by keyboard or by ear starts at the new page, not where the old one was left.
    if (shown.current === pathname) return;
    shown.current = pathname;
    content.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [pathname]);
  return (
    <div className={styles['frame']}>
      <a className={styles['skip']} href="#content">
        {w.skip}
      </a>
      <header className={styles['side']}>
        <Group gap="sm" className={styles['brand']}>
          <Logo />
          <Text fw={650} size="lg">
            Coffre
          </Text>
        </Group>
        <nav aria-label={w.navigation} className={styles['wideOnly']}>
          <Stack gap={2}>
            {ways.map((way) => (
              <SideLink key={way.to} way={way} />
            ))}
          </Stack>
        </nav>
        <div className={styles['account']}>
          <AccountMenu />
        </div>
      </header>
      <main id="content" ref={content} tabIndex={-1} className={styles['content']}>
        <MaintenanceNote />
        <Outlet />
      </main>
      <PhoneBar ways={ways} />
      <UploadsInView />
    </div>
  );
}

/** Uploads go on, and are seen, on whatever page somebody is. */
function UploadsInView(): JSX.Element | null {
  const isAny = useSyncExternalStore(uploads.subscribe, () => uploads.get().length > 0);
  return isAny ? (
    <Suspense>
      <UploadPanel />
    </Suspense>
  ) : null;
}

function SideLink({ way }: { readonly way: Way }): JSX.Element {
  const language = useLanguage();
  const { icon: Sign, label, to } = way;
  return (
    <Link to={to} className={styles['sideLink']} activeOptions={{ exact: to === '/' }}>
      <Sign size={22} stroke={1.7} aria-hidden />
      {label[language]}
    </Link>
  );
}

function PhoneBar({ ways }: { readonly ways: readonly Way[] }): JSX.Element {
  const w = useWords(words);
  const language = useLanguage();
  const shown = ways.length <= inBar + 1 ? ways : ways.slice(0, inBar);
  const hidden = ways.slice(shown.length);
  return (
    <nav aria-label={w.navigation} className={styles['bar']}>
      {shown.map((way) => (
        <BarLink key={way.to} way={way} language={language} />
      ))}
      {hidden.length > 0 && (
        <Menu position="top-end" width={240}>
          <Menu.Target>
            <UnstyledButton className={styles['barLink']}>
              <IconDots size={24} stroke={1.7} aria-hidden />
              {w.more}
            </UnstyledButton>
          </Menu.Target>
          <Menu.Dropdown>
            {hidden.map(({ to, label, icon: Sign }) => (
              <Menu.Item key={to} component={Link} to={to} leftSection={<Sign size={20} aria-hidden />}>
                {label[language]}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </nav>
  );
}

function BarLink({ way, language }: { readonly way: Way; readonly language: Language }): JSX.Element {
  const { icon: Sign, label, to } = way;
  return (
    <Link to={to} className={styles['barLink']} activeOptions={{ exact: to === '/' }}>
      <Sign size={24} stroke={1.7} aria-hidden />
      <span>{label[language]}</span>
    </Link>
  );
}
