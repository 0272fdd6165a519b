import type { Summary } from './runner.ts';

/** What a run of seeds did, for people. */
export function report(summary: Summary): string {
  const { seeds, operations, figures, elapsedMs } = summary;
  const seconds = elapsedMs / 1000;
  return [
    `${seeds} seeds, ${operations} operations in ${seconds.toFixed(1)} s (${(seeds / Math.max(seconds, 0.001)).toFixed(1)} seeds/s)`,
    `${figures.get('entries')} entries, ${figures.get('audits')} audits of a vault, ${figures.get('requests cut off')} requests cut off, ` +
      `${figures.get('answers lost and asked again')} answers lost and asked again, ${figures.get('gates opened')} steps scheduled`,
    '',
    'faults:',
    ...columns(figures.under('fault ')),
    `  damage: ${line([...figures.under('damage '), ['leases condemned', figures.get('leases condemned')]])}`,
    '',
    'commands (sent: how they ended):',
    ...commands(summary),
  ].join('\n');
}

function columns(rows: readonly (readonly [string, number])[]): string[] {
  return rows.length === 0 ? ['  none'] : rows.map(([what, times]) => `  ${String(times).padStart(8)}  ${what}`);
}

function line(rows: readonly (readonly [string, number])[]): string {
  return rows.map(([what, times]) => `${what} ${times}`).join(', ');
}

function commands({ figures }: Summary): string[] {
  return figures.under('sent ').map(([name, times]) => `  ${name} ${times}: ${line(figures.under(`ended ${name} `))}`);
}

/** How to see a failure again, and the end of what led to it. */
export function describeFailures(summary: Summary, operations: number, traceLines: number, flags = ''): string {
  return summary.failures
    .map(({ seed, problem, trace }) => {
      const replay = `node test/sim/run.ts --seed ${seed} --ops ${operations}${flags} --verbose`;
      return [
        `seed ${seed}: ${problem}`,
        `replay: ${replay}`,
        ...trace.slice(-traceLines).map((each) => `    ${each}`),
      ].join('\n');
    })
    .join('\n\n');
}
