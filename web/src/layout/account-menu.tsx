import { Box, Menu, Text, UnstyledButton } from '@mantine/core';
import { IconLogout, IconUserCircle, IconUserShield } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { call } from '../api/client.ts';
import { endSession, useSession } from '../api/session.ts';
import { useWords } from '../i18n/language.ts';
import { toastProblem } from '../ui/toasts.tsx';
import styles from './frame.module.css';
import { LookAndLanguage } from './look-and-language.tsx';
import { words } from './words.ts';

export function AccountMenu(): JSX.Element {
  const w = useWords(words);
  const name = useSession()?.name ?? '';
  return (
    <Menu position="bottom-end" width={280}>
      <Menu.Target>
        <UnstyledButton className={styles['accountButton']} aria-label={`${w.account}: ${name}`}>
          <IconUserCircle size={26} stroke={1.6} aria-hidden />
          <Text span truncate className={styles['accountName'] ?? ''}>
            {name}
          </Text>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{name}</Menu.Label>
        <Box px="sm" py={6}>
          <LookAndLanguage />
        </Box>
        <Menu.Divider />
        <Menu.Item component={Link} to="/account" leftSection={<IconUserShield size={20} aria-hidden />}>
          {w.accountAndDevices}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={20} aria-hidden />} onClick={() => void signOut()}>
          {w.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

async function signOut(): Promise<void> {
  try {
    await call('POST', '/sign-out');
    endSession('signed-out');
  } catch (error) {
    toastProblem(error);
  }
}
