/*
 * Campaigns, put together from the reports 50 (funnel), 53 (impact) and 55 (ROMI): a row of each about the same campaign is one
 * campaign here, with their columns by name. What a report cannot answer is a dash, with the reason told.
 * Invariant: every figure is a report's, and its meaning is the report's definition; nothing is computed here.
 */
import { day_add } from './days';
import { interval_texts, type Interval } from './experiments';
import { DASH, number_exact } from './format';
import { report_shapes, cell_number, type ReportShape } from './report_cells';
import type { Report, Values } from './reports';
import { tables_fetch } from './api';
import { sql_fetch, type SqlAnswer, type SqlCell } from './sql_answer';
import { search_plain, type Lang } from './words';

export const CAMPAIGN_REPORTS = ['offer_funnel', 'campaign_impact', 'campaign_romi'] as const;
export type CampaignReport = (typeof CAMPAIGN_REPORTS)[number];

/** english: its name in English, where the data have one. */
export interface Campaign { id: string; english?: string; cells: Record<string, SqlCell> }
export interface Campaigns { rows: Campaign[]; shapes: Record<string, ReportShape> }

/** Answers in the order of CAMPAIGN_REPORTS; those that have not come, or cannot, are null. */
export function campaigns_join(reports: (Report | undefined)[], answers: (SqlAnswer | null)[], currency: string | null, english: Map<string, string>): Campaigns {
  const rows = new Map<string, Campaign>();
  const shapes: Record<string, ReportShape> = {};
  answers.forEach((answer, i) => {
    const report = reports[i];
    const key = answer?.columns.findIndex((column) => column.name === 'campaign') ?? -1;
    if (!answer || !report || key < 0) return;
    for (const shape of report_shapes(report, answer, currency)) shapes[shape.column.name] ??= shape;
    for (const row of answer.rows) {
      const id = String(row[key]);
      const campaign = rows.get(id) ?? { id, english: english.get(id), cells: {} };
      answer.columns.forEach(({ name }, at) => (campaign.cells[name] ??= row[at]));
      rows.set(id, campaign);
    }
  });
  return { rows: [...rows.values()], shapes };
}

/** The campaigns' English names by their keys, of data that have such a column. */
export async function english_names(signal?: AbortSignal): Promise<Map<string, string>> {
  const columns = (await tables_fetch(signal)).tables.find((table) => table.name === 'campaigns')?.columns.map((column) => column.name) ?? [];
  if (!columns.includes('campaign') || !columns.includes('name_en')) return new Map();
  const { rows } = await sql_fetch("SELECT campaign, name_en FROM campaigns WHERE name_en <> ''", 100000, null, signal);
  return new Map(rows.map(([key, name]) => [String(key), String(name)]));
}

/** What the reports are asked: those that started from a day to a day. Everything else has its default. */
export const campaigns_values = (first: string, last: string): Values => ({ first, last });

/** Choices of the list: the reports' own twelve months, or every campaign of the data. */
export const SINCE = ['', 'all'] as const;
export function since_values(since: string, data: { from: string | null; to: string | null } | null): Values {
  // A campaign may start before the first receipt.
  return since === 'all' && data?.from && data.to ? campaigns_values(day_add(data.from, -366), data.to) : {};
}

/** The English page has the English name where there is one, else the data's. */
export const campaign_name = (campaign: Campaign, lang: Lang): string => (lang === 'en' && campaign.english ? campaign.english : typeof campaign.cells.name === 'string' && campaign.cells.name ? campaign.cells.name : campaign.id);

/** Those whose name in either language, channel or number hold every word. */
export function campaigns_search(rows: Campaign[], search: string): Campaign[] {
  const words = search_plain(search).split(/\s+/).filter(Boolean);
  return rows.filter(({ id, english, cells }) => {
    const text = search_plain([id, cells.name, english, cells.channel].join(' '));
    return words.every((word) => text.includes(word));
  });
}

export interface Order { by: string; desc: boolean }
/** By a column; what has no figure stays at the end, and equals stand in the order of their days. */
export function campaigns_sort(rows: Campaign[], { by, desc }: Order, lang: Lang): Campaign[] {
  const start = ({ cells }: Campaign) => String(cells.start_date ?? '');
  const order = (a: Campaign, b: Campaign) => {
    const [x, y] = [a, b].map((one) => (by === 'name' ? campaign_name(one, lang) : (one.cells[by] ?? null)));
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    const [m, n] = [cell_number(x), cell_number(y)];
    const found = m !== null && n !== null ? m - n : String(x).localeCompare(String(y), lang);
    return desc ? -found : found;
  };
  return [...rows].sort((a, b) => order(a, b) || start(b).localeCompare(start(a)) || Number(a.id) - Number(b.id));
}

/** A figure with the ends of its interval, as the reports name them: "romi", "romi_low", "romi_high". */
export function interval_cells(campaign: Campaign, value: string, stem: string): Interval {
  const at = (name: string) => cell_number(campaign.cells[name] ?? null);
  return { value: at(value), low: at(`${stem}_low`), high: at(`${stem}_high`), kind: 'number', unit: null };
}

/** What an interval says: that it is on one side of zero, or that it holds it. */
export type Reading = 'more' | 'less' | 'open' | 'none';
export function interval_reading({ low, high }: Interval): Reading {
  if (low === null || high === null) return 'none';
  return low > 0 ? 'more' : high < 0 ? 'less' : 'open';
}

/** A figure with its sign, and its interval: "+19,939 ₽" and "−23,874 ₽ to +63,752 ₽". */
export function interval_write(interval: Interval, shape: ReportShape | undefined, lang: Lang): { value: string; range: string } {
  if (!shape) return { value: DASH, range: DASH };
  const { format, unit } = shape.figure;
  if (format === 'money') return interval_texts({ ...interval, kind: 'money', unit: unit ?? null }, lang);
  const write = (number: number | null) => {
    const text = number_exact(number === null ? null : Math.abs(number), shape.figure, lang);
    return (number !== null && /[1-9]/.test(text) ? (number > 0 ? '+' : '−') : '') + text;
  };
  const { value, low, high } = interval;
  return { value: write(value), range: low === null || high === null ? DASH : `${write(low)} ${lang === 'ru' ? '…' : 'to'} ${write(high)}` };
}
