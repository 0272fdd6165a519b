import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { utf8 } from '#base/bytes.ts';
import { Secret } from '#base/secret.ts';
import { hasJournal } from '#server/data-folder.ts';
import { realClock } from '#server/real-world.ts';
import { isBucketAddress } from '#store/places/bucket-address.ts';
import { openPlace } from '#store/places/open-place.ts';
import type { Place } from '#store/places/place.ts';
import type { Context } from './command.ts';
import { withControl } from './link.ts';
import { placesFor } from './places.ts';
import { ask } from './session.ts';

/** A copy of the instance's list, with what opens its place. */
export interface KnownCopy {
  readonly copy: string;
  readonly label: string;
  readonly place: string;
  readonly region?: string | undefined;
  readonly lock?: { readonly mode: 'COMPLIANCE' | 'GOVERNANCE'; readonly retentionMs: number } | undefined;
  readonly credentials?:
    | {
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken?: string | undefined;
      }
    | undefined;
}

const knownCopy: z.ZodType<readonly KnownCopy[]> = z.array(
  z.object({
    copy: z.string(),
    label: z.string(),
    place: z.string(),
    region: z.string().optional(),
    lock: z.object({ mode: z.enum(['COMPLIANCE', 'GOVERNANCE']), retentionMs: z.number() }).optional(),
    credentials: z
      .object({ accessKeyId: z.string(), secretAccessKey: z.string(), sessionToken: z.string().optional() })
      .optional(),
  }),
);

export function knownCopies(context: Context): Promise<readonly KnownCopy[]> {
  return withControl(context, (control) => ask(control, 'copy.access', {}, 'copies', knownCopy));
}

/** By label, id or place. */
function findCopy(copies: readonly KnownCopy[], given: string): KnownCopy | undefined {
  return copies.find((each) => each.label === given || each.copy === given || each.place === given);
}

/**
 * The copy of the list that is meant by a word which is no folder and no bucket that can be opened without the list: a label.
 * What is a folder needs no data folder, which may be what was lost.
 */
export async function namedCopy(context: Context, name: string): Promise<KnownCopy | undefined> {
  const { args, environment } = context;
  const isOpenBucket = args.text('credentials-file') !== undefined || (environment['AWS_ACCESS_KEY_ID'] ?? '') !== '';
  if (isBucketAddress(name) ? isOpenBucket : existsSync(resolve(name))) return undefined;
  return hasJournal(placesFor(context)) ? findCopy(await knownCopies(context), name) : undefined;
}

export async function openKnown({ place, region, lock, credentials }: KnownCopy): Promise<Place> {
  const secrets =
    credentials === undefined
      ? undefined
      : {
          accessKeyId: credentials.accessKeyId,
          secretAccessKey: new Secret(utf8(credentials.secretAccessKey)),
          sessionToken: credentials.sessionToken === undefined ? undefined : new Secret(utf8(credentials.sessionToken)),
        };
  return openPlace({ address: place, region, lock, credentials: secrets }, { clock: realClock, environment: {} });
}
