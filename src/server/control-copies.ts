import { z } from 'zod';
import type { CopyRecord } from '../accounts/instance-view.ts';
import { present } from '../base/assert.ts';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { copyIdOf, parseCopyId } from '../base/ids.ts';
import { Secret } from '../base/secret.ts';
import { joinPlace } from '../copies/copy-marker-check.ts';
import { countFates } from '../copies/fates.ts';
import { KeptLines } from '../copies/kept-lines.ts';
import type { Proof, ProofSettings } from '../copies/proof-status.ts';
import { Results, resultLine } from '../copies/results.ts';
import type { CopyDescription } from '../format/copy-description.ts';
import type { InstanceOperation } from '../format/instance-operations.ts';
import { isBucketAddress } from '../store/places/bucket-address.ts';
import { fateOfFolder } from '../store/places/folder-fate.ts';
import type { ControlAnswer } from './control-calls.ts';
import { type ControlCommands, command } from './control-command.ts';
import { done, refuse } from './control-values.ts';
import type { RunningDrill } from './copies-link.ts';
import { mayKeepLocks, openCopyPlace } from './copy-places.ts';
import { type CopyStatus, statusOf } from './copy-status.ts';
import type { Core } from './core.ts';
import { proofOf } from './proof-of.ts';
import { realClock, realRandomness } from './real-world.ts';

const text = z.string().min(1).max(1000);
const label = z
  .string()
  .max(100)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u);
const add: z.ZodType<Add> = z.object({
  place: text,
  label,
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
  region: text.optional(),
  lock: z.object({ mode: z.enum(['COMPLIANCE', 'GOVERNANCE']), retentionMs: z.number().int().min(1) }).optional(),
  credentials: z
    .object({ accessKeyId: text, secretAccessKey: text, sessionToken: z.string().min(1).max(10_000).optional() })
    .optional(),
});
const named = z.object({ copy: text });
/** What the command line proved; only of a copy. */
const proven = resultLine.refine(({ copy }) => copy !== undefined);

interface Add {
  readonly place: string;
  readonly label: string;
  readonly country?: string | undefined;
  readonly region?: string | undefined;
  readonly lock?: { readonly mode: 'COMPLIANCE' | 'GOVERNANCE'; readonly retentionMs: number } | undefined;
  readonly credentials?:
    | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string | undefined }
    | undefined;
}

const maxCopies = 50;

/** The copies of an instance: an operator's commands, no owner's. */
export class CopyControl {
  readonly #core: Core;
  readonly #proof: ProofSettings;
  /** Changes run one after the other: each decides on what the one before left. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(core: Core, proof: ProofSettings) {
    this.#core = core;
    this.#proof = proof;
  }

  get commands(): ControlCommands {
    return {
      'copy.add': command(add, async (args) => {
        const added = await this.add(args);
        if (added.kind === 'refused') return refuse(added.why);
        const { joined, sharesFateWithData } = added;
        return done({ ...describe(added.record), joined, sharesFateWithData });
      }),
      'copy.list': command(z.object({}), async () => done(this.#copies().map(describe))),
      'copy.access': command(z.object({}), async () => done(this.#copies().map(access))),
      'copy.proven': command(proven, async (result) => {
        await new Results(new KeptLines(this.#core.disk)).note(result);
        return done({});
      }),
      'copy.status': command(z.object({}), async () => done(await this.status())),
      'copy.follow': command(z.object({}), async () => {
        await this.#core.copies.hurry();
        return done({});
      }),
      'copy.progress': command(z.object({}), async () => done(await this.#core.copies.progress())),
      'copy.pause': command(named, (args) =>
        this.#change(args.copy, ({ copy }) => ({ o: 'copy-paused', copy, paused: true })),
      ),
      'copy.resume': command(named, (args) =>
        this.#change(args.copy, ({ copy }) => ({ o: 'copy-paused', copy, paused: false })),
      ),
      'copy.remove': command(named, (args) => this.#change(args.copy, ({ copy }) => ({ o: 'copy-removed', copy }))),
    };
  }

  #copies(): readonly CopyRecord[] {
    return this.#core.instance.view.copies();
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** @throws Fault `unavailable` when the place is not there. */
  add(args: Add): Promise<AddCopyResult> {
    return this.#inTurn(() => this.#add(args));
  }

