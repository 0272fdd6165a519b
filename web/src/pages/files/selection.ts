/** What is marked in a list, and where the keyboard stands. `anchor` is where a range begins. */
export interface Selection {
  readonly marked: ReadonlySet<string>;
  readonly at: string | undefined;
  readonly anchor: string | undefined;
}

export const nothingMarked: Selection = { marked: new Set(), at: undefined, anchor: undefined };

export interface Keys {
  readonly shift: boolean;
  /** Control, or Command. */
  readonly toggle: boolean;
}

/** As file managers do it: alone, with shift as far as here, with control in addition. */
export function clicked(selection: Selection, order: readonly string[], id: string, keys: Keys): Selection {
  if (keys.shift) return rangeTo(selection, order, id, keys.toggle);
  if (keys.toggle) return toggled(selection, id);
  return { marked: new Set([id]), at: id, anchor: id };
}

export function toggled({ marked }: Selection, id: string): Selection {
  const next = new Set(marked);
  if (!next.delete(id)) next.add(id);
  return { marked: next, at: id, anchor: id };
}

function rangeTo({ marked, anchor, at }: Selection, order: readonly string[], id: string, add: boolean): Selection {
  const from = order.indexOf(anchor ?? at ?? id);
  const to = order.indexOf(id);
  const range = order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { marked: new Set(add ? [...marked, ...range] : range), at: id, anchor: order[from] ?? id };
}

export function allMarked(selection: Selection, order: readonly string[]): Selection {
  return { marked: new Set(order), at: selection.at ?? order[0], anchor: selection.anchor ?? order[0] };
}

/** The arrows, Home, End and the pages. With control the place moves and the marks stay. */
export function moved(selection: Selection, order: readonly string[], by: number, keys: Keys): Selection {
  const last = order.length - 1;
  if (last < 0) return selection;
  const here = selection.at === undefined ? -1 : order.indexOf(selection.at);
  const target = order[Math.max(0, Math.min(last, here < 0 && by > 0 ? by - 1 : here + by))];
  if (target === undefined) return selection;
  if (keys.shift) return rangeTo(selection, order, target, false);
  if (keys.toggle) return { ...selection, at: target };
  return { marked: new Set([target]), at: target, anchor: target };
}

/** Without what is not there any more. */
export function kept(selection: Selection, order: readonly string[]): Selection {
  if (selection.marked.size === 0 && selection.at === undefined) return selection;
  const there = new Set(order);
  const marked = new Set([...selection.marked].filter((id) => there.has(id)));
  const at = selection.at !== undefined && there.has(selection.at) ? selection.at : undefined;
  if (marked.size === selection.marked.size && at === selection.at) return selection;
  return { marked, at, anchor: at };
}
