/*
 * What a reader does to a pivot. Each edit is a new pivot, so that each state has its address; what an
 * edit makes meaningless (the order by a column that is gone, opened members of other rows) goes with it.
 */
import type { Level } from './api';
import { path_opened, path_same, pivot_default, type Path, type Pivot, type Sort } from './pivot_state';
import type { Model } from './api';

export type Zone = 'rows' | 'columns' | 'measures' | 'filters';

const without = (names: string[], name: string) => names.filter((one) => one !== name);

function settle(before: Pivot, after: Pivot): Pivot {
  const rows = before.rows.join() === after.rows.join();
  const columns = before.columns.join() === after.columns.join();
  const { sort } = after;
  const sorted = sort && (sort.by === 'level' || (after.measures.includes(sort.measure) && (columns || !sort.column.length)));
  return { ...after, sort: sorted ? sort : null, open: rows ? after.open : null, shut: rows ? after.shut : [] };
}

/** Puts a field at a place of a zone, taking it from where it was. A level stands in rows or in columns, not in both. */
export function field_put(pivot: Pivot, name: string, zone: Zone, at?: number): Pivot {
  const bare = zone === 'filters' ? pivot : field_remove(pivot, name, zone === 'measures' ? ['measures'] : ['rows', 'columns']);
  const names = without(bare[zone], name);
  names.splice(at ?? names.length, 0, name);
  return settle(pivot, { ...bare, [zone]: names });
}

export function field_remove(pivot: Pivot, name: string, zones: Zone[]): Pivot {
  const after = { ...pivot };
  for (const zone of zones) after[zone] = without(after[zone], name);
  return settle(pivot, after);
}

/** Another level in the place of one: up to its parent, or down to what is below it. */
export function level_replace(pivot: Pivot, name: string, other: string): Pivot {
  const swap = (names: string[]) => (names.includes(name) ? [...new Set(names.map((one) => (one === name ? other : one)))] : without(names, other));
  return settle(pivot, { ...pivot, rows: swap(pivot.rows), columns: swap(pivot.columns) });
}

/** The level that drilling down from `name` leads to. */
export const level_below = (levels: Level[], name: string): Level | undefined => levels.find((l) => l.parent === name);
export const level_above = (levels: Level[], name: string): Level | undefined => {
  const parent = levels.find((l) => l.name === name)?.parent;
  return levels.find((l) => l.name === parent);
};

/** More opened members than this would not go into an address. */
const OPENED_MAX = 50;

/**
 * Shows or hides what is below a member. Below the last level of the rows that is the next level of its
 * hierarchy, which joins the rows, opened for this member alone. `opened`: the members that are open now.
 */
export function member_toggle(pivot: Pivot, path: Path, levels: Level[], opened: Path[]): Pivot {
  if (path.length < pivot.rows.length) {
    const open = path_opened(pivot, path);
    const but = (paths: Path[]) => paths.filter((one) => !path_same(one, path));
    if (pivot.open) return { ...pivot, open: open ? but(pivot.open) : [...pivot.open, path] };
    return { ...pivot, shut: open ? [...pivot.shut, path] : but(pivot.shut) };
  }
  const below = level_below(levels, pivot.rows[path.length - 1]);
  if (!below || pivot.rows.includes(below.name)) return pivot;
  const way = path.map((_, i) => path.slice(0, i + 1));
  const kept = opened.length > OPENED_MAX ? [] : opened.filter((one) => !way.some((step) => path_same(step, one)));
  return { ...pivot, rows: [...pivot.rows, below.name], columns: without(pivot.columns, below.name), open: [...kept, ...way], shut: [] };
}

export const open_all = (pivot: Pivot): Pivot => ({ ...pivot, open: null, shut: [] });
export const shut_all = (pivot: Pivot): Pivot => ({ ...pivot, open: [], shut: [] });

/** Rows become columns and columns rows. */
export const pivot_turn = (pivot: Pivot): Pivot => settle(pivot, { ...pivot, rows: pivot.columns, columns: pivot.rows });

/** A first click sorts down, a second one up, a third one not at all. */
export function sort_turn(pivot: Pivot, column: Omit<Sort, 'desc'>): Pivot {
  const { sort } = pivot;
  const same = sort && sort.by === column.by && sort.measure === column.measure && path_same(sort.column, column.column);
  const first = column.by !== 'level';
  return { ...pivot, sort: !same ? { ...column, desc: first } : sort.desc === first ? { ...column, desc: !first } : null };
}

/** Another cube: what both have stays. */
export function cube_change(pivot: Pivot, model: Model, name: string): Pivot {
  const start = pivot_default(model, name);
  const cube = model.cubes.find((c) => c.name === name);
  const has = (level: string) => !!cube?.levels.includes(level);
  const rows = pivot.rows.filter(has);
  const columns = pivot.columns.filter(has);
  return {
    ...start,
    rows: rows.length || columns.length ? rows : start.rows,
    columns,
    filters: pivot.filters.filter(has),
    versus: pivot.versus,
    share: pivot.share,
    heat: pivot.heat,
    chart: pivot.chart
  };
}
