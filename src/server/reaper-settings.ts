import { z } from 'zod';
import { Fault } from '../base/fault.ts';
import { type ReaperLimits, usualLimits } from '../copies/reaper-breakers.ts';

const dayMs: number = 24 * 60 * 60_000;
const leastWindowDays: number = usualLimits.windowMs / dayMs;

/** The part `reaper` of the configuration file (docs/operating.md). */
export const reaperSchema: z.ZodType<ReaperFileSettings> = z.strictObject({
  windowDays: z.number().min(leastWindowDays).max(36_500).optional(),
  accumulateDays: z.number().min(1).max(36_500).optional(),
  vaultPercent: z.number().min(0).max(100).optional(),
  instancePercent: z.number().min(0).max(100).optional(),
  floorChunks: z.number().int().min(0).max(1_000_000_000).optional(),
  looser: z.boolean().optional(),
  credentials: z.record(z.string().min(1).max(4096), z.string().min(1).max(4096)).optional(),
});

export interface ReaperFileSettings {
  readonly windowDays?: number | undefined;
  readonly accumulateDays?: number | undefined;
  readonly vaultPercent?: number | undefined;
  readonly instancePercent?: number | undefined;
  readonly floorChunks?: number | undefined;
  /** Without it nothing may let more through than is usual. */
  readonly looser?: boolean | undefined;
  /** By address of a bucket: the file with what may erase there. */
  readonly credentials?: Readonly<Record<string, string>> | undefined;
}

export interface ReaperSettings {
  readonly limits: ReaperLimits;
  readonly credentials: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const numbers = {
  windowDays: 'COFFRE_REAPER_WINDOW_DAYS',
  accumulateDays: 'COFFRE_REAPER_ACCUMULATE_DAYS',
  vaultPercent: 'COFFRE_REAPER_VAULT_PERCENT',
  instancePercent: 'COFFRE_REAPER_INSTANCE_PERCENT',
  floorChunks: 'COFFRE_REAPER_FLOOR_CHUNKS',
} as const;
const looserName = 'COFFRE_REAPER_LOOSER';
const known: ReadonlySet<string> = new Set([...Object.values(numbers), looserName]);

/** @throws Fault `bad-config`: also for what is looser than usual without saying so, and for a name that is unknown. */
export function reaperSettings(file: ReaperFileSettings, environment: Environment): ReaperSettings {
  const merged = { ...file, ...fromEnvironment(environment) };
  const limits: ReaperLimits = {
    windowMs: (merged.windowDays ?? leastWindowDays) * dayMs,
    accumulateMs: merged.accumulateDays === undefined ? usualLimits.accumulateMs : merged.accumulateDays * dayMs,
    ofVault: merged.vaultPercent === undefined ? usualLimits.ofVault : merged.vaultPercent / 100,
    ofInstance: merged.instancePercent === undefined ? usualLimits.ofInstance : merged.instancePercent / 100,
    floorChunks: merged.floorChunks ?? usualLimits.floorChunks,
  };
  const looser = looserThanUsual(limits);
  if (looser.length > 0 && merged.looser !== true) {
    throw new Fault(
      'bad-config',
      `Limits of the reaper would let more through than is usual: ${looser.join(', ')}. Nothing was erased. ` +
        `Take them away, or say that you mean it: reaper.looser, or ${looserName}=yes.`,
    );
  }
  return { limits, credentials: merged.credentials ?? {} };
}

/** By the names of the settings. */
export function looserThanUsual(limits: ReaperLimits): readonly string[] {
  return [
    ...(limits.accumulateMs < usualLimits.accumulateMs ? ['accumulateDays'] : []),
    ...(limits.ofVault > usualLimits.ofVault ? ['vaultPercent'] : []),
    ...(limits.ofInstance > usualLimits.ofInstance ? ['instancePercent'] : []),
    ...(limits.floorChunks > usualLimits.floorChunks ? ['floorChunks'] : []),
  ];
}

function fromEnvironment(environment: Environment): ReaperFileSettings {
  // A stricter limit under a wrong name would silently be none.
  const wrong = Object.keys(environment).find((name) => name.startsWith('COFFRE_REAPER_') && !known.has(name));
  if (wrong !== undefined) throw notValid(`${wrong} is no setting of the reaper`);
  const found: Record<string, unknown> = {};
  for (const [key, name] of Object.entries(numbers)) {
    const text = environment[name];
    if (text !== undefined && text !== '') found[key] = Number(text);
  }
  const looser = environment[looserName];
  if (looser !== undefined && looser !== '') {
    if (looser !== 'yes' && looser !== 'no') throw notValid(`${looserName} is yes or no`);
    found['looser'] = looser === 'yes';
  }
  const parsed = reaperSchema.safeParse(found);
  if (!parsed.success) throw notValid(z.prettifyError(parsed.error));
  return parsed.data;
}

function notValid(what: string): Fault {
  return new Fault('bad-config', `A setting in the environment is not valid. Nothing was erased.\n${what}`);
}
