/*
 * The answer to one SQL statement. JavaScript's numbers have 15 digits, the server's may have 38: so
 * numbers are kept as the server wrote them, and a column's type says that they are numbers.
 * Invariant: what is seen, copied and exported is, digit for digit, what was answered.
 */
import { ApiError, reply_fetch } from './api';
import type { FileFormat } from './save';
import type { Lang } from './words';

export type SqlCell = string | boolean | null;
export interface SqlColumn { name: string; type: string }
export interface SqlStats { elapsed_ms: number; rows: number; rows_read: number; bytes_read: number; source: string | null; truncated: boolean }
export interface SqlAnswer { columns: SqlColumn[]; rows: SqlCell[][]; stats: SqlStats }

interface Document { columns: SqlColumn[]; rows: SqlCell[][]; stats?: Record<string, string | boolean | null>; error?: { code: string; message: string; path: string | null; position: string | null } }

/** The document with every number as the text of its digits. */
export function answer_parse(text: string): SqlAnswer {
  // Texts are matched first, so that digits within them are left alone.
  const quoted = text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g, (token) => (token[0] === '"' ? token : `"${token}"`));
  const { columns, rows, stats = {}, error } = JSON.parse(quoted) as Document;
  if (error) throw new ApiError(error.code, error.message, error.path, 200, error.position === null ? null : Number(error.position));
  return {
    columns,
    rows,
    stats: {
      elapsed_ms: Number(stats.elapsed_ms ?? 0),
      rows: rows.length,
      rows_read: Number(stats.rows_read ?? 0),
      bytes_read: Number(stats.bytes_read ?? 0),
      source: typeof stats.source === 'string' ? stats.source : null,
      truncated: stats.truncated === true
    }
  };
}

/** Asks one statement for at most `rows_max` rows. Aborting the signal ends the query on the server. */
export async function sql_fetch(sql: string, rows_max: number, query_id: string | null = null, signal?: AbortSignal): Promise<SqlAnswer> {
  const body = { sql, ...(query_id ? { query_id } : {}) };
  let reply: Response;
  try {
    reply = await sql_post({ ...body, limits: { rows: rows_max } }, signal);
  } catch (cause) {
    // A server that allows fewer rows than that keeps its own limit.
    if (!(cause instanceof ApiError) || cause.path !== 'limits.rows') throw cause;
    reply = await sql_post(body, signal);
  }
  return answer_parse(await reply.text());
}

/** The whole answer as a file of the server's: asked anew. The language is that of a workbook's own words. */
export const sql_file_fetch = async (sql: string, format: FileFormat, language: Lang, signal?: AbortSignal): Promise<Blob> =>
  (await sql_post({ sql, format, language }, signal)).blob();

const sql_post = (body: object, signal?: AbortSignal) =>
  reply_fetch('sql', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal });

export const is_number_type = (type: string) => /^(smallint|integer|bigint|hugeint|decimal|numeric|real|double)/.test(type);
const is_text_type = (type: string) => type === 'text' || type.startsWith('varchar');

/** A value as SQL writes it: JSON has "T" and "Z" in its moments. */
export function cell_text(cell: SqlCell, type: string): string {
  if (cell === null) return '';
  if (typeof cell === 'boolean') return String(cell);
  if (type === 'timestamp') return cell.replace('T', ' ');
  if (type === 'timestamptz') return cell.replace('T', ' ').replace('Z', '+00');
  return cell;
}

/** A text as a field of CSV (RFC 4180). */
export const csv_field = (text: string) => (/[,"\r\n]/.test(text) || text === '' || text.startsWith(' ') || text.endsWith(' ') ? `"${text.replaceAll('"', '""')}"` : text);

/** The answer as the API's CSV has it: RFC 4180; NULL an empty field, an empty text "". */
export function answer_csv({ columns, rows }: SqlAnswer): string[] {
  const types = columns.map((column) => column.type);
  const lines = [columns.map((column) => csv_field(column.name)).join(',') + '\r\n'];
  for (const row of rows) {
    let line = '';
    for (let c = 0; c < row.length; c++) {
      const cell = row[c];
      if (c) line += ',';
      if (cell !== null) line += is_text_type(types[c]) ? csv_field(cell as string) : cell_text(cell, types[c]);
    }
    lines.push(line + '\r\n');
  }
  return lines;
}

/** For a spreadsheet or an editor: tabs between, a line a row. */
export const range_tsv = (answer: SqlAnswer, rows: [number, number], columns: [number, number]) =>
  answer.rows
    .slice(rows[0], rows[1] + 1)
    .map((row) => row.slice(columns[0], columns[1] + 1).map((cell, c) => cell_text(cell, answer.columns[columns[0] + c].type).replace(/[\t\r\n]+/g, ' ')).join('\t'))
    .join('\n');
