/*
 * What the reader chose in the filter bar, kept in the URL of the pages that use it: a link is a saved
 * view and the back button undoes a choice. Keys with a dot are levels ("store.region=..."), repeated
 * for several values; the rest have names of their own. Defaults are left out. Keys that are none of the
 * bar's are the open page's own (a pivot's rows): kept as they are, and found again on the way back to it.
 * Invariant: on a page with choices `view.now` is what the address bar says; on any other it is what
 * it was, so that the way back leads to the same numbers.
 */
import type { Match } from './comparison';
import { page_find } from './pages';
import { NO_VALUE } from './plan';
import { route } from './route.svelte';

export interface Choices {
  period: string;
  compare: string;
  /** Which compared day stands beside which. */
  match: Match;
  measure: string | null;
  /** level shown by each breakdown, where it is not the first of its chain */
  by: string[];
  /** level name -> chosen values; NO_VALUE among them: rows without one, in the address `null` with the level's name */
  filters: Record<string, string[]>;
  /** Keys and values of the page itself, in their order. */
  own: [string, string][];
}

const DEFAULT: Choices = { period: 'month', compare: 'previous', match: 'weekday', measure: null, by: [], filters: {}, own: [] };

function choices_parse(params: URLSearchParams): Choices {
  const choices: Choices = { ...DEFAULT, by: [], filters: {}, own: [] };
  for (const [key, value] of params) {
    if (key === 'null') (choices.filters[value] ??= []).push(NO_VALUE);
    else if (key.includes('.')) (choices.filters[key] ??= []).push(value);
    else if (key === 'period' || key === 'compare' || key === 'measure') choices[key] = value;
    else if (key === 'match') choices.match = value === 'date' ? 'date' : 'weekday';
    else if (key === 'by') choices.by.push(value);
    else if (key !== 'lang') choices.own.push([key, value]);
  }
  // As links of before this choice have it.
  if (choices.compare === 'last_year_calendar') Object.assign(choices, { compare: 'last_year', match: 'date' });
  return choices;
}

function choices_print(choices: Choices): URLSearchParams {
  const params = new URLSearchParams(choices.own);
  for (const key of ['period', 'compare', 'match', 'measure'] as const) {
    const value = choices[key];
    if (value !== null && value !== DEFAULT[key]) params.append(key, value);
  }
  for (const level of choices.by) params.append('by', level);
  for (const [level, values] of Object.entries(choices.filters)) for (const value of values) {
    if (value === NO_VALUE) params.append('null', level);
    else params.append(level, value);
  }
  return params;
}

const has_choices = () => page_find(route.page)?.choices ?? false;

class View {
  now = $state.raw<Choices>(has_choices() ? choices_parse(route.params) : DEFAULT);
  /** What stood in the address of each page when it was last open. */
  #own = $state.raw<Record<string, Choices['own']>>({ [route.page]: this.now.own });

  constructor() {
    route.watch(() => this.#read());
  }

  #read(): void {
    if (!has_choices()) return;
    this.now = choices_parse(route.params);
    this.#own = { ...this.#own, [route.page]: this.now.own };
  }

  /** The choices as parameters of a page that uses them. */
  params(page: string): URLSearchParams {
    return choices_print({ ...this.now, own: page === route.page ? this.now.own : (this.#own[page] ?? []) });
  }

  /** A new choice is a new step back; `replace` refines the last one instead (a second tick in a menu). */
  set(patch: Partial<Choices>, replace = false): void {
    route.go(route.page, choices_print({ ...this.now, ...patch }), replace);
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
