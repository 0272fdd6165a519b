import { z } from 'zod';
import { present } from '#base/assert.ts';

/** OpenWrt's configuration: files of sections of options. Order of sections counts: rules of a firewall are read in it. */
export type UciValue = string | readonly string[];
export interface UciSection {
  readonly name: string;
  readonly type: string;
  /** Its name is made by the router and may be another one after a commit. */
  readonly anonymous: boolean;
  readonly options: Readonly<Record<string, UciValue>>;
}
export type UciConfig = readonly UciSection[];

export type UciChange =
  | {
      readonly op: 'add';
      readonly config: string;
      readonly type: string;
      /** Undefined: an anonymous section. */
      readonly name?: string | undefined;
      readonly values: Readonly<Record<string, UciValue>>;
    }
  | {
      readonly op: 'set';
      readonly config: string;
      readonly section: string;
      readonly values: Readonly<Record<string, UciValue>>;
    }
  | {
      readonly op: 'delete';
      readonly config: string;
      readonly section: string;
      /** Undefined: the whole section. */
      readonly options?: readonly string[] | undefined;
    }
  | { readonly op: 'order'; readonly config: string; readonly sections: readonly string[] };

const maxSections = 2000;
const value: z.ZodType<UciValue> = z.union([z.string().max(10_000), z.array(z.string().max(10_000)).max(1000)]);

export const uciSection: z.ZodType<UciSection> = z.object({
  name: z.string().min(1).max(256),
  type: z.string().min(1).max(256),
  anonymous: z.boolean(),
  options: z.record(z.string().max(256), value),
});

/** `uci get` of a whole configuration (rpcd `uci.c`: rpc_uci_dump_package). */
const dumped = z.object({ values: z.record(z.string(), z.record(z.string(), z.unknown())) });
const dumpedHead = z.object({
  '.name': z.string(),
  '.type': z.string(),
  '.anonymous': z.union([z.boolean(), z.number()]),
  '.index': z.number().int().optional(),
});

/** Undefined when it is not what rpcd answers. */
export function parseUciConfig(data: unknown): UciConfig | undefined {
  const parsed = dumped.safeParse(data);
  if (!parsed.success) return undefined;
  const sections: { readonly index: number; readonly section: UciSection }[] = [];
  for (const raw of Object.values(parsed.data.values)) {
    const head = dumpedHead.safeParse(raw);
    if (!head.success) return undefined;
    const options = Object.fromEntries(Object.entries(raw).filter(([name]) => !name.startsWith('.')));
    const section = uciSection.safeParse({
      name: head.data['.name'],
      type: head.data['.type'],
      anonymous: Boolean(head.data['.anonymous']),
      options,
    });
    if (!section.success) return undefined;
    sections.push({ index: head.data['.index'] ?? sections.length, section: section.data });
  }
  if (sections.length > maxSections) return undefined;
  return sections.toSorted((one, other) => one.index - other.index).map(({ section }) => section);
}

/** What a configuration is after a change, as the router would make it. */
export function changedConfig(config: UciConfig, change: UciChange): UciConfig {
  switch (change.op) {
    case 'add': {
      const name = change.name ?? `new${config.length}`;
      const added = { name, type: change.type, anonymous: change.name === undefined, options: change.values };
      return [...config.filter((each) => each.name !== name), added];
    }
    case 'set':
      return config.map((each) =>
        each.name === change.section ? { ...each, options: { ...each.options, ...change.values } } : each,
      );
    case 'delete': {
      const { section, options } = change;
      if (options === undefined) return config.filter((each) => each.name !== section);
      return config.map((each) => (each.name === section ? without(each, options) : each));
    }
    case 'order': {
      const ordered = change.sections.map((name) =>
        present(
          config.find((each) => each.name === name),
          'section',
        ),
      );
      return [...ordered, ...config.filter((each) => !change.sections.includes(each.name))];
    }
  }
}

function without(section: UciSection, options: readonly string[]): UciSection {
  const kept = Object.entries(section.options).filter(([name]) => !options.includes(name));
  return { ...section, options: Object.fromEntries(kept) };
}

/** Equal for the router: names of anonymous sections and the order of options do not count. */
export function sameConfig(one: UciConfig, other: UciConfig): boolean {
  return normal(one) === normal(other);
}

function normal(config: UciConfig): string {
  return JSON.stringify(config.map((each) => [each.anonymous ? null : each.name, normalSection(each)]));
}

