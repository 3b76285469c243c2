/*
 * The report catalogue (docs/REPORTS.md) as types, and the requests that it takes. A report's answer is
 * that of an SQL statement, so it is read by lib/sql_answer, digit for digit.
 */
import { fetch_json, reply_fetch, type Text } from './api';
import { NO_VALUE } from './plan';
import type { FileFormat } from './save';
import { answer_parse, type SqlAnswer } from './sql_answer';
import { search_plain, type Lang, type Word } from './words';

export type ParameterType = 'date' | 'month' | 'number' | 'text' | 'choice' | 'members' | 'segment';
export type ReportFormat = 'text' | 'money' | 'count' | 'number' | 'percent' | 'date' | 'month';
export interface Parameter { name: string; type: ParameterType; title: Text; default: string | string[] | null; choices?: string[]; level?: string }
/** levels: whose members its values are, among words of the report's own. */
export interface ReportColumn { name: string; title: Text; format: ReportFormat; levels: string[] }
export interface ReportChart { kind: 'bar' | 'line' | 'heatmap' | 'waterfall'; x: string; y: string | null; value: string | null }
/** What stands behind a row: rows of the measures' cube, the customers whom a figure counts, the segment of those who have an attribute's value. */
export interface Drill {
  rows: { measures: { column: string; measure: string }[]; period: string[]; by: string | null; levels: { column: string; level: string; when: string | null }[] } | null;
  customers: { column: string; row: string[] }[];
  segment: { attribute: string; column: string; day: string } | null;
}
export interface Report {
  id: string;
  group: string;
  title: Text;
  definition: Text;
  parameters: Parameter[];
  columns: ReportColumn[];
  chart: ReportChart | null;
  drill: Drill;
  available: boolean;
  reason: string | null;
}
/** A parameter's name and its value as the address has it; one without a value, and an empty list, are left out. */
export type Value = string | string[];
export type Values = Record<string, Value>;

export const reports_fetch = (signal?: AbortSignal) => fetch_json<{ reports: Report[] }>('reports', { signal });

function report_post(report: Report, values: Values, more: object, signal?: AbortSignal, door: 'run' | 'customers' = 'run'): Promise<Response> {
  const parameters: Record<string, Value | number | (string | null)[]> = {};
  for (const [name, value] of Object.entries(values)) {
    const number = typeof value === 'string' && report.parameters.find((p) => p.name === name)?.type === 'number' && number_valid(value);
    parameters[name] = number ? Number(value) : Array.isArray(value) ? value.map((one) => (one === NO_VALUE ? null : one)) : value;
  }
  const body = JSON.stringify({ parameters, ...more });
  return reply_fetch(`reports/${encodeURIComponent(report.id)}/${door}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body, signal });
}

/** What is no number goes to the server as it is, whose error says so at its place. */
export const number_valid = (text: string) => /^-?\d+(\.\d+)?$/.test(text) && text.length <= 18;

export const report_fetch = async (report: Report, values: Values, signal?: AbortSignal): Promise<SqlAnswer> =>
  answer_parse(await (await report_post(report, values, {}, signal)).text());

/** All rows as a file of the server's; a workbook's titles are in that language. */
export const report_file_fetch = async (report: Report, values: Values, format: FileFormat, language: Lang, signal?: AbortSignal): Promise<Blob> =>
  (await report_post(report, values, { format, language }, signal)).blob();

/** The keys of the customers whom a figure counts, the first so many. */
export const customers_fetch = async (report: Report, values: Values, figure: object, rows: number, signal?: AbortSignal): Promise<SqlAnswer> =>
  answer_parse(await (await report_post(report, values, { ...figure, limits: { rows } }, signal, 'customers')).text());
export const customers_file_fetch = async (report: Report, values: Values, figure: object): Promise<Blob> =>
  (await report_post(report, values, { ...figure, format: 'csv' }, undefined, 'customers')).blob();

/** In the order of the catalogue; what a retailer's own reports name besides comes after, as it is named. */
const GROUPS: Record<string, Word> = {
  programme: 'group_programme',
  customers: 'group_customers',
  points_tiers: 'group_points_tiers',
  campaigns: 'group_campaigns',
  products: 'group_products',
  channels_stores: 'group_channels_stores',
  own: 'group_own'
};

export interface Group { id: string; word: Word | null; reports: Report[] }

export function reports_group(reports: Report[]): Group[] {
  const known = Object.keys(GROUPS);
  const others = [...new Set(reports.map((r) => r.group))].filter((id) => !known.includes(id));
  return [...known, ...others]
    .map((id) => ({ id, word: GROUPS[id] ?? null, reports: reports.filter((r) => r.group === id) }))
    .filter((group) => group.reports.length);
}

/** Those whose title, definition or id hold every word of the search: in the reader's language or the other. */
export function reports_search(reports: Report[], search: string): Report[] {
  const words = search_plain(search).split(/\s+/).filter(Boolean);
  if (!words.length) return reports;
  return reports.filter((r) => {
    const text = search_plain([r.id, r.title.en, r.title.ru, r.definition.en, r.definition.ru].join(' '));
    return words.every((word) => text.includes(word));
  });
}

export const text_of = (text: Text, lang: Lang): string => text[lang] ?? text.en ?? '';
