/*
 * Reading an answer: where a measure's figure, its compared figure and its change stand, and the note
 * that every number carries: what it means, what it was read from, how old the data are.
 */
import { column_find, type Answer, type Cell, type Column } from './api';
import { app } from './app.svelte';
import { count_text, moment_text, number_exact } from './format';
import { plural } from './words';

export interface Figure { column: Column; value: Cell; compare: Cell; change: Cell; change_unit: string | null }

/** The figure of a measure in one row; null when the answer does not hold that measure. */
export function figure_of(answer: Answer, row: Cell[] | undefined, measure: string): Figure | null {
  const at = column_find(answer, measure, 'measure');
  if (at < 0 || !row) return null;
  const compare = column_find(answer, measure, 'compare');
  const change = column_find(answer, measure, 'change');
  return {
    column: answer.columns[at],
    value: row[at] ?? null,
    compare: compare < 0 ? null : (row[compare] ?? null),
    change: change < 0 ? null : (row[change] ?? null),
    change_unit: change < 0 ? null : (answer.columns[change].unit ?? '%')
  };
}

/** "Source: full scan of sales, 1,234 rows, 3 ms". */
export function source_text(answer: Answer): string {
  const source = answer.source;
  if (!source) return '';
  const kind = source.kind === 'scan' ? app.t('source_scan') : source.kind === 'cuboid' ? app.t('source_cuboid') : source.kind;
  const parts = [`${kind}${source.tables?.length ? ' ' + source.tables.join(', ') : ''}`];
  if (source.rows_read !== undefined) {
    parts.push(`${count_text(source.rows_read, app.lang)} ${plural(app.lang, 'row', source.rows_read)}`);
  }
  if (answer.elapsed_ms !== undefined) parts.push(`${count_text(Math.max(1, Math.round(answer.elapsed_ms)), app.lang)} ${app.t('ms')}`);
  return `${app.t('source')}: ${parts.join(', ')}`;
}

/** The lines of a number's note, without the number itself. */
export function note_lines(answer: Answer, column: Column): string[] {
  const lines: string[] = [];
  const definition = app.title(column.definition ?? app.measure(column.name)?.definition);
  if (definition) lines.push(definition);
  const source = source_text(answer);
  if (source) lines.push(source);
  const as_of = answer.data?.as_of ?? app.data?.as_of;
  if (as_of) lines.push(`${app.t('data_as_of')} ${moment_text(as_of, app.lang)}`);
  return lines;
}

export function number_note(answer: Answer, figure: Figure): string {
  const name = app.title(figure.column.title, figure.column.name);
  return [`${name}: ${number_exact(figure.value, figure.column, app.lang)}`, ...note_lines(answer, figure.column)].join('\n');
}

/** Totals row, or the only row of an answer without dimensions. */
export const single_row = (answer: Answer): Cell[] | undefined => answer.rows[0] ?? answer.totals;
