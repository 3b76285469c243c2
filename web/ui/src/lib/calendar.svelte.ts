/*
 * Days worth a word on a chart over time: holidays, starts of campaigns and tests. They stand in the table `calendar`, where
 * the data have one: a day (its key) and, as texts, `holiday` and `annotation`, with `holiday_en` and `annotation_en` for
 * English pages. Whether they are drawn is the reader's choice, kept as the theme is.
 */
import { tables_fetch, type Range } from './api';
import { app } from './app.svelte';
import { day_short } from './format';
import { sql_fetch, type SqlCell } from './sql_answer';

export interface DayMark { day: string; text: string }

const TABLE = 'calendar';
const COLUMNS = ['holiday', 'annotation'];
const MARKS_MAX = 20_000;
const KEY = 'tessera.marks';

function stored(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'no';
  } catch {
    return true;
  }
}

class Calendar {
  on = $state(stored());
  #rows = $state.raw<{ day: string; own: string; english: string }[]>([]);
  #version = -1;

  /** Asked once a version of the data; charts are drawn again when they come. */
  want(): void {
    const version = app.model?.data.version ?? 0;
    if (version === this.#version) return;
    this.#version = version;
    this.#load().then((rows) => (this.#rows = rows), () => {});
  }

  async #load() {
    const table = (await tables_fetch()).tables.find((one) => one.name === TABLE);
    const key = table?.columns.find((column) => column.key && column.type === 'date')?.name;
    const has = (name: string) => table?.columns.some((column) => column.name === name && /^(text|varchar)/.test(column.type)) ?? false;
    const words = COLUMNS.filter(has);
    if (!key || !words.length) return [];
    const english = (name: string) => (has(`${name}_en`) ? `"${name}_en"` : 'NULL');
    const { rows } = await sql_fetch(`SELECT "${key}", ${words.map((name) => `"${name}", ${english(name)}`).join(', ')} FROM "${TABLE}" WHERE ${words.map((name) => `"${name}" <> ''`).join(' OR ')} ORDER BY 1`, MARKS_MAX);
    const text = (cell: SqlCell) => (typeof cell === 'string' ? cell : '');
    return rows.flatMap(([day, ...cells]) =>
      words.flatMap((_, i) => (text(cells[2 * i]) ? [{ day: String(day), own: text(cells[2 * i]), english: text(cells[2 * i + 1]) }] : []))
    );
  }

  /** Those of some days, in their order; none while they are not to be drawn. */
  marks(range: Range): DayMark[] {
    return this.on ? this.#of(range) : [];
  }
  has(range: Range): boolean {
    return this.#of(range).length > 0;
  }
  #of({ from, to }: Range): DayMark[] {
    return this.#rows.filter(({ day }) => day >= from && day <= to).map(({ day, own, english }) => ({ day, text: app.lang === 'en' && english ? english : own }));
  }

  turn(): void {
    this.on = !this.on;
    try {
      localStorage.setItem(KEY, this.on ? 'yes' : 'no');
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
  }
}

export const calendar = new Calendar();
export const mark_text = ({ day, text }: DayMark) => `${day_short(day, app.lang)} ${text}`;
