import { QueryClient } from '@tanstack/react-query';
import { isProblem } from './problem.ts';
import { onSessionEnd } from './session.ts';

const mostRetries = 2;

export const queryClient: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refusal stays one; only a connection that was not there is worth another try.
      retry: (count, error) => count < mostRetries && isProblem(error, 'no-connection'),
    },
    mutations: { retry: false },
  },
});

onSessionEnd(() => queryClient.clear());
