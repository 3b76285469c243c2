/*
 * What all parts of the page share: the model, the state of the data, the language, the theme.
 * The state of the data is asked again every minute; a new version makes the desk forget its answers, and so does
 * the return of a server that was gone.
 */
import { ApiError, health_fetch, model_fetch, type Cell, type Health, type Level, type Measure, type Model, type Title } from './api';
import { Desk } from './desk.svelte';
import { link } from './link.svelte';
import { MemberNames } from './member_names.svelte';
import { route } from './route.svelte';
import { segment_level, SEGMENTS } from './segment_level';
import { title_text, words, type Lang, type Word } from './words';

export type Theme = 'auto' | 'light' | 'dark';

const HEALTH_EVERY_MS = 60_000;

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}

const dark_system = window.matchMedia('(prefers-color-scheme: dark)');

/** Columns are measured and charts drawn by the font, so it comes first; without it the system's serves. */
const fonts_load = () => Promise.all(['400', '600'].map((weight) => document.fonts.load(`${weight} 13px 'Inter Variable'`, 'aя₽'))).catch(() => []);

class App {
  readonly desk = new Desk();
  readonly #names = new MemberNames();
  model = $state.raw<Model | null>(null);
  health = $state.raw<Health | null>(null);
  error = $state.raw<ApiError | null>(null);
  theme = $state<Theme>((stored('tessera.theme') as Theme) ?? 'auto');
  #system_dark = $state(dark_system.matches);
  #home_lang: Lang = stored('tessera.lang') === 'ru' || (!stored('tessera.lang') && navigator.language.startsWith('ru')) ? 'ru' : 'en';

  lang = $derived<Lang>(route.lang ?? this.#home_lang);
  /** What a page shows of its own, for the window's title; empty: the page's name. */
  heading = $state('');
  /** What the open page would have in its address now, where that is more than it has (a text not yet run). */
  place = $state.raw<(() => URLSearchParams) | null>(null);
  /** While the page is put on paper, which is white in every theme. */
  paper = $state(false);
  dark = $derived(!this.paper && (this.theme === 'auto' ? this.#system_dark : this.theme === 'dark'));
  data = $derived(this.health?.data ?? this.model?.data ?? null);
  #measures = $derived(new Map(this.model?.measures.map((m) => [m.name, m])));
  #levels = $derived(new Map(this.model?.levels.map((l) => [l.name, l])));
  #cubes = $derived(new Map(this.model?.cubes.map((c) => [c.name, c])));

  constructor() {
    dark_system.addEventListener('change', (event) => (this.#system_dark = event.matches));
    setInterval(() => document.hidden || link.gone_since || this.health_refresh(), HEALTH_EVERY_MS);
    link.onreturn((health) => this.#returned(health));
    route.watch(() => this.model && this.#names_load(this.model));
  }

  /** English names are asked for once an English page is shown. */
  #names_load = async (model: Model): Promise<void> => (this.lang === 'en' ? this.#names.load(model) : undefined);

  t = (word: Word): string => words[this.lang][word];
  title = (title: Title | null | undefined, fallback = ''): string => title_text(title, this.lang, fallback);
  measure = (name: string): Measure | undefined => this.#measures.get(name);
  level = (name: string): Level | undefined => (name === SEGMENTS ? segment_level : this.#levels.get(name));
  cube = (name: string) => this.#cubes.get(name);
  measure_title = (name: string): string => this.title(this.measure(name)?.title, name);
  level_title = (name: string): string => this.title(this.level(name)?.title, name);
  /** A member's name as the reader's language has it: on English pages the English one, where the data have one. */
  named = (value: Cell, ...levels: string[]): Cell => (this.lang === 'en' ? this.#names.of(value, levels) : value);
  named_text = (value: Cell, level: string): string => String(this.named(value, level));

  async load(): Promise<void> {
    this.error = null;
    try {
      const [model, health] = await Promise.all([model_fetch(), health_fetch().catch(() => null), fonts_load()]);
      await this.#names_load(model);
      this.health = health;
      this.model = model;
    } catch (cause) {
      this.error = cause instanceof ApiError ? cause : new ApiError('page', String(cause));
    }
  }

  /** Grows when what was answered before may no longer be true; whoever keeps answers asks again. */
  turn = $state(0);

  async health_refresh(): Promise<void> {
    const health = await link.ask();
    if (!health || !this.model) return;
    // A younger server than before is another one: what the old one left unanswered is asked again.
    const restarted = !!this.health && health.uptime_s < this.health.uptime_s;
    if (restarted || health.data.version !== this.data?.version) await this.#renew(health);
    else this.health = health;
  }

  async #returned(health: Health): Promise<void> {
    if (this.model) await this.#renew(health);
    else await this.load();
  }

  async #renew(health: Health): Promise<void> {
    const model = await model_fetch().catch(() => this.model);
    if (model) await this.#names_load(model);
    this.model = model;
    this.health = health;
    this.turn++;
    this.desk.forget();
  }

  lang_set(lang: Lang): void {
    store('tessera.lang', lang);
    route.lang_set(lang);
  }

  theme_set(theme: Theme): void {
    this.theme = theme;
    store('tessera.theme', theme);
  }
}

export const app = new App();
