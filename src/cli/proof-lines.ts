import type { Context } from './command.ts';
import type { CopiesStatus, ProofRow } from './copy-answers.ts';
import { count, sizeText, timeText, visible } from './terminal.ts';

/** When the data folder and each copy were last proven, and what is overdue or damaged. */
export function showProof({ terminal }: Context, { primary, copies, drilling }: CopiesStatus): void {
  const rows = [
    { name: 'the data folder', proof: primary, isCopy: false },
    ...copies.map(({ label, proof }) => ({ name: visible(label), proof, isCopy: true })),
  ];
  for (const { name, proof, isCopy } of rows) {
    terminal.line(
      `${name}: ${[provenText(proof), roundText(proof), ...(isCopy ? [drillText(proof)] : [])].join('; ')}`,
    );
    if (proof.damaged > 0) terminal.note(`${name}: ${count(proof.damaged, 'stored piece')} damaged or missing`);
    for (const what of proof.overdue) terminal.note(`${name}: OVERDUE: ${overdueTexts[what]}`);
  }
  const drilled = copies.find(({ copy }) => copy === drilling?.copy);
  if (drilling !== null && drilled !== undefined)
    terminal.line(`${visible(drilled.label)}: a drill runs now, ${sizeText(drilling.sizeBytes)} read`);
}

const overdueTexts = {
  verify: 'not everything was read back in its time; does the server run, and is the place there?',
  drill: 'no drill was made in its time; does the server run, and is the place there?',
} as const;

function provenText({ provenMs }: ProofRow): string {
  return provenMs === null ? 'not proven yet' : `proven ${timeText(provenMs)}`;
}

function roundText({ round }: ProofRow): string {
  if (round === null) return 'not read back yet';
  const mended = round.found === 0 ? '' : `, ${round.found} damaged, ${round.repaired} repaired`;
  return `${Math.floor(round.done * 100)} % read back since ${timeText(round.fromMs)}${mended}`;
}

function drillText({ drilled }: ProofRow): string {
  if (drilled === null) return 'no drill yet';
  const missing = drilled.missingEntries + drilled.missingChunks;
  const lacks = missing === 0 ? 'nothing missing' : `${missing} missing`;
  return `drill ${timeText(drilled.toMs)}: ${sizeText(drilled.sizeBytes)} in ${durationText(drilled.restoreMs)}, ${lacks}`;
}

function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return 'less than a second';
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
