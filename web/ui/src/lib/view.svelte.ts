/*
 * What the reader chose, kept in the URL's query string and nowhere else: a link is a saved view and
 * the back button undoes a choice. Keys with a dot are levels ("store.region=..."), repeated for
 * several values; the rest have names of their own. Defaults are left out.
 * Invariant: `view.now` is always what the address bar says.
 */
import type { Lang } from './words';

export interface Choices {
  period: string;
  compare: string;
  measure: string | null;
  /** level shown by each breakdown, where it is not the first of its chain */
  by: string[];
  /** level name -> chosen values */
  filters: Record<string, string[]>;
  lang: Lang | null;
}

const DEFAULT: Choices = { period: 'month', compare: 'previous', measure: null, by: [], filters: {}, lang: null };

function choices_parse(search: string): Choices {
  const choices: Choices = { ...DEFAULT, by: [], filters: {} };
  for (const [key, value] of new URLSearchParams(search)) {
    if (key.includes('.')) (choices.filters[key] ??= []).push(value);
    else if (key === 'period' || key === 'compare' || key === 'measure') choices[key] = value;
    else if (key === 'by') choices.by.push(value);
    else if (key === 'lang' && (value === 'en' || value === 'ru')) choices.lang = value;
  }
  return choices;
}

function choices_print(choices: Choices): string {
  const params = new URLSearchParams();
  for (const key of ['period', 'compare', 'measure', 'lang'] as const) {
    const value = choices[key];
    if (value !== null && value !== DEFAULT[key]) params.append(key, value);
  }
  for (const level of choices.by) params.append('by', level);
  for (const [level, values] of Object.entries(choices.filters)) for (const value of values) params.append(level, value);
  const text = params.toString();
  return text ? '?' + text : location.pathname;
}

class View {
  now = $state.raw<Choices>(choices_parse(location.search));

  constructor() {
    window.addEventListener('popstate', () => (this.now = choices_parse(location.search)));
  }

  /** A new choice is a new step back; `replace` refines the last one instead (a second tick in a menu). */
  set(patch: Partial<Choices>, replace = false): void {
    const next = { ...this.now, ...patch };
    const url = choices_print(next);
    if (url === choices_print(this.now)) return;
    if (replace) history.replaceState(null, '', url);
    else history.pushState(null, '', url);
    this.now = next;
  }

  filter_set(level: string, values: string[], replace = false): void {
    this.filters_set({ [level]: values }, replace);
  }

  filters_set(patch: Record<string, string[]>, replace = false): void {
    const filters = { ...this.now.filters, ...patch };
    for (const level of Object.keys(filters)) if (!filters[level].length) delete filters[level];
    this.set({ filters }, replace);
  }

  filter_toggle(level: string, value: string): void {
    const chosen = this.now.filters[level] ?? [];
    this.filter_set(level, chosen.includes(value) ? chosen.filter((v) => v !== value) : [...chosen, value]);
  }
}

export const view = new View();
