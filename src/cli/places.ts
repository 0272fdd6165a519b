import { type Places, placesOf } from '#server/data-folder.ts';
import type { Context } from './command.ts';

/** `--data`, else COFFRE_DATA, else ./data; the instance key beside it unless `--key-file` or COFFRE_KEY_FILE says otherwise. */
export function placesFor(context: Context): Places {
  const { args } = context;
  return placesOf(
    args.text('data') ?? setting(context, 'COFFRE_DATA') ?? 'data',
    args.text('key-file') ?? setting(context, 'COFFRE_KEY_FILE'),
  );
}

/** A variable that is set to nothing counts as not set. */
export function setting(context: Context, name: string): string | undefined {
  const value = context.environment[name];
  return value === '' ? undefined : value;
}