  async #add(args: Add): Promise<AddCopyResult> {
    const { instance, places } = this.#core;
    const isFolder = !isBucketAddress(args.place);
    if (isFolder && `${args.place}/`.startsWith(`${places.dataFolder}/`)) return refused('inside-the-data');
    if (!isFolder && args.credentials === undefined) return refused('bad-arguments');
    if (this.#copies().length >= maxCopies) return refused('too-many-copies');
    const bucket = bucketOf(args);
    const description = { place: args.place, bucket };
    if (bucket?.lock !== undefined && !(await mayKeepLocks(description))) return refused('lock-not-kept');
    const place = await openCopyPlace(description);
    try {
      const made = {
        copy: copyIdOf(realRandomness.bytes(16)),
        instance: instance.vault,
        createdMs: realClock.nowMs(),
        country: args.country,
      };
      const joined = await joinPlace(place, made);
      if (!('marker' in joined)) return refused(joined.kind === 'foreign' ? 'foreign-copy' : 'copy-without-marker');
      const { copy, country } = joined.marker;
      if (this.#copies().some((each) => each.label === args.label && each.copy !== copy)) return refused('label-taken');
      const kind = isFolder ? 'folder' : 's3';
      const record: CopyDescription = {
        copy,
        kind,
        place: args.place,
        label: args.label,
        country: args.country ?? country,
        bucket,
      };
      // Crash before this: a marker that nothing follows yet; adding the place again takes it up.
      await instance.change(undefined, () => [{ o: 'copy', ...record }]);
      await this.#core.copies.define(this.#copies());
      const fate = await place.fate();
      return {
        kind: 'added',
        record: { ...record, paused: false },
        joined: joined.kind,
        sharesFateWithData: fate === (await fateOfFolder(places.dataFolder)),
      };
    } finally {
      await place.close();
    }
  }

  /** By label or id. */
  #change(given: string, operation: (copy: CopyRecord) => InstanceOperation): Promise<ControlAnswer> {
    return this.#inTurn(async () => {
      const id = parseCopyId(given);
      const [found, ...others] = this.#copies().filter((each) => each.copy === id || each.label === given);
      if (found === undefined || others.length > 0) return refuse('no-such-copy');
      await this.#core.instance.change(undefined, () => [operation(found)]);
      await this.#core.copies.define(this.#copies());
      return done(describe(found));
    });
  }

  /** Asks every place. */
  async status(): Promise<CopiesStatus> {
    const { copies, places } = this.#core;
    const [progress, proof] = [await copies.progress(), await proofOf(this.#core, this.#proof)];
    const rows = await Promise.all(
      this.#copies().map(async (each) => ({
        ...(await statusOf(
          this.#core,
          each,
          progress.find(({ copy }) => copy === each.copy),
        )),
        proof: present(proof.copies.get(each.copy), 'proof of a copy'),
      })),
    );
    const fates = rows.map(({ fate }) => fate ?? undefined);
    const { counting, withTheData } = countFates(await fateOfFolder(places.dataFolder), fates);
    const drilling = (await copies.drilling()) ?? null;
    return { copies: rows, counting, withTheData, primary: proof.primary, drilling };
  }
}

type AddCopyResult =
  | {
      readonly kind: 'added';
      readonly record: CopyRecord;
      readonly joined: 'made' | 'taken-up';
      readonly sharesFateWithData: boolean;
    }
  | { readonly kind: 'refused'; readonly why: CopyRefusal };

type CopyRefusal =
  | 'bad-arguments'
  | 'inside-the-data'
  | 'too-many-copies'
  | 'lock-not-kept'
  | 'foreign-copy'
  | 'copy-without-marker'
  | 'label-taken';

function refused(why: CopyRefusal): AddCopyResult {
  return { kind: 'refused', why };
}

interface CopiesStatus {
  readonly copies: readonly (CopyStatus & { readonly proof: Proof })[];
  readonly counting: number;
  readonly withTheData: number;
  /** Of the data folder. */
  readonly primary: Proof;
  readonly drilling: RunningDrill | null;
}

function bucketOf(args: Add): CopyDescription['bucket'] {
  const { credentials, region, lock } = args;
  if (!isBucketAddress(args.place) || credentials === undefined) return undefined;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    region,
    lock,
    credentials: {
      accessKeyId,
      secretAccessKey: new Secret(utf8(secretAccessKey)),
      sessionToken: sessionToken === undefined ? undefined : new Secret(utf8(sessionToken)),
    },
  };
}

/** With what opens it: whoever may use the control socket may also read the instance key, which opens this. */
function access({ copy, place, label: name, bucket }: CopyRecord): Readonly<Record<string, unknown>> {
  const common = { copy, place, label: name };
  if (bucket === undefined) return common;
  const { region, lock, credentials } = bucket;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    ...common,
    region,
    lock,
    credentials: {
      accessKeyId,
      secretAccessKey: fromUtf8(secretAccessKey.expose()),
      sessionToken: sessionToken === undefined ? undefined : fromUtf8(sessionToken.expose()),
    },
  };
}

/** Without what opens it. */
function describe({ copy, kind, place, label: name, country, paused }: CopyRecord): Readonly<Record<string, unknown>> {
  return { copy, kind, place, label: name, country: country ?? null, paused };
}
