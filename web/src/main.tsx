import './trusted-types.ts';
import '@mantine/core/styles.css';
import './ui/global.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/query-client.ts';
import { takeUpSession } from './api/session.ts';
import { router } from './router.tsx';
import { Dialogs } from './ui/dialogs.tsx';
import { cssVariables, theme } from './ui/theme.ts';
import { Toasts } from './ui/toasts.tsx';

// On plain HTTP beyond localhost a browser has none, and the application works without it.
if ('serviceWorker' in navigator) void navigator.serviceWorker.register('/worker.js').catch(() => undefined);

const colorSchemeManager = localStorageColorSchemeManager({ key: 'coffre.look' });
const styleNonce = document.getElementById('style-nonce')?.nonce ?? '';

// The library that holds the page still behind a dialog adds its style with the nonce that stands here.
Object.assign(globalThis, { __webpack_nonce__: styleNonce });

await takeUpSession();

createRoot(document.getElementById('root') ?? document.body).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemeManager}
      cssVariablesResolver={cssVariables}
      getStyleNonce={() => styleNonce}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <Dialogs />
        <Toasts />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
