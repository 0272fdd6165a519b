import { z } from 'zod';
import type { Incident } from '../contract/operator.ts';
import { type Endpoint, personal } from '../endpoint.ts';

const incident: z.ZodType<Incident> = z.object({
  kind: z.enum(['stamp-mismatch', 'mixed-halves', 'moved-row']),
  account: z.string().nullable().describe('null when nobody can know whose it was'),
  firstMs: z.number(),
  lastMs: z.number(),
  times: z.number().describe('counted at most once a minute'),
});

export const incidentEndpoints: readonly Endpoint[] = [
  personal({
    method: 'GET',
    path: '/incidents',
    who: 'operator',
    summary: 'whose sessions or answers came near somebody else; nothing was shown',
    answer: z.array(incident),
    run: async ({ parts }) => [...(await parts.incidents())],
  }),
];
