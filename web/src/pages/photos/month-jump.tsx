import { Group, NativeSelect } from '@mantine/core';
import { type JSX, memo, useMemo } from 'react';
import { useWords } from '../../i18n/language.ts';
import { usePhotoDates } from './dates.ts';
import styles from './photos.module.css';
import type { Row } from './rows.ts';
import { words } from './words.ts';

interface JumpProps {
  readonly rows: readonly Row[];
  /** The row at the top of the window. */
  readonly firstSeen: number | undefined;
  readonly onJump: (row: number) => void;
}

interface MonthPlace {
  readonly month: string;
  readonly row: number;
}

/** Which month is seen, and the way to every other one: a list that fingers, keys and screen readers know. */
export function MonthJump({ rows, firstSeen, onJump }: JumpProps): JSX.Element | null {
  const months = useMemo(
    () =>
      rows.flatMap((row, at): readonly MonthPlace[] => (row.kind === 'month' ? [{ month: row.month, row: at }] : [])),
    [rows],
  );
  const seen = months.findLast((each) => each.row <= (firstSeen ?? 0)) ?? months[0];
  return months.length < 2 || seen === undefined ? null : <Jump months={months} seen={seen.row} onJump={onJump} />;
}

/** Drawn again when another month is seen, not at every step of a scroll. */
const Jump = memo(function Jump(props: {
  readonly months: readonly MonthPlace[];
  readonly seen: number;
  readonly onJump: (row: number) => void;
}): JSX.Element {
  const { months, seen, onJump } = props;
  const w = useWords(words);
  const dates = usePhotoDates();
  const years = useMemo(() => [...Map.groupBy(months, (each) => each.month.slice(0, 4))], [months]);
  return (
    <Group className={styles['bar']} justify="flex-end">
      <NativeSelect
        aria-label={w.jump}
        value={String(seen)}
        onChange={(event) => onJump(Number(event.currentTarget.value))}
        radius="xl"
        className={styles['jump'] ?? ''}
      >
        {years.map(([year, of]) => (
          <optgroup key={year} label={year}>
            {of.map(({ month, row }) => (
              <option key={row} value={row}>
                {dates.month(month)}
              </option>
            ))}
          </optgroup>
        ))}
      </NativeSelect>
    </Group>
  );
});
