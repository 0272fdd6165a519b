import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Fault } from '../base/fault.ts';
import { parseTimeOfDay } from '../copies/drill-schedule.ts';
import { type ProofSettings, usualProof } from '../copies/proof-status.ts';
import { type ReaperFileSettings, type ReaperSettings, reaperSchema, reaperSettings } from './reaper-settings.ts';

/**
 * Settings of the server. Later ones win: defaults, the configuration file (JSON), environment variables, arguments.
 * docs/operating.md describes each.
 */
const fileSchema = z.strictObject({
  data: z.string().min(1).optional(),
  keyFile: z.string().min(1).optional(),
  host: z.string().min(1).optional(),
  port: z.number().int().min(0).max(65_535).optional(),
  /** Names under which the server may be reached, besides localhost: `https://cloud.example.org`. */
  origins: z
    .array(z.url({ protocol: /^https$/ }))
    .max(20)
    .optional(),
  /** Addresses of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  trustedProxies: z.array(z.string().min(1)).max(20).optional(),
  tls: z.strictObject({ certificateFile: z.string().min(1), keyFile: z.string().min(1) }).optional(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).optional(),
  traceDays: z.number().int().min(1).max(3650).optional(),
  /** In which all that is stored is read back once. */
  verifyDays: z.number().int().min(1).max(365).optional(),
  /** When a drill of one copy begins, `HH:MM` by the clock of the machine, or `off`. */
  drillAt: z
    .string()
    .refine((text) => text === 'off' || parseTimeOfDay(text) !== undefined, 'is a time like 03:30, or off')
    .optional(),
  /** Every so many nights. */
  drillDays: z.number().int().min(1).max(365).optional(),
  sweepDays: z.number().int().min(0).max(3650).optional(),
  /** Bytes per second, for all copies together; none is no limit. */
  copyBandwidth: z.number().int().min(1024).optional(),
  /** Of the reaper, which reads the same file. */
  reaper: reaperSchema.optional(),
});

type FileConfig = z.infer<typeof fileSchema>;

export interface Config {
  readonly data: string;
  readonly keyFile: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly origins: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly tls: { readonly certificateFile: string; readonly keyFile: string } | undefined;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly traceDays: number;
  /** When the data folder and the copies are proven. */
  readonly proof: ProofSettings;
  readonly sweepDays: number;
  readonly copyBandwidth: number | undefined;
}

const dayMs: number = 24 * 60 * 60_000;

export interface ServeOptions {
  readonly data?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly config?: string | undefined;
}

/** @throws Fault `bad-config`, naming the setting. */
export async function readConfig(
  options: ServeOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Config> {
  const file = await readConfigFile(options.config ?? environment['COFFRE_CONFIG']);
  const fromEnvironment = parse(environmentSettings(environment), 'the environment');
  const merged = {
    ...file,
    ...defined(fromEnvironment),
    ...defined({ data: options.data, keyFile: options.keyFile, host: options.host, port: options.port }),
  };
  const config: Config = {
    data: merged.data ?? './data',
    keyFile: merged.keyFile,
    host: merged.host ?? '127.0.0.1',
    port: merged.port ?? 8080,
    origins: merged.origins ?? [],
    trustedProxies: merged.trustedProxies ?? [],
    tls: merged.tls,
    logLevel: merged.logLevel ?? 'info',
    traceDays: merged.traceDays ?? 365,
    proof: proofOf(merged),
    sweepDays: merged.sweepDays ?? 7,
    copyBandwidth: merged.copyBandwidth,
  };
  // DESIGN §4: beyond loopback only TLS.
  if (!isLoopback(config.host) && config.tls === undefined) {
    throw new Fault(
      'bad-config',
      `Listening on ${config.host} without TLS would send passwords in clear. Set tls.certificateFile and tls.keyFile, or listen on 127.0.0.1 behind a reverse proxy.`,
    );
  }
  return config;
}

/** @throws Fault `bad-config`, naming the setting. */
export async function readReaperSettings(
  path: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ReaperSettings> {
  const file = await readConfigFile(path ?? environment['COFFRE_CONFIG']);
  const settings: ReaperFileSettings = file.reaper ?? {};
  return reaperSettings(settings, environment);
}

function proofOf({ verifyDays, drillAt, drillDays }: FileConfig): ProofSettings {
  const { verifyPeriodMs, drills } = usualProof;
  const atMinute = drillAt === undefined ? drills.atMinute : parseTimeOfDay(drillAt);
  const everyDays = drillDays ?? drills.everyDays;
  return {
    verifyPeriodMs: verifyDays === undefined ? verifyPeriodMs : verifyDays * dayMs,
    drills: atMinute === undefined ? undefined : { atMinute, everyDays },
  };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '::ffff:127.0.0.1' || /^127(\.\d{1,3}){3}$/.test(host);
}

async function readConfigFile(path: string | undefined): Promise<FileConfig> {
  if (path === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new Fault('bad-config', `The configuration file ${path} cannot be read as JSON. Nothing was started.`, {
      cause,
    });
  }
  return parse(value, path);
}

function parse(value: unknown, where: string): FileConfig {
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Fault(
    'bad-config',
    `A setting in ${where} is not valid. Nothing was started.\n${z.prettifyError(parsed.error)}`,
  );
}

function environmentSettings(
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, unknown>> {
  const list = (value: string | undefined): readonly string[] | undefined =>
    value?.split(',').map((each) => each.trim());
  const certificateFile = environment['COFFRE_TLS_CERTIFICATE_FILE'];
  const tlsKeyFile = environment['COFFRE_TLS_KEY_FILE'];
  const number = (value: string | undefined): number | undefined => (value === undefined ? undefined : Number(value));
  return defined({
    data: environment['COFFRE_DATA'],
    keyFile: environment['COFFRE_KEY_FILE'],
    host: environment['COFFRE_HOST'],
    port: number(environment['COFFRE_PORT']),
    origins: list(environment['COFFRE_ORIGINS']),
    trustedProxies: list(environment['COFFRE_TRUSTED_PROXIES']),
    tls:
      certificateFile === undefined && tlsKeyFile === undefined ? undefined : { certificateFile, keyFile: tlsKeyFile },
    logLevel: environment['COFFRE_LOG_LEVEL'],
    traceDays: number(environment['COFFRE_TRACE_DAYS']),
    verifyDays: number(environment['COFFRE_VERIFY_DAYS']),
    drillAt: environment['COFFRE_DRILL_AT'],
    drillDays: number(environment['COFFRE_DRILL_DAYS']),
    sweepDays: number(environment['COFFRE_SWEEP_DAYS']),
    copyBandwidth: number(environment['COFFRE_COPY_BANDWIDTH']),
  });
}

function defined<T extends object>(settings: T): Partial<T> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Partial<T>;
}
