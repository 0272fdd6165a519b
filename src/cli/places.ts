import { type Places, placesOf } from '#server/data-folder.ts';
import type { Context } from './command.ts';

/** `--data`, else COFFRE_DATA, else ./data; the instance key beside it unless `--key-file` says otherwise. */
export function placesFor(context: Context): Places {
  return placesOf(
    context.args.text('data') ?? setting(context, 'COFFRE_DATA') ?? 'data',
    context.args.text('key-file'),
  );
}

/** A variable that is set to nothing counts as not set. */
export function setting(context: Context, name: string): string | undefined {
  const value = context.environment[name];
  return value === '' ? undefined : value;
}
