import { ActionIcon, Checkbox, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp, IconDotsVertical } from '@tabler/icons-react';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import {
  type JSX,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import type { FileNode } from '#faces/api/contract/files.ts';
import { useFormats } from '../../i18n/formats.ts';
import { useWords } from '../../i18n/language.ts';
import styles from './file-list.module.css';
import { iconOf } from './kinds.ts';
import type { Sorting, SortKey } from './order.ts';
import { allMarked, clicked, type Keys, moved, nothingMarked, type Selection, toggled } from './selection.ts';
import { words } from './words.ts';

interface Item extends Pick<FileNode, 'id' | 'name' | 'isFolder' | 'sizeBytes' | 'mtimeMs'> {
  /** Below the name: where it is, when the list is not of one folder. */
  readonly where?: string;
}

interface ListProps {
  readonly label: string;
  readonly items: readonly Item[];
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  readonly onOpen: (item: Item) => void;
  readonly onKey: (event: KeyboardEvent) => void;
  readonly menuOf: (item: Item, target: ReactNode) => ReactNode;
  /** Undefined when the order is not to be chosen. */
  readonly sorting?: Sorting;
  readonly onSort?: (sorting: Sorting) => void;
  /** What the column of times shows; undefined leaves it out. */
  readonly hasTimes?: boolean;
}

const wideAbove = '(min-width: 62em)';

/** Only the rows that are seen are there, so that a hundred thousand are no more than twenty. */
export function FileList(props: ListProps): JSX.Element {
  const { label, items, selection, onSelect } = props;
  const list = useRef<HTMLDivElement>(null);
  const [marginPx, setMarginPx] = useState(0);
  const isWide = useMediaQuery(wideAbove, true, { getInitialValueInEffect: false });
  const rowPx = isWide ? 48 : 60;
  useLayoutEffect(() => setMarginPx(list.current?.offsetTop ?? 0), []);
  const rows = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => rowPx,
    overscan: 12,
    scrollMargin: marginPx,
    scrollPaddingStart: 110,
    scrollPaddingEnd: 90,
    getItemKey: (index) => items[index]?.id ?? index,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another height means that all rows stand elsewhere
  useLayoutEffect(() => rows.measure(), [rows, rowPx]);
  const order = items.map((item) => item.id);
  const follow = (next: Selection): void => {
    onSelect(next);
    const index = next.at === undefined ? -1 : order.indexOf(next.at);
    if (index >= 0) rows.scrollToIndex(index);
  };
  const onKeyDown = (event: KeyboardEvent): void => keyDown(event, { ...props, order, follow });
  return (
    <div>
      <Head {...props} order={order} />
      {/* biome-ignore lint/a11y/useSemanticElements: a table cannot leave out the rows that are not seen */}
      <div
        ref={list}
        role="grid"
        aria-label={label}
        aria-multiselectable
        aria-rowcount={items.length}
        aria-activedescendant={selection.at === undefined ? undefined : `row-${selection.at}`}
        tabIndex={0}
        className={styles['list']}
        style={{ height: rows.getTotalSize() }}
        onKeyDown={onKeyDown}
      >
        {rows.getVirtualItems().map(({ index, key, start }) => {
          const item = items[index];
          if (item === undefined) return null;
          return <Row key={key} {...props} item={item} index={index} topPx={start - marginPx} order={order} />;
        })}
      </div>
    </div>
  );
}

interface Keyed extends ListProps {
  readonly order: readonly string[];
  readonly follow: (selection: Selection) => void;
}

function keysOf(event: KeyboardEvent | MouseEvent): Keys {
  return { shift: event.shiftKey, toggle: event.ctrlKey || event.metaKey };
}

const pageRows = 15;
const steps: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: pageRows,
  PageUp: -pageRows,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

function keyDown(event: KeyboardEvent, { items, selection, order, follow, onOpen, onKey }: Keyed): void {
  const keys = keysOf(event);
  const step = steps[event.key];
  const here = items.find((item) => item.id === selection.at);
  if (step !== undefined)
    follow(moved(selection, order, Number.isFinite(step) ? step : Math.sign(step) * order.length, keys));
  else if (event.key === 'a' && keys.toggle) follow(allMarked(selection, order));
  else if (event.key === ' ' && here !== undefined) follow(toggled(selection, here.id));
  else if (event.key === 'Enter' && here !== undefined) onOpen(here);
  else if (event.key === 'Escape' && selection.marked.size > 0) follow(nothingMarked);
  else {
    onKey(event);
    return;
  }
  event.preventDefault();
}

function Head(props: ListProps & { readonly order: readonly string[] }): JSX.Element {
  const { order, selection, onSelect, hasTimes = true } = props;
  const w = useWords(words);
  const isAll = order.length > 0 && selection.marked.size === order.length;
  return (
    <div className={styles['head']}>
      <Checkbox
        aria-label={w.selectAll}
        checked={isAll}
        indeterminate={!isAll && selection.marked.size > 0}
        disabled={order.length === 0}
        onChange={() => onSelect(isAll ? nothingMarked : allMarked(selection, order))}
      />
      <SortButton {...props} by="name" label={w.name} />
      <div className={styles['wide']}>{hasTimes && <SortButton {...props} by="time" label={w.modified} />}</div>
      <div className={`${styles['wide']} ${styles['number']}`}>
        <SortButton {...props} by="size" label={w.size} />
      </div>
    </div>
  );
}

interface SortProps extends Pick<ListProps, 'sorting' | 'onSort'> {
  readonly by: SortKey;
  readonly label: string;
}

function SortButton({ by, label, sorting, onSort }: SortProps): JSX.Element {
  const w = useWords(words);
  if (sorting === undefined || onSort === undefined) return <span className={styles['sort']}>{label}</span>;
  const isActive = sorting.key === by;
  const Sign = sorting.isDescending ? IconArrowDown : IconArrowUp;
  return (
    <div>
      <UnstyledButton
        className={styles['sort']}
        data-active={isActive}
        onClick={() => onSort({ key: by, isDescending: isActive && !sorting.isDescending })}
      >
        {label}
        {isActive && <Sign size={15} aria-hidden />}
        {isActive && <VisuallyHidden>{sorting.isDescending ? w.descending : w.ascending}</VisuallyHidden>}
      </UnstyledButton>
    </div>
  );
}

interface RowProps extends ListProps {
  readonly item: Item;
  readonly index: number;
  readonly topPx: number;
  readonly order: readonly string[];
}

function Row({
  item,
  index,
  topPx,
  order,
  selection,
  onSelect,
  onOpen,
  menuOf,
  hasTimes = true,
}: RowProps): JSX.Element {
  const w = useWords(words);
  const { size, ago, dateTime } = useFormats();
  const Sign = iconOf(item);
  const isMarked = selection.marked.has(item.id);
  const time = hasTimes ? ago(item.mtimeMs) : undefined;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keyboard
    // biome-ignore lint/a11y/useSemanticElements: as the grid itself
    // biome-ignore lint/a11y/useFocusableInteractive: aria-activedescendant of the grid points here
    <div
      role="row"
      id={`row-${item.id}`}
      aria-rowindex={index + 1}
      aria-selected={isMarked}
      data-at={selection.at === item.id}
      className={styles['row']}
      style={{ transform: `translateY(${topPx}px)` }}
      onClick={(event) => onSelect(clicked(selection, order, item.id, keysOf(event)))}
      onDoubleClick={() => onOpen(item)}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: as the grid itself */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: as the row */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: as the row */}
      <div role="gridcell" onClick={(event) => event.stopPropagation()}>
        <Checkbox
          tabIndex={-1}
          aria-label={w.select(item.name)}
          checked={isMarked}
          onChange={() => onSelect(toggled(selection, item.id))}
        />
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as the grid itself */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: as the row */}
      <div role="gridcell" className={styles['name']}>
        <Sign size={24} stroke={1.6} className={styles['sign']} data-folder={item.isFolder} aria-hidden />
        <div style={{ minWidth: 0 }}>
          <UnstyledButton
            tabIndex={-1}
            className={styles['open']}
            onClick={(event: MouseEvent) => {
              const keys = keysOf(event);
              if (keys.shift || keys.toggle) return;
              event.stopPropagation();
              onOpen(item);
            }}
          >
            {item.name}
          </UnstyledButton>
          {item.where !== undefined && <div className={styles['below']}>{item.where}</div>}
          <div className={`${styles['below']} ${styles['narrow']}`}>
            {[size(item.sizeBytes), time].filter((each) => each !== undefined).join(' · ')}
          </div>
        </div>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as the grid itself */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: as the row */}
      <div role="gridcell" className={styles['wide']} title={hasTimes ? dateTime(item.mtimeMs) : undefined}>
        {time}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as the grid itself */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: as the row */}
      <div role="gridcell" className={`${styles['wide']} ${styles['number']}`}>
        {size(item.sizeBytes)}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: as the grid itself */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: as the row */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: as the row */}
      <div
        role="gridcell"
        onClick={(event) => event.stopPropagation()}
        onDoubleClick={(event) => event.stopPropagation()}
      >
        {menuOf(
          item,
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={w.actionsFor(item.name)} tabIndex={-1}>
            <IconDotsVertical size={20} aria-hidden />
          </ActionIcon>,
        )}
      </div>
    </div>
  );
}
