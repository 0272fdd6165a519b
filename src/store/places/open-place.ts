import type { Clock } from '#base/clock.ts';
import { isBucketAddress, parseBucketAddress } from './bucket-address.ts';
import { openFolderPlace } from './folder-place.ts';
import type { Place } from './place.ts';
import { S3Client } from './s3-client.ts';
import { type Environment, readS3Credentials, type S3Credentials } from './s3-credentials.ts';
import { checkLock, type LockCheck, type LockSettings } from './s3-lock.ts';
import { S3Place, type S3PlaceParts } from './s3-place.ts';

export interface PlaceSettings {
  /** A folder, or `s3://HOST[:PORT]/BUCKET[/PREFIX]`. */
  readonly address: string;
  /** Of a bucket. */
  readonly region?: string | undefined;
  readonly credentialsFile?: string | undefined;
  /** Instead of a file. */
  readonly credentials?: S3Credentials | undefined;
  readonly lock?: LockSettings | undefined;
}

export interface PlaceWorld {
  readonly clock: Clock;
  /** Credentials of a bucket stand there when no file is named. */
  readonly environment: Environment;
}

/** @throws Fault `bad-config` for settings that cannot be right, `unavailable` for a folder that is not there. */
export async function openPlace(settings: PlaceSettings, world: PlaceWorld): Promise<Place> {
  if (!isBucketAddress(settings.address)) return await openFolderPlace(settings.address);
  return new S3Place(await bucketParts(settings, world));
}

/** What the lock of a place is worth, tried on an object of its own; `not-offered` for a folder. */
export async function checkLockOf(settings: PlaceSettings, world: PlaceWorld): Promise<LockCheck> {
  if (!isBucketAddress(settings.address)) return 'not-offered';
  const { client } = await bucketParts(settings, world);
  return await checkLock(client, settings.lock?.mode ?? 'COMPLIANCE', world.clock.nowMs());
}

export async function bucketParts(settings: PlaceSettings, world: PlaceWorld): Promise<S3PlaceParts> {
  const client = new S3Client({
    address: parseBucketAddress(settings.address),
    region: settings.region ?? 'us-east-1',
    credentials: settings.credentials ?? (await readS3Credentials(settings.credentialsFile, world.environment)),
    clock: world.clock,
  });
  return { client, clock: world.clock, lock: settings.lock };
}
