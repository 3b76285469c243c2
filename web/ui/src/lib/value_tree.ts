/*
 * The values of a chain of levels (region > city > store) as a tree to choose from.
 * Built from one answer whose first columns are the levels, widest first. Rows without a value are a value of
 * the widest level only: below, a choice of them would reach the rows of other groups too.
 */
import type { Answer, Cell, Level } from './api';
import { NO_VALUE } from './plan';
import { search_plain } from './words';

export interface ValueNode {
  key: string;
  level: Level;
  value: string;
  /** The value as it is read. */
  text: string;
  depth: number;
  parent: ValueNode | null;
  children: ValueNode[];
}

/** `none`: what rows without a value are called; null: they are no choice. */
export function value_tree(answer: Answer, chain: Level[], lang: string, text: (cell: Cell, level: string) => string = String, none: string | null = null): ValueNode[] {
  const roots: ValueNode[] = [];
  const seen = new Map<string, ValueNode>();
  for (const row of answer.rows) {
    if (row[0] === null && none !== null && !seen.has(NO_VALUE)) {
      const node = { key: NO_VALUE, level: chain[0], value: NO_VALUE, text: none, depth: 0, parent: null, children: [] };
      seen.set(NO_VALUE, node);
      roots.push(node);
    }
    let parent: ValueNode | null = null;
    for (let depth = 0; depth < chain.length; depth++) {
      const cell = row[depth];
      if (cell === null || cell === undefined) break;
      const key: string = (parent ? parent.key + '\u0001' : '') + String(cell);
      let node = seen.get(key);
      if (!node) {
        node = { key, level: chain[depth], value: String(cell), text: text(cell, chain[depth].name), depth, parent, children: [] };
        seen.set(key, node);
        (parent ? parent.children : roots).push(node);
      }
      parent = node;
    }
  }
  const collator = new Intl.Collator(lang, { numeric: true, sensitivity: 'base' });
  const sort = (nodes: ValueNode[]) => {
    nodes.sort((a, b) => Number(a.value === NO_VALUE) - Number(b.value === NO_VALUE) || collator.compare(a.text, b.text));
    for (const node of nodes) sort(node.children);
  };
  sort(roots);
  return roots;
}

/** What to list: opened branches, or, while searching, every match with its way down. */
export function tree_visible(roots: ValueNode[], opened: Set<string>, search: string, max: number): ValueNode[] {
  const wanted = search_plain(search.trim());
  const list: ValueNode[] = [];
  // A member is found by the name that is read, and by its own.
  const matches = (node: ValueNode) => search_plain(node.text).includes(wanted) || (node.text !== node.value && search_plain(node.value).includes(wanted));
  const hit = (node: ValueNode): boolean => matches(node) || node.children.some(hit);
  const walk = (nodes: ValueNode[]) => {
    for (const node of nodes) {
      if (list.length >= max) return;
      if (wanted && !hit(node)) continue;
      list.push(node);
      const matched = wanted && matches(node);
      if (wanted && !matched ? true : opened.has(node.key)) walk(node.children);
    }
  };
  walk(roots);
  return list;
}