function normalSection({ type, options }: UciSection): string {
  return JSON.stringify([type, Object.entries(options).toSorted(([one], [other]) => (one < other ? -1 : 1))]);
}

/** Changes that make `from` become `to`. Anonymous sections that came back stand at the end of those that stayed. */
export function changesBetween(config: string, from: UciConfig, to: UciConfig): readonly UciChange[] {
  const pairs = paired(from, to);
  const gone = from.filter((each) => ![...pairs.values()].includes(each));
  const changes: UciChange[] = gone.map(({ name }) => ({ op: 'delete', config, section: name }));
  for (const section of to) {
    const before = pairs.get(section);
    if (before === undefined) {
      const name = section.anonymous ? undefined : section.name;
      changes.push({ op: 'add', config, type: section.type, name, values: section.options });
    } else changes.push(...changesOfSection(config, before, section));
  }
  // New anonymous sections have no name yet, and stay at the end.
  const wanted = to.flatMap((each) => pairs.get(each)?.name ?? (each.anonymous ? [] : each.name));
  const made = changes.reduce(changedConfig, from).map(({ name }) => name);
  if (made.filter((name) => wanted.includes(name)).join() !== wanted.join())
    changes.push({ op: 'order', config, sections: wanted });
  return changes;
}

/** Which section of `from` each section of `to` is: by name, or for anonymous ones by name and then by content. */
function paired(from: UciConfig, to: UciConfig): ReadonlyMap<UciSection, UciSection> {
  const pairs = new Map<UciSection, UciSection>();
  const free = new Set(from);
  const take = (section: UciSection, matches: (each: UciSection) => boolean): void => {
    const found = pairs.has(section) ? undefined : [...free].find(matches);
    if (found === undefined) return;
    free.delete(found);
    pairs.set(section, found);
  };
  for (const section of to.filter(({ anonymous }) => anonymous))
    take(section, (each) => each.anonymous && normalSection(each) === normalSection(section));
  for (const section of to)
    take(
      section,
      (each) => each.name === section.name && each.type === section.type && each.anonymous === section.anonymous,
    );
  return pairs;
}

function changesOfSection(config: string, from: UciSection, to: UciSection): readonly UciChange[] {
  const gone = Object.keys(from.options).filter((name) => to.options[name] === undefined);
  const values = Object.fromEntries(
    Object.entries(to.options).filter(([name, each]) => JSON.stringify(from.options[name]) !== JSON.stringify(each)),
  );
  const section = from.name;
  return [
    ...(gone.length > 0 ? [{ op: 'delete' as const, config, section, options: gone }] : []),
    ...(Object.keys(values).length > 0 ? [{ op: 'set' as const, config, section, values }] : []),
  ];
}

/** One thing that is different, for people. `before` or `after` undefined: it was not there, or is gone. */
export interface Difference {
  readonly where: string;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

const secretOptions: ReadonlySet<string> = new Set([
  'key',
  'sae_password',
  'password',
  'private_key',
  'preshared_key',
  'psk',
]);

export function differences(config: string, before: UciConfig, after: UciConfig): readonly Difference[] {
  const pairs = paired(before, after);
  const gone = before.filter((each) => ![...pairs.values()].includes(each));
  return [
    ...gone.map((each) => ({
      where: `${config}.${each.name}`,
      before: `${each.type} ${shortly(each)}`,
      after: undefined,
    })),
    ...after.flatMap((section) => {
      const old = pairs.get(section);
      const where = `${config}.${section.name}`;
      if (old === undefined) return [{ where, before: undefined, after: `${section.type} ${shortly(section)}` }];
      const names = new Set([...Object.keys(old.options), ...Object.keys(section.options)]);
      return [...names]
        .filter((name) => JSON.stringify(old.options[name]) !== JSON.stringify(section.options[name]))
        .map((name) => ({
          where: `${where}.${name}`,
          before: shown(name, old.options[name]),
          after: shown(name, section.options[name]),
        }));
    }),
  ];
}

function shortly({ options }: UciSection): string {
  const items = Object.entries(options).map(([name, each]) => `${name}=${shown(name, each) ?? ''}`);
  return `(${items.join(', ')})`;
}

function shown(name: string, each: UciValue | undefined): string | undefined {
  if (each === undefined) return undefined;
  // What is typed into phones is not for a screen that others see.
  if (secretOptions.has(name)) return 'a secret';
  return typeof each === 'string' ? each : each.join(' ');
}
