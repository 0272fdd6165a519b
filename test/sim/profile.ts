import { pieceSizeBytes } from '#format/frame.ts';
import type { CommitFault } from '#store/journal/memory-journal.ts';
import type { DiskFaultRates } from '#store/seeded-faults.ts';
import { Chance } from './chance.ts';

/** What can happen to the machine between two steps, in a million steps. */
export type Event =
  | 'power cut'
  | 'process killed'
  | 'clean restart'
  | 'clock jump'
  | 'minute passes'
  | 'idle vaults closed'
  | 'vault closed'
  | 'stale leases condemned'
  | 'chunk file flipped'
  | 'chunk file vanished'
  | 'chunk row flipped'
  | 'entry flipped'
  | 'head flipped'
  | 'public header flipped'
  | 'lock row flipped'
  | 'checkpoint flipped';

/**
 * One seed does not do everything at once: each run is given some of the faults, some of the pressure, and a style, so that
 * rare combinations come up somewhere ("swarm testing", Groce et al., 2012).
 */
export interface Profile {
  readonly accounts: number;
  readonly clientsPerAccount: number;
  readonly maxUnderWay: number;
  readonly inOrderPercent: number;
  /** Whether every call to the journal can be overtaken, as between threads. */
  readonly threads: boolean;
  readonly events: Readonly<Partial<Record<Event, number>>>;
  readonly commitFaults: Readonly<Partial<Record<CommitFault, number>>>;
  readonly diskFaults: DiskFaultRates;
  readonly allowLostSync: boolean;
  readonly capacityBytes: number | undefined;
  readonly quotaBytes: number | undefined;
  readonly memoryBudgetBytes: number;
  readonly largeContent: boolean;
  /** Of a hundred requests, how many are an owner's, who creates and revokes credentials. */
  readonly ownersPercent: number;
  readonly conditionsPercent: number;
  readonly repeatPercent: number;
}

const rare = 200;
const often = 1000;

export function profileOf(seed: number): Profile {
  const chance = new Chance(seed, 'profile');
  const storm = chance.percent(75);
  const lying = chance.percent(6);
  return {
    accounts: chance.weighted([
      [30, 1],
      [50, 2],
      [20, 3],
    ]),
    clientsPerAccount: chance.between(1, 3),
    maxUnderWay: chance.oneOf([1, 2, 4, 8]),
    inOrderPercent: chance.oneOf([0, 40, 85]),
    threads: chance.percent(60),
    events: storm ? events(chance) : calmEvents,
    commitFaults: storm ? commitFaults(chance) : {},
    diskFaults: storm ? diskFaults(chance, lying) : {},
    allowLostSync: storm && lying,
    capacityBytes: chance.percent(8) ? chance.between(40, 400) * 1024 : undefined,
    quotaBytes: chance.percent(8) ? chance.between(30, 300) * 1024 : undefined,
    memoryBudgetBytes: chance.percent(10) ? 100 * 1024 : Number.MAX_SAFE_INTEGER,
    largeContent: pieceSizeBytes < 1024 * 1024 || chance.percent(20),
    ownersPercent: chance.oneOf([0, 2, 4, 15]),
    conditionsPercent: chance.oneOf([0, 20, 60]),
    repeatPercent: chance.oneOf([0, 10, 30]),
  };
}

const calmEvents: Profile['events'] = { 'minute passes': often, 'clean restart': rare };

function events(chance: Chance): Profile['events'] {
  const some = (rate: number): number => (chance.percent(45) ? rate * chance.between(1, 3) : 0);
  return {
    'power cut': some(often),
    'process killed': some(often),
    'clean restart': some(rare),
    'clock jump': some(rare),
    'minute passes': some(often),
    'idle vaults closed': some(often),
    'vault closed': some(often),
    'stale leases condemned': some(often),
    'chunk file flipped': some(often),
    'chunk file vanished': some(rare),
    'chunk row flipped': some(often),
    'entry flipped': some(rare),
    'head flipped': some(rare / 2),
    'public header flipped': some(rare),
    'lock row flipped': some(rare),
    'checkpoint flipped': some(often),
  };
}

function commitFaults(chance: Chance): Profile['commitFaults'] {
  const some = (rate: number): number => (chance.percent(35) ? rate : 0);
  return {
    'disk-full': some(30_000),
    'sync-lost': some(6000),
    'sync-kept': some(6000),
    'power-cut-lost': some(10_000),
    'power-cut-kept': some(10_000),
  };
}

function diskFaults(chance: Chance, lying: boolean): DiskFaultRates {
  const some = (rate: number): number => (chance.percent(40) ? rate : 0);
  return {
    'disk-full': some(10_000),
    io: some(6000),
    'short-write': some(40_000),
    'lost-sync': lying ? 100_000 : 0,
  };
}
