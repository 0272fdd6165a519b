import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { utf8 } from '#base/bytes.ts';
import { Fault } from '#base/fault.ts';
import { Secret } from '#base/secret.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const fileSchema = z.strictObject({
  accessKeyId: z.string().min(1).max(200),
  secretAccessKey: z.string().min(1).max(1000),
  sessionToken: z.string().min(1).max(10_000).optional(),
});
const maxFileBytes = 64 * 1024;
const readableByOthers = 0o077;

/** From the file when one is named, else from the variables that S3 programs share. @throws Fault `bad-config` */
export async function readS3Credentials(file: string | undefined, environment: Environment): Promise<S3Credentials> {
  if (file !== undefined) return credentialsOf(await readJson(file), file);
  const found = {
    accessKeyId: environment['AWS_ACCESS_KEY_ID'],
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'],
    sessionToken: environment['AWS_SESSION_TOKEN'],
  };
  return credentialsOf(found, 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment');
}

function credentialsOf(found: unknown, origin: string): S3Credentials {
  const parsed = fileSchema.safeParse(found);
  if (!parsed.success) {
    // Without what was found: a part of it may be a secret.
    const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'an unknown field').join(', ');
    throw new Fault('bad-config', `No credentials for the bucket in ${origin}: ${fields} missing or not valid.`);
  }
  const { accessKeyId, secretAccessKey, sessionToken } = parsed.data;
  return {
    accessKeyId,
    secretAccessKey: new Secret(utf8(secretAccessKey)),
    sessionToken: sessionToken === undefined ? undefined : new Secret(utf8(sessionToken)),
  };
}

async function readJson(file: string): Promise<unknown> {
  try {
    const { mode, size } = await stat(file);
    if ((mode & readableByOthers) !== 0) {
      throw new Fault('bad-config', `${file} holds credentials and is open to others. Close it: chmod 600 ${file}`);
    }
    if (size > maxFileBytes) throw new Fault('bad-config', `${file} is too large for credentials.`);
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    // A parser's message would quote the file.
    throw new Fault('bad-config', `The credentials in ${file} cannot be read: is it there, and JSON?`);
  }
}
