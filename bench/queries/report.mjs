// From times to what a suite of queries prints. `times` is engine -> threads -> query -> milliseconds of every round.
import { spread } from '../support/common.mjs';

export const geometric_mean = (numbers) => Math.exp(numbers.reduce((sum, n) => sum + Math.log(n), 0) / numbers.length);

const ms_text = (ms) => (ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0));
export const spread_text = ({ median, min, max }) => `${ms_text(median)} (${ms_text(min)} to ${ms_text(max)})`;

// query -> spread, of one engine and number of threads.
export const spreads_of = (queries) => Object.fromEntries(Object.entries(queries).map(([name, times]) => [name, spread(times)]));

// How many times as long a peer takes as Tessera, by query: above 1 Tessera is faster.
export const ratios_of = (tessera, peer) => Object.fromEntries(Object.keys(tessera).map((name) => [name, peer[name].median / tessera[name].median]));

// Rows of cells for table_print. `columns` is [{title, spreads}], `ratios` is [{title, ratios}].
export function queries_table(names, columns, ratios) {
  const heading = ['ms', ...columns.map((c) => c.title), ...ratios.map((r) => r.title)];
  return [heading, ...names.map((name) => [name, ...columns.map((c) => spread_text(c.spreads[name])), ...ratios.map((r) => r.ratios[name].toFixed(2))])];
}

// The closing line of a peer, and the queries in which it is faster.
export function verdict_text(suite, peer, ratios, scale) {
  const all = Object.values(ratios);
  return `${suite}: ${geometric_mean(all).toFixed(1)}x ${peer} (geometric mean of ${all.length}, scale ${scale})`;
}

export function slower_text(peer, ratios) {
  const slower = Object.entries(ratios).filter(([, ratio]) => ratio < 1).sort(([, a], [, b]) => a - b);
  const told = slower.map(([name, ratio]) => `${name} (${ratio.toFixed(2)})`);
  return told.length ? `slower than ${peer}: ${told.join(', ')}` : `no query is slower than ${peer}`;
}
