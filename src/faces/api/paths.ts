import { z } from 'zod';
import type { Path } from '#vault/files/types.ts';
import { notFound } from './problem.ts';

/** From the root down, as JSON in the query: a name may hold every character but `/`. */
export const path: z.ZodArray<z.ZodString> = z.array(z.string().min(1).max(1024)).max(1000);

export const pathQuery: z.ZodObject<{ path: z.ZodDefault<z.ZodString> }> = z.object({
  path: z
    .string()
    .max(64 * 1024)
    .default('[]'),
});

/** @throws ApiProblem 404. */
export function pathOf(text: string): Path {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notFound();
  }
  const parsed = path.safeParse(value);
  if (!parsed.success) throw notFound();
  return parsed.data;
}
