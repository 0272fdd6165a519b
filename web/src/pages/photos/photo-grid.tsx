import { Text, Title } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type JSX, useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import type { Chosen } from './chosen.ts';
import { usePhotoDates } from './dates.ts';
import { MonthJump } from './month-jump.tsx';
import { useTurn } from './one-by-one.ts';
import { type CellTexts, PhotoCell } from './photo-cell.tsx';
import styles from './photos.module.css';
import { columnsFor, gap, type Row, rowsOf } from './rows.ts';
import type { Photo, Timeline } from './timeline.ts';
import { words } from './words.ts';

interface GridProps {
  readonly timeline: Timeline;
  readonly chosen: Chosen;
  readonly isChoosing: boolean;
  readonly onOpen: (index: number) => void;
}

const monthHeight = 56;

/** Every photo in its place, of which only those near the window are there. */
export function PhotoGrid({ timeline, chosen, isChoosing, onOpen }: GridProps): JSX.Element {
  const { ref, width } = useElementSize();
  const box = useRef<HTMLDivElement | null>(null);
  const columns = columnsFor(width);
  const side = Math.max(1, Math.floor((width - gap * (columns - 1)) / columns));
  const rows = useMemo(() => rowsOf(timeline.months.months, columns), [timeline, columns]);
  const sizeOf = useCallback(
    (index: number) => (rows[index]?.kind === 'month' ? monthHeight : side + gap),
    [rows, side],
  );
  const virtualizer = useWindowVirtualizer({
    count: width === 0 ? 0 : rows.length,
    estimateSize: sizeOf,
    overscan: 4,
    scrollMargin: box.current?.offsetTop ?? 0,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes follow from these, and from nothing else
  useEffect(() => virtualizer.measure(), [rows, side]);
  useSyncExternalStore(
    useCallback((listener) => timeline.subscribe(listener), [timeline]),
    () => timeline.version,
  );
  const items = virtualizer.getVirtualItems();
  useWanted(timeline, rows, items[0]?.index, items.at(-1)?.index);
  const choose = useStretches(timeline, chosen);
  const textsOf = useTexts();
  const jump = useCallback((row: number) => virtualizer.scrollToIndex(row, { align: 'start' }), [virtualizer]);
  return (
    <>
      <MonthJump
        rows={rows}
        firstSeen={items.find((each) => each.end > (virtualizer.scrollOffset ?? 0))?.index}
        onJump={jump}
      />
      <div
        ref={(element) => {
          box.current = element;
          ref(element);
        }}
        className={isChoosing ? styles['choosing'] : ''}
        style={{ position: 'relative', height: virtualizer.getTotalSize() }}
      >
        {items.map((item) => {
          const row = rows[item.index];
          const top = item.start - virtualizer.options.scrollMargin;
          return row === undefined ? null : (
            <div
              key={item.key}
              style={{
                position: 'absolute',
                top: 0,
                left: 0,
                right: 0,
                height: item.size,
                transform: `translateY(${top}px)`,
              }}
            >
              {row.kind === 'month' ? (
                <MonthHeading row={row} />
              ) : (
                <PhotoRow
                  row={row}
                  {...{ timeline, side, chosen, isChoosing, onOpen }}
                  onChoose={choose}
                  textsOf={textsOf}
                />
              )}
            </div>
          );
        })}
      </div>
    </>
  );
}

interface RowProps extends Omit<GridProps, 'chosen'> {
  readonly row: Extract<Row, { kind: 'photos' }>;
  readonly side: number;
  readonly chosen: Chosen;
  readonly textsOf: (photo: Photo) => CellTexts;
  readonly onChoose: (index: number, isStretch: boolean) => void;
}

function PhotoRow({ row, timeline, side, chosen, ...rest }: RowProps): JSX.Element {
  const isHere = useTurn();
  const indices = Array.from({ length: isHere ? row.count : 0 }, (_, at) => row.from + at);
  const style = { height: side, gridTemplateColumns: `repeat(auto-fill, ${side}px)` };
  return (
    <div className={styles['row']} style={style}>
      {indices.map((index) => {
        const photo = timeline.at(index);
        const isChosen = photo !== undefined && chosen.nodes.has(photo.node);
        return <PhotoCell key={index} photo={photo} index={index} isChosen={isChosen} {...rest} />;
      })}
    </div>
  );
}

function useTexts(): (photo: Photo) => CellTexts {
  const w = useWords(words);
  const dates = usePhotoDates();
  return useCallback(
    (photo: Photo) => {
      const day = dates.day(photo.takenMs);
      const name = photo.isVideo ? w.videoOf(day) : w.photoOf(day);
      return { name, choose: w.choose(name), favourite: w.favourite };
    },
    [w, dates],
  );
}

function MonthHeading({ row }: { readonly row: Extract<Row, { kind: 'month' }> }): JSX.Element {
  const dates = usePhotoDates();
  const { number } = useFormats();
  return (
    <div className={styles['month']}>
      <Title order={2} size="h3" tt="capitalize">
        {dates.month(row.month)}
      </Title>
      <Text c="dimmed" size="sm">
        {number(row.count)}
      </Text>
    </div>
  );
}

/** Loads what is seen, and half a page around it. */
function useWanted(
  timeline: Timeline,
  rows: readonly Row[],
  first: number | undefined,
  last: number | undefined,
): void {
  useEffect(() => {
    const [from, to] = [rows[first ?? 0]?.from, rows[last ?? 0]];
    if (from !== undefined && to !== undefined) timeline.want(from - 100, to.from + to.count + 100);
  }, [timeline, rows, first, last]);
}

/** With shift everything between the one that was chosen last and this one. */
function useStretches(timeline: Timeline, chosen: Chosen): (index: number, isStretch: boolean) => void {
  const last = useRef<number>(undefined);
  const { add, toggle } = chosen;
  return useCallback(
    (index: number, isStretch: boolean) => {
      const photo = timeline.at(index);
      if (photo === undefined) return;
      if (isStretch && last.current !== undefined) {
        const [from, to] = [Math.min(index, last.current), Math.max(index, last.current)];
        const between = Array.from({ length: to - from + 1 }, (_, at) => timeline.at(from + at)?.node);
        add(between.filter((each) => each !== undefined));
      } else toggle(photo.node);
      last.current = index;
    },
    [timeline, add, toggle],
  );
}
