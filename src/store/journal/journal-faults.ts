import { Fault } from '#base/fault.ts';

export function missingJournal(): Fault {
  return new Fault(
    'missing',
    'There is no journal in the data folder. Nothing was changed. If it should be there, check that the right disk is ' +
      'mounted; if this is a new instance, set it up first.',
  );
}

export function closedJournal(): Fault {
  return new Fault('unavailable', 'The journal is closed: the program is stopping.');
}
